/**
 * Decides how a blue-green upgrade goes on: a whole second set of machines, then the old ones are cordoned together, drained
 * batch by batch, kept for a while, and deleted. Pure; where it stands is on the machines and their Nodes.
 *
 *   grow, one first ─all proven─► cordon the old ─► drain batch by batch ─soak─► delete        back again: uncordon the old
 */
import { heldUp } from "./hold.ts";
import type { BlueGreen, PoolMachine, PoolView } from "./pool-view.ts";
import {
  decidePool,
  foreignCordon,
  growth,
  type MachineDecision,
  noRoom,
  type PoolDecision,
  reasonFor,
  toJoin,
  toProve,
  whoIsEmpty,
} from "./rollout.ts";
import { isAvailable, isEmpty, isOurs } from "./standing.ts";

export function decideBlueGreen(view: PoolView, strategy: BlueGreen, nowMs: number): PoolDecision {
  const here = view.machines.filter(({ going }) => !going);
  const going = view.machines.filter((machine) => machine.going);
  const old = here.filter(isOld).toSorted(byAge);
  if (old.length === 0) return decidePool(view);
  // Nothing of it has begun, or all was taken back: what else there is to do is done as in any pool.
  if (heldUp(view.holds, { cause: "upgrade" }) !== undefined && !old.some(isOurs)) return decidePool(view);
  if (old.length > view.size) return shrink(view, old);
  const fresh = here.filter(({ outdated }) => !outdated);
  const { budget, targetSize } = view;
  const begun = here.filter((machine) => !isOld(machine) && isOurs(machine)).length;
  const slots = Math.max(0, Math.min(budget.inFlight - going.length - begun, view.room ?? budget.inFlight));
  const step = nextStep({ view, strategy, nowMs, here, going, old, fresh, slots });
  const disturbed = step.machines.filter(({ verb }) => verb !== "cordon").length;
  const closing = new Set(step.machines.filter(({ verb }) => verb === "cordon").map(({ name }) => name));
  // What else happens: failed machines, old or new, new ones too many, and cordons of an upgrade that was taken back.
  const others = decidePool({
    ...view,
    machines: view.machines.filter((machine) => !machine.outdated || (!machine.going && !isOld(machine))),
    // Those that are cordoned in this very step take no pods of others any more.
    beside: old.filter((machine) => isAvailable(machine) && !closing.has(machine.name)).length,
    targetSize: targetSize - old.length,
    ...(view.room === undefined ? {} : { room: Math.max(0, view.room - disturbed) }),
    budget: {
      ...budget,
      inFlight: budget.inFlight - disturbed - going.filter(({ outdated }) => outdated).length,
    },
  });
  // Of a list and a target that contradict each other the step itself tells.
  const theirs = here.length === targetSize ? others.waiting : [];
  const gone = going.filter(({ outdated }) => outdated).map(({ name }) => `machine ${name} to be deleted`);
  return {
    machines: [...others.machines, ...step.machines],
    ...(step.grow === undefined ? {} : { grow: step.grow }),
    progress: progressOf(view, old, fresh),
    waiting: [...new Set([...gone, ...theirs, ...step.waiting])],
    problems: [...others.problems, ...step.problems],
  };
}

/** One that leaves for a reason of its own does not wait for the others. */
function isOld({ outdated, leave }: PoolMachine): boolean {
  return outdated && leave === undefined;
}

/** More old machines than the pool shall have: so many go first, the oldest, and no new one takes their place. */
function shrink(view: PoolView, old: readonly PoolMachine[]): PoolDecision {
  const excess = old.length - view.size;
  const names = new Set(old.slice(0, excess).map(({ name }) => name));
  const machines = view.machines.map((one) => ({ ...one, outdated: names.has(one.name) }));
  const size = machines.filter(({ going }) => !going).length - excess;
  const going = machines.length - excess - size;
  // All of them are cordoned long before they are drained: how many may be is the limit's to say, too.
  const inFlight = Math.min(view.budget.inFlight, going + (view.room ?? view.budget.inFlight));
  const budget = { ...view.budget, inFlight, unavailable: size - view.size };
  const { grow: _grow, ...decision } = decidePool({ ...view, machines, size, budget });
  return { ...decision, progress: `${excess} old machines of pool ${view.pool} go first, for it shrinks` };
}

interface Scene {
  readonly view: PoolView;
  readonly strategy: BlueGreen;
  readonly nowMs: number;
  readonly here: readonly PoolMachine[];
  readonly going: readonly PoolMachine[];
  readonly old: readonly PoolMachine[];
  readonly fresh: readonly PoolMachine[];
  /** How many nodes may be disturbed now. */
  readonly slots: number;
}
type Step = Omit<PoolDecision, "progress">;
const NOTHING: Step = { machines: [], waiting: [], problems: [] };

/** Those that somebody else cordoned are left alone; everything goes on without them. */
function nextStep(scene: Scene): Step {
  const { view, old, fresh } = scene;
  const held = heldUp(view.holds, { cause: "upgrade" });
  if (held !== undefined)
    return { ...NOTHING, machines: opened(scene, held.waitsFor), waiting: [held.waitsFor] };
  if (scene.here.length !== view.targetSize)
    return { ...NOTHING, waiting: [`pool ${view.pool} to have ${view.targetSize} machines`] };
  const grow = growth(view, scene);
  if (grow !== undefined) return { ...NOTHING, grow };
  const serving = fresh.filter(isAvailable).length;
  if (serving < view.size) {
    const waiting = toCome(view, fresh, serving);
    return isComing(scene)
      ? { ...NOTHING, waiting }
      : { ...NOTHING, machines: opened(scene, waiting[0] ?? ""), waiting };
  }
  const problems = old
    .filter(({ node }) => node?.cordon.by === "others")
    .map((machine) => ({ name: machine.name, message: foreignCordon(view, machine) }));
  const ours = old.filter(({ node }) => node?.cordon.by !== "others");
  return { ...onward(scene, ours), problems };
}

