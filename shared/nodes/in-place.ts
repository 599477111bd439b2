/**
 * Decides how an upgrade in place goes on: the same machines, one after another within the budget, drained, restarted by
 * their group with the present template, and uncordoned once they are back. Pure.
 *
 *   outdated ─take─► cordoned, drained ─restart─► of the present template, away ─another boot, well─► uncordoned
 */
import type { PoolMachine, PoolView } from "./pool-view.ts";
import { decidePool, type MachineDecision, type PoolDecision } from "./rollout.ts";
import { isOurs } from "./standing.ts";

export function decideInPlace(view: PoolView): PoolDecision {
  const byName = new Map(view.machines.map((machine) => [machine.name, machine]));
  const away = view.machines.filter((machine) => !machine.outdated && isReturning(machine));
  const inFlight = Math.max(0, view.budget.inFlight - away.length);
  const { grow: _grow, ...decision } = decidePool({ ...view, budget: { ...view.budget, inFlight } });
  const isLater = ({ verb, name }: MachineDecision) => verb === "cordon" && isMending(byName.get(name));
  const machines = decision.machines.filter((one) => !isLater(one));
  const later = decision.machines.filter(isLater).map(({ name }) => `${name} to be well again or replaced`);
  return {
    ...decision,
    machines: machines.flatMap((one) => inPlace(one, byName.get(one.name))),
    waiting: [...new Set([...away.map(toReturn), ...later, ...decision.waiting])],
  };
}

/**
 * Those that leave for reasons of their own, and those too many, are deleted as in any pool; so are those that cannot take
 * the present template, which the pool got while its strategy was another one.
 */
function inPlace(one: MachineDecision, machine: PoolMachine | undefined): readonly MachineDecision[] {
  if (machine === undefined) return [one];
  if (one.verb === "uncordon") return isReturning(machine) ? [] : [isDrained(machine) ? back(one) : one];
  if (one.verb !== "drain" || !machine.outdated || machine.leave !== undefined || machine.apart === true)
    return [one];
  if (!isDrained(machine)) return [{ ...one, keep: true }];
  return machine.running === false ? [] : [{ ...one, verb: "restart" }];
}

/** One that failed before says nothing about the template: it is repaired first, or goes. */
function isMending(machine: PoolMachine | undefined): boolean {
  return machine?.mending === true && machine.leave === undefined;
}

function back(one: MachineDecision): MachineDecision {
  return { ...one, reason: `${one.name} is back with the present template` };
}
function isDrained({ node }: PoolMachine): boolean {
  return node?.cordon.by === "us" && node.cordon.drainedMs !== undefined;
}
function isReturning(machine: PoolMachine): boolean {
  return isOurs(machine) && machine.node?.returning !== undefined;
}
function toReturn({ name, node }: PoolMachine): string {
  return node?.returning ?? `node ${name} to return`;
}
