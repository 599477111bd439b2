/** Which step a failed machine is at, from what was tried on it. Pure. */
import type { Repair } from "../status/care.ts";
import { timesOf } from "./repair-memory.ts";

export type Step = Repair["step"];

/** A restarted machine gets this long to become Ready: a cold boot and a kubelet's first report, and again as much. */
export const RESTART_TAKES_MS = 5 * 60_000;
/** A machine that fails again within this is taken one step further; later it is a new trouble. */
export const LADDER_REMEMBERS_MS = 3_600_000;

/**
 * Restarts of a slot within a day that mended it for a while at best: with each its pods are gone for as long as it takes to
 * notice, and what comes back a fourth time within a day is not mended by a restart.
 */
export const RESTARTS_A_DAY_MAX = 3;

/** The ladder without restarts, once they have helped too often for too short a time. @param restarts of the slot within a day */
export function ladderAfter(ladder: readonly Step[], restarts: number): readonly Step[] {
  if (restarts < RESTARTS_A_DAY_MAX || !ladder.includes("recreate")) return ladder;
  return ladder.filter((step) => step === "recreate");
}

export type Rung =
  | { readonly is: "due"; readonly step: Step }
  /** A step is at work. */
  | { readonly is: "trying"; readonly step: Step; readonly untilMs: number }
  /** All that the policy has was tried, and is again then; without a time it has nothing for such a machine. */
  | { readonly is: "exhausted"; readonly againMs?: number };

/**
 * @param tried on this machine, by its instanceId: one made anew begins at the bottom
 * @param isServing its node is Ready: it is taken with a drain, never reset under its pods
 */
export function rungOf(
  ladder: readonly Step[],
  tried: readonly Repair[],
  isServing: boolean,
  nowMs: number,
  restartTakesMs = RESTART_TAKES_MS,
): Rung {
  const recent = tried
    .filter(({ step }) => step === "restart")
    .flatMap(timesOf)
    .filter((atMs) => nowMs - atMs < LADDER_REMEMBERS_MS)
    .toSorted((one, other) => one - other);
  const last = recent.at(-1);
  if (last !== undefined && nowMs < last + restartTakesMs)
    return { is: "trying", step: "restart", untilMs: last + restartTakesMs };
  const next = withoutRestarts(ladder, isServing ? ladder.length : recent.length)[0];
  if (next !== undefined) return { is: "due", step: next };
  return { is: "exhausted", ...(last === undefined ? {} : { againMs: last + LADDER_REMEMBERS_MS }) };
}

/**
 * Restarts climb, a person's too, so there may be more than the ladder has; a recreation ends with the machine, so it is
 * due until the machine is gone.
 */
function withoutRestarts(ladder: readonly Step[], count: number): readonly Step[] {
  let left = count;
  return ladder.filter((step) => step !== "restart" || left-- <= 0);
}
