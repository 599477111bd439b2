/** Decides what happens next to the machines of one pool, by the strategy of its upgrades. Pure. */
import { decideBlueGreen } from "./blue-green.ts";
import { withCanary } from "./canary.ts";
import { decideInPlace } from "./in-place.ts";
import type { PoolMachine, PoolView } from "./pool-view.ts";
import { decidePool, type PoolDecision } from "./rollout.ts";
import { isOurs } from "./standing.ts";

export function decideByStrategy(view: PoolView, nowMs: number): PoolDecision {
  const careful = withCanary(view);
  const { strategy } = view;
  if (view.removed || strategy === undefined) return decidePool(careful);
  if (strategy.kind === "blue-green") return decideBlueGreen(careful, strategy, nowMs);
  return strategy.kind === "in-place" ? decideInPlace(careful) : decidePool(careful);
}

/** Machines of the pool that are on their way out already, and count against a limit of the whole cluster. */
export function inFlightOf(view: PoolView): number {
  return view.machines.filter((machine) => machine.going || (isOurs(machine) && !isOld(view, machine)))
    .length;
}
/** Of a decision, those that it disturbs and that are not in flight yet. */
export function begunBy(view: PoolView, { machines }: PoolDecision): number {
  const byName = new Map(view.machines.map((machine) => [machine.name, machine]));
  return machines.filter(({ verb, name }) => {
    const machine = byName.get(name);
    if (machine !== undefined && isOld(view, machine)) return verb === "drain" || verb === "delete";
    const isBegun = machine !== undefined && isOurs(machine);
    return (verb === "cordon" || verb === "delete") && !isBegun;
  }).length;
}
/** Old machines of a blue-green upgrade are cordoned long before they are drained, and count while they are. */
function isOld({ strategy }: PoolView, machine: PoolMachine): boolean {
  return strategy?.kind === "blue-green" && machine.outdated && machine.leave === undefined;
}
