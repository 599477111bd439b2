/** When a cluster at rest must be looked at for what it takes by itself: a maintenance window opens, an exclusion ends. Pure. */
import { exclusionsOf, windowsAt } from "../nodes/windows.ts";
import { nextByItself } from "../spec/kubernetes-versions.ts";
import type { ClusterStatus } from "../status/cluster-status.ts";
import { awaitedImages } from "./step-images.ts";

export function autoWakesMs(status: ClusterStatus, nowMs: number): readonly number[] {
  const { accepted, deleting, pins } = status;
  if (accepted === undefined || deleting) return [];
  const { maintenance, kubernetes } = accepted;
  const version = nextByItself(kubernetes.version, pins.kubernetesVersion, maintenance.autoUpgrade, nowMs);
  if (version === undefined && Object.keys(awaitedImages(status)).length === 0) return [];
  const { next } = windowsAt(maintenance.windows, nowMs);
  const ends = exclusionsOf(maintenance, { nodes: true, minor: true }, nowMs)
    .filter(({ startMs }) => startMs <= nowMs)
    .map(({ endMs }) => endMs);
  return [...(next === undefined ? [] : [next.startMs]), ...ends].filter((atMs) => atMs > nowMs);
}
