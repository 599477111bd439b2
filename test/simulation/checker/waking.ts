/** L1, the part that holds at every step: a cluster that is not at rest has a wake-up that will find it. */
import type { InvariantMaker } from "./checker.ts";
import { follow, type SeenStatus } from "./reading.ts";

export const waking: InvariantMaker = (watched) => {
  const last = new Map<string, SeenStatus>();
  return {
    committed: (commit) => follow(last, commit),
    ended: ({ cluster, state, what, name }) => {
      const status = cluster === undefined ? undefined : last.get(cluster);
      if (what !== "pass" || state !== "ended" || cluster === undefined || status === undefined) return;
      // Another pass may hold it by now; then that one answers for it.
      if (status.lease?.holder !== name || status.lease.untilMs !== 0 || status.wakeAtMs === null) return;
      const pendingMs = watched.delivery.pendingMs(cluster);
      const soon = status.wakeAtMs <= watched.clock.nowMs();
      if (soon || (pendingMs !== undefined && pendingMs <= status.wakeAtMs)) watched.held("L1");
      else watched.violated("L1", cluster, `${name} wants to be woken, and no wake-up is pending`);
    },
  };
};
