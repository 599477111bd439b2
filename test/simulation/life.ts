/** Scenarios written by hand: one cluster that is created at once, and what happens to it minute by minute. */
import type { Edit, Fault, FaultGroup, Scenario } from "./scenario.ts";

const MINUTE_MS = 60_000;
/** Group, kind, minute, which, amount. */
export type ShortFault = readonly [FaultGroup, string, number, number, number];

/** One cluster that is created at once, with these faults and edits, each at its minute. */
export function life(
  minutes: number,
  faults: readonly ShortFault[] = [],
  edits: readonly (readonly [number, Edit])[] = [],
  replicas = 1,
): Scenario {
  const cluster = "c0";
  const create = { atMs: 0, cluster, change: { edit: "create", replicas } } as const;
  const steps = edits.map(([minute, change]) => ({ atMs: minute * MINUTE_MS, cluster, change }));
  const told = faults.map(([group, kind, minute, which, amount]): Fault => {
    return { atMs: minute * MINUTE_MS, group, kind, which, amount };
  });
  return {
    seed: 1,
    clusters: [cluster],
    busyMs: minutes * MINUTE_MS,
    steps: [create, ...steps],
    faults: told,
  };
}
export const times = (count: number, fault: ShortFault): readonly ShortFault[] =>
  Array.from({ length: count }, () => fault);
