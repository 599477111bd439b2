/** Which nodes, cordoned by us, take pods again because too few others do and nothing will change that. Pure. */
import type { PoolMachine, PoolView } from "./pool-view.ts";
import { isAvailable, isEmpty, isReady, type Standing } from "./standing.ts";

/**
 * Begun together, before an edit that made the pool larger or its budget smaller, they could wait for one another for ever.
 * Only where nothing is on its way that would help; those that leave for a reason of their own last.
 */
export function neededAgain(
  view: PoolView,
  { here, going, available }: Standing,
  begun: readonly PoolMachine[],
  grows: boolean,
): ReadonlySet<PoolMachine> {
  const others = here.filter((machine) => !begun.includes(machine));
  // What a command drained comes back by a person alone.
  const isSettled = others.every((one) => isAvailable(one) || isEmpty(one));
  const isComing = going.length > 0 || here.length !== view.targetSize || !isSettled;
  // Of a part of a pool, whether it grows is the whole's to say.
  if (isComing || (grows && view.beside === undefined)) return new Set();
  const ready = begun.filter(isReady);
  const missing = Math.min(view.size - view.budget.unavailable - available, ready.length - 1);
  const fittest = ready.toSorted(
    (one, other) => Number(one.leave !== undefined) - Number(other.leave !== undefined),
  );
  return new Set(fittest.slice(0, Math.max(0, missing)));
}
