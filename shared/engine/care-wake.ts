/** When a cluster at rest must be looked at for the care of its nodes: a brake opens, maintenance comes near. Pure. */
import { MAINTENANCE_MARGIN_MS } from "../nodes/health.ts";
import { COOL_DOWN_MS, forgottenMs } from "../nodes/storm.ts";
import { durationMs } from "../spec/duration.ts";
import type { ClusterStatus } from "../status/cluster-status.ts";

export function careWakesMs({ care, accepted }: ClusterStatus, nowMs: number): readonly number[] {
  if (care === undefined) return [];
  // Of which pool a machine is, its pass finds out: each pool's own lead is one moment to look.
  const drains = (accepted?.nodePools ?? []).map(({ upgrade }) => durationMs(upgrade.drainTimeout));
  const leads = [...new Set(drains)].map((drainMs) => drainMs + MAINTENANCE_MARGIN_MS);
  const wakes = [
    ...care.storms.flatMap(({ endedMs }) =>
      endedMs === null ? [] : [endedMs + COOL_DOWN_MS, forgottenMs(endedMs)],
    ),
    ...care.incidents.flatMap(({ window }) =>
      window === undefined ? [] : leads.map((leadMs) => window.startMs - leadMs),
    ),
  ];
  return wakes.filter((atMs) => atMs > nowMs);
}
