/** Which step a failed machine is at, from what was tried on it. Pure. */
import type { Repair } from "../status/care.ts";

export type Step = Repair["step"];

/** A restarted machine gets this long to become Ready: a cold boot and a kubelet's first report, and again as much. */
export const RESTART_TAKES_MS = 5 * 60_000;
/** A machine that fails again within this is taken one step further; later it is a new trouble. */
export const LADDER_REMEMBERS_MS = 3_600_000;

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
    .filter(({ step, atMs }) => nowMs - atMs < LADDER_REMEMBERS_MS && step === "restart")
    .toSorted((one, other) => one.atMs - other.atMs);
  const last = recent.at(-1);
  if (last !== undefined && nowMs < last.atMs + restartTakesMs)
    return { is: "trying", step: "restart", untilMs: last.atMs + restartTakesMs };
  const next = withoutRestarts(ladder, isServing ? ladder.length : recent.length)[0];
  if (next !== undefined) return { is: "due", step: next };
  return { is: "exhausted", ...(last === undefined ? {} : { againMs: last.atMs + LADDER_REMEMBERS_MS }) };
}

/**
 * Restarts climb, a person's too, so there may be more than the ladder has; a recreation ends with the machine, so it is
 * due until the machine is gone.
 */
function withoutRestarts(ladder: readonly Step[], count: number): readonly Step[] {
  let left = count;
  return ladder.filter((step) => step !== "restart" || left-- <= 0);
}
