/** Which seeds one call of `simulate` runs, and the call that runs one of them again. Pure. */
import { FAULT_GROUPS, type FaultGroup } from "./scenario.ts";
import type { Workload } from "./workload/generate.ts";

export interface Choice {
  readonly seed?: number;
  readonly seeds?: readonly [from: number, to: number];
  /** So many that no run had before: drawn from the clock. */
  readonly fresh?: number;
}
export interface Drawing {
  readonly clusters: number;
  readonly days?: number;
  readonly faults: readonly FaultGroup[];
  readonly workload: Workload;
}

const SECOND_MS = 1_000;
const SEED_DEFAULT = 1;

/** First and last. */
export function seedsOf({ seed, seeds, fresh }: Choice, nowMs: number): readonly [number, number] {
  if (fresh !== undefined) {
    const first = Math.floor(nowMs / SECOND_MS);
    return [first, first + fresh - 1];
  }
  return seeds ?? [seed ?? SEED_DEFAULT, seed ?? SEED_DEFAULT];
}

export function again(seed: number, { clusters, days, faults, workload }: Drawing): string {
  const groups =
    faults.length === 0 ? "none" : faults.length === FAULT_GROUPS.length ? "all" : faults.join(",");
  const long = days === undefined ? "" : ` --days ${days}`;
  return `npm run simulate -- --seed ${seed} --clusters ${clusters}${long} --faults ${groups} --workload ${workload}`;
}