/** Something is on its way that will change how many new nodes serve; what a command drained comes back by a person alone. */
function isComing({ fresh, going }: Scene): boolean {
  const isOnItsWay = (one: PoolMachine) => !isAvailable(one) && !isOurs(one) && !isEmpty(one);
  return going.length > 0 || fresh.some(isOnItsWay);
}

/** While it may not go on, and fewer new nodes serve than the pool shall have, old ones take pods again in their place. */
function opened({ view, old, fresh }: Scene, waitsFor: string): readonly MachineDecision[] {
  const missing = view.size - [...fresh, ...old].filter(isAvailable).length;
  const ready = old.filter((machine) => isOurs(machine) && machine.node?.ready === true);
  return ready.slice(0, Math.max(0, missing)).map((machine) => ({
    ...decided(view, machine, "uncordon"),
    reason: `its upgrade waits for ${waitsFor}, and ${missing} of ${view.size} nodes are missing: ${machine.name} takes pods again`,
  }));
}

function onward(scene: Scene, old: readonly PoolMachine[]): Step {
  const { view } = scene;
  const open = old.filter(({ node }) => node?.cordon.by === "nobody");
  const cordons = open.map((machine) => decided(view, machine, "cordon"));
  if (cordons.length > 0) return { ...NOTHING, machines: cordons };
  const batch = batchOf(scene, old);
  return batch.length > 0 ? drainBatch(scene, old, batch) : parting(scene, old);
}

/** The first batch that is not drained whole. */
function batchOf({ strategy }: Scene, old: readonly PoolMachine[]): readonly PoolMachine[] {
  for (let first = 0; first < old.length; first += strategy.batch) {
    const batch = old.slice(first, first + strategy.batch);
    if (batch.some(isUndrained)) return batch;
  }
  return [];
}

function drainBatch(scene: Scene, old: readonly PoolMachine[], batch: readonly PoolMachine[]): Step {
  const { view, strategy, nowMs, slots } = scene;
  const before = old.slice(0, old.indexOf(batch[0] as PoolMachine));
  const startMs = before.length === 0 ? 0 : Math.max(...before.map(drainedMs)) + strategy.batchSoakMs;
  if (nowMs < startMs)
    return { ...NOTHING, waiting: [`the next batch of pool ${view.pool}, at ${timeOf(startMs)}`] };
  const undrained = batch.filter(isUndrained);
  const now = undrained.slice(0, slots);
  const machines = now.map((machine): MachineDecision => {
    const sinceMs = Math.max(startMs, sinceOf(machine));
    return { ...decided(view, machine, "drain"), sinceMs, keep: true };
  });
  return { ...NOTHING, machines, waiting: now.length < undrained.length ? crowded(view) : [] };
}

/** All are drained: they are kept until the soak is over, then go as many at a time as were drained. */
function parting({ view, strategy, nowMs, slots }: Scene, old: readonly PoolMachine[]): Step {
  if (old.length === 0) return NOTHING;
  const untilMs = Math.max(...old.map(drainedMs)) + strategy.soakMs;
  if (nowMs < untilMs) {
    const kept = `the old machines of pool ${view.pool}, kept until ${timeOf(untilMs)} for a way back, to go`;
    return { ...NOTHING, waiting: [kept] };
  }
  const machines = old.slice(0, slots).map((machine) => decided(view, machine, "delete"));
  return { ...NOTHING, machines, waiting: machines.length === 0 ? crowded(view) : [] };
}

/** Who waits for the cluster's limit says so; who waits for the pool's own machines says which. */
function crowded(view: PoolView): readonly string[] {
  return view.room === undefined || view.room >= view.budget.inFlight ? [] : [noRoom(view)];
}

function toCome(view: PoolView, fresh: readonly PoolMachine[], serving: number): readonly string[] {
  const coming = [...fresh.filter(({ node }) => node === undefined).map(toJoin), ...fresh.flatMap(toProve)];
  return coming.length > 0
    ? coming
    : [`${view.size} new nodes of pool ${view.pool} to serve (${serving} do${whoIsEmpty(fresh)})`];
}

function progressOf(view: PoolView, old: readonly PoolMachine[], fresh: readonly PoolMachine[]): string {
  const serving = fresh.filter(isAvailable).length;
  const drained = old.filter((machine) => isOurs(machine) && !isUndrained(machine)).length;
  return `${serving} of ${view.size} new nodes of pool ${view.pool} serve, ${drained} of ${old.length} old ones are drained`;
}

function decided(view: PoolView, machine: PoolMachine, verb: MachineDecision["verb"]): MachineDecision {
  return { verb, name: machine.name, cause: "upgrade", reason: reasonFor(view, machine) };
}

/** Nothing runs on a machine that has no node. */
function isUndrained({ node }: PoolMachine): boolean {
  return node?.cordon.by === "us" && node.cordon.drainedMs === undefined;
}
function drainedMs({ node }: PoolMachine): number {
  return node?.cordon.by === "us" ? (node.cordon.drainedMs ?? 0) : 0;
}
function sinceOf({ node }: PoolMachine): number {
  return node?.cordon.by === "us" ? node.cordon.sinceMs : 0;
}
function byAge(one: PoolMachine, other: PoolMachine): number {
  const born = ({ node }: PoolMachine) => node?.createdMs ?? 0;
  return born(one) - born(other) || (one.name < other.name ? -1 : 1);
}
function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
