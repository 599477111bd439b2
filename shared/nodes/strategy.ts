/** Decides what happens next to the machines of one pool, by the strategy of its upgrades. Pure. */
import { decideBlueGreen } from "./blue-green.ts";
import { withCanary } from "./canary.ts";
import { decideInPlace } from "./in-place.ts";
import type { PoolView } from "./pool-view.ts";
import { decidePool, type PoolDecision } from "./rollout.ts";

export function decideByStrategy(view: PoolView, nowMs: number): PoolDecision {
  const careful = withCanary(view);
  const { strategy } = view;
  if (view.removed || strategy === undefined) return decidePool(careful);
  if (strategy.kind === "blue-green") return decideBlueGreen(careful, strategy, nowMs);
  return strategy.kind === "in-place" ? decideInPlace(careful) : decidePool(careful);
}

/** Machines of the pool that are on their way out already, and count against a limit of the whole cluster. */
export function inFlightOf({ strategy, machines }: PoolView): number {
  const going = machines.filter((machine) => machine.going).length;
  // Old machines of a blue-green upgrade are cordoned long before they are drained, and count while they are.
  if (strategy?.kind === "blue-green") return going;
  return going + machines.filter(({ node, ...one }) => !one.going && node?.cordon.by === "us").length;
}
/** Of a decision, those that it disturbs anew. */
export function begunBy({ strategy }: PoolView, { machines }: PoolDecision): number {
  const verbs = strategy?.kind === "blue-green" ? ["drain", "delete"] : ["cordon", "delete"];
  return machines.filter(({ verb }) => verbs.includes(verb)).length;
}
