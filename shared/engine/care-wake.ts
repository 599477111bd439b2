/** When a cluster at rest must be looked at for the care of its nodes: a brake opens, maintenance comes near. Pure. */
import { MAINTENANCE_MARGIN_MS } from "../nodes/health.ts";
import { COOL_DOWN_MS, forgottenMs } from "../nodes/storm.ts";
import { durationMs } from "../spec/duration.ts";
import type { ClusterStatus } from "../status/cluster-status.ts";

export function careWakesMs({ care, accepted }: ClusterStatus, nowMs: number): readonly number[] {
  if (care === undefined) return [];
  const drains = (accepted?.nodePools ?? []).map(({ upgrade }) => durationMs(upgrade.drainTimeout));
  const aheadMs = Math.max(0, ...drains) + MAINTENANCE_MARGIN_MS;
  const wakes = [
    ...care.storms.flatMap(({ endedMs }) =>
      endedMs === null ? [] : [endedMs + COOL_DOWN_MS, forgottenMs(endedMs)],
    ),
    ...care.incidents.flatMap(({ window }) => (window === undefined ? [] : [window.startMs - aheadMs])),
    ...care.pauses.flatMap(({ untilMs }) => untilMs ?? []),
  ];
  return wakes.filter((atMs) => atMs > nowMs);
}
