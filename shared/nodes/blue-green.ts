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
  isAvailable,
  isOurs,
  type MachineDecision,
  noRoom,
  type PoolDecision,
  reasonFor,
  toJoin,
  toProve,
} from "./rollout.ts";

export function decideBlueGreen(view: PoolView, strategy: BlueGreen, nowMs: number): PoolDecision {
  const here = view.machines.filter(({ going }) => !going);
  const going = view.machines.filter((machine) => machine.going);
  const old = here.filter(({ outdated }) => outdated).toSorted(byAge);
  if (old.length === 0) return decidePool(view);
  // More old machines than the pool shall have: it shrinks first, whichever they are.
  if (old.length > view.size)
    return decidePool({ ...view, machines: view.machines.map((one) => ({ ...one, outdated: false })) });
  const fresh = here.filter(({ outdated }) => !outdated);
  // What else happens to the new ones: too many of them, failed ones, and cordons of an upgrade that was taken back.
  const { targetSize } = view;
  const others = decidePool({ ...view, machines: fresh, targetSize: targetSize - old.length });
  const step = nextStep({ view, strategy, nowMs, here, going, old, fresh });
  const progress = progressOf(view, old, fresh);
  const waiting = [...going.map(({ name }) => `machine ${name} to be deleted`), ...others.waiting];
  return {
    machines: [...others.machines, ...step.machines],
    ...(step.grow === undefined ? {} : { grow: step.grow }),
    progress,
    waiting: [...waiting, ...step.waiting],
    problems: [...others.problems, ...step.problems],
  };
}

interface Scene {
  readonly view: PoolView;
  readonly strategy: BlueGreen;
  readonly nowMs: number;
  readonly here: readonly PoolMachine[];
  readonly going: readonly PoolMachine[];
  readonly old: readonly PoolMachine[];
  readonly fresh: readonly PoolMachine[];
}
type Step = Omit<PoolDecision, "progress">;
const NOTHING: Step = { machines: [], waiting: [], problems: [] };

/** Those that somebody else cordoned are left alone; everything goes on without them. */
function nextStep(scene: Scene): Step {
  const { view, old, fresh } = scene;
  const held = heldUp(view.holds, { cause: "upgrade" });
  if (held !== undefined) return { ...NOTHING, waiting: [held.waitsFor] };
  if (scene.here.length !== view.targetSize)
    return { ...NOTHING, waiting: [`pool ${view.pool} to have ${view.targetSize} machines`] };
  const grow = growth(view, scene);
  if (grow !== undefined) return { ...NOTHING, grow };
  const serving = fresh.filter(isAvailable).length;
  if (serving < view.size) return { ...NOTHING, waiting: toCome(view, fresh, serving) };
  const problems = old
    .filter(({ node }) => node?.cordon.by === "others")
    .map((machine) => ({ name: machine.name, message: foreignCordon(view, machine) }));
  const ours = old.filter(({ node }) => node?.cordon.by !== "others");
  return { ...onward(scene, ours), problems };
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
  const { view, strategy, nowMs } = scene;
  const before = old.slice(0, old.indexOf(batch[0] as PoolMachine));
  const startMs = before.length === 0 ? 0 : Math.max(...before.map(drainedMs)) + strategy.batchSoakMs;
  if (nowMs < startMs)
    return { ...NOTHING, waiting: [`the next batch of pool ${view.pool}, at ${timeOf(startMs)}`] };
  const undrained = batch.filter(isUndrained);
  const now = undrained.slice(0, view.room ?? undrained.length);
  const machines = now.map((machine): MachineDecision => {
    const sinceMs = Math.max(startMs, sinceOf(machine));
    return { ...decided(view, machine, "drain"), sinceMs, keep: true };
  });
  return { ...NOTHING, machines, waiting: now.length < undrained.length ? [noRoom(view)] : [] };
}

/** All are drained: they are kept until the soak is over, then go as many at a time as were drained. */
function parting({ view, strategy, nowMs, going }: Scene, old: readonly PoolMachine[]): Step {
  if (old.length === 0) return NOTHING;
  const untilMs = Math.max(...old.map(drainedMs)) + strategy.soakMs;
  if (nowMs < untilMs) {
    const kept = `the old machines of pool ${view.pool}, kept until ${timeOf(untilMs)} for a way back, to go`;
    return { ...NOTHING, waiting: [kept] };
  }
  const room = Math.min(view.room ?? old.length, strategy.batch - going.length);
  const machines = old.slice(0, Math.max(0, room)).map((machine) => decided(view, machine, "delete"));
  return { ...NOTHING, machines, waiting: machines.length === 0 && going.length === 0 ? [noRoom(view)] : [] };
}

function toCome(view: PoolView, fresh: readonly PoolMachine[], serving: number): readonly string[] {
  const coming = [...fresh.filter(({ node }) => node === undefined).map(toJoin), ...fresh.flatMap(toProve)];
  return coming.length > 0
    ? coming
    : [`${view.size} new nodes of pool ${view.pool} to serve (${serving} do)`];
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
