/** Upgrades try their template on one node first, and halt when too many new nodes are bad. Pure. */
import type { PoolCare } from "../status/care.ts";
import { type Bad, whatTheyShare } from "./gates.ts";
import type { Hold } from "./hold.ts";
import type { PoolMachine, PoolView } from "./pool-view.ts";
import { isAvailable } from "./standing.ts";

/** Until a machine of the new template has proven itself, the budget is one machine, whatever the pool allows later. */
export function withCanary(view: PoolView): PoolView {
  const { budget, machines } = view;
  const isUpgrading = machines.some(({ outdated, going }) => outdated && !going);
  if (!isUpgrading || machines.some((machine) => !machine.outdated && !machine.going && isAvailable(machine)))
    return view;
  const surge = Math.min(1, budget.surge);
  const unavailable = surge > 0 ? 0 : Math.min(1, budget.unavailable);
  return { ...view, budget: { surge, unavailable, inFlight: 1 } };
}

/** What became of the new machines of a template, and where it would go back to. */
export interface Outcome {
  readonly pool: string;
  /** The template that the spec asks for. */
  readonly template: string;
  readonly bad: readonly Bad[];
  /** Names of the template's machines that have proven themselves. */
  readonly proven: readonly string[];
  /** All of the pool. */
  readonly machines: readonly Pick<PoolMachine, "zone">[];
  /** Template of the machines that served before. */
  readonly lastGood?: string;
}

/** What is remembered of it: nothing while no new node was bad. One that is gone still counts, one that came round does not. */
export function nextPoolCare(before: PoolCare | undefined, outcome: Outcome): PoolCare | undefined {
  const { pool, template, bad, proven, machines, lastGood } = outcome;
  const known = before?.template === template ? before : undefined;
  const names = [...new Set([...(known?.bad ?? []), ...bad.map(({ name }) => name)])].filter(
    (name) => !proven.includes(name),
  );
  if (names.length === 0) return undefined;
  const isNews = bad.some(({ name }) => known?.bad.includes(name) !== true);
  const back = known?.lastGood ?? lastGood;
  return {
    pool,
    template,
    bad: names,
    message: isNews || known === undefined ? whatTheyShare(bad, machines) : known.message,
    ...(back === undefined ? {} : { lastGood: back }),
  };
}

export interface HaltPolicy {
  readonly haltAfter: number;
  readonly onFailure: "pause" | "rollback";
}

export function isHalted(care: PoolCare | undefined, template: string, { haltAfter }: HaltPolicy): boolean {
  return care !== undefined && care.template === template && care.bad.length >= haltAfter;
}

/** The template that new machines are made from: the spec's, or after a failure the last good one where the spec says so. */
export function templateInForce(care: PoolCare | undefined, template: string, policy: HaltPolicy): string {
  const goesBack = policy.onFailure === "rollback" && isHalted(care, template, policy);
  return (goesBack ? care?.lastGood : undefined) ?? template;
}

/** Keeps an upgrade from going on. Not one that goes back. */
export function haltHold(pool: string): Hold {
  return {
    reason: "Halted",
    causes: ["upgrade"],
    waitsFor: `a change of pool ${pool}, whose upgrade halted`,
  };
}

/** What a person reads of it, with the way out. */
export function haltMessage(care: PoolCare, inForce: string): string {
  const many = care.bad.length === 1 ? "1 new node is bad" : `${care.bad.length} new nodes are bad`;
  const what =
    inForce === care.template
      ? `The upgrade of pool ${care.pool} halted, for ${many}`
      : `Pool ${care.pool} was rolled back to its last good template ${nameOf(inForce)}, for ${many}`;
  return `${what}: ${care.message}. Change the pool's spec and it is tried again.`;
}

function nameOf(path: string): string {
  return path.split("/").at(-1) ?? path;
}
