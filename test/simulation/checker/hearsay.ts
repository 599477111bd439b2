/** S2 of incidents: what is told of one machine is no reason to repair another one, be it of the same name. */
import type { InvariantMaker } from "./checker.ts";
import { type SeenStatus, statusIn } from "./reading.ts";

/** Reasons that only an incident gives. */
const TOLD = /^(the host of \S+ failed|\S+ was (preempted|stopped)) at /;

export const hearsay: InvariantMaker = (watched) => {
  const seen = new Set<string>();
  return {
    committed: ({ path, data }) => {
      const cluster = statusIn(path);
      const { care } = (data ?? {}) as Partial<SeenStatus>;
      if (cluster === undefined || care === undefined) return;
      for (const { machine, instanceId, atMs, reason } of care.repairs) {
        const key = `${machine} ${instanceId} ${atMs}`;
        if (!TOLD.test(reason) || seen.has(key)) continue;
        seen.add(key);
        const isOfIt = care.incidents.some((one) => one.machine === machine && one.instanceId === instanceId);
        if (isOfIt) watched.held("S2");
        else
          watched.violated("S2", cluster, `${machine} is repaired for what was told of another: ${reason}`);
      }
    },
  };
};
