/** A pool of a few lines: does what is decided, one tick after another, as a group and its nodes would. */
import type { DisruptionBudget } from "../../../shared/nodes/budget.ts";
import type { PoolMachine, PoolNode, PoolView, Strategy } from "../../../shared/nodes/pool-view.ts";
import type { PoolDecision } from "../../../shared/nodes/rollout.ts";
import { decideByStrategy } from "../../../shared/nodes/strategy.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
export type ModelMachine = Mutable<Omit<PoolMachine, "node">> & {
  node?: Mutable<PoolNode>;
  /** Ticks that its drain still takes. */
  drainTicks: number;
  /** Tick from which it counts, once it has joined. */
  provenTick?: number;
  /** It will never be well. */
  sick?: boolean;
};
export interface PoolModel {
  size: number;
  removed: boolean;
  budget: DisruptionBudget;
  targetSize: number;
  readonly machines: ModelMachine[];
  made: number;
  /** A surge when left out. */
  strategy?: Strategy;
  /** Ticks that a new node must be well before it counts. */
  soakTicks: number;
  tick: number;
  room?: number;
}
/** How long a tick is. */
export const TICK_MS = 60_000;

export function poolModel(
  size: number,
  budget: Omit<DisruptionBudget, "inFlight">,
  machines: readonly Partial<ModelMachine>[],
): PoolModel {
  const inFlight = Math.max(1, budget.surge + budget.unavailable);
  const model: PoolModel = {
    size,
    removed: false,
    budget: { ...budget, inFlight },
    targetSize: machines.length,
    machines: [],
    made: 0,
    soakTicks: 0,
    tick: 0,
  };
  for (const machine of machines) model.machines.push({ ...newMachine(model), ...machine });
  for (const machine of model.machines) machine.node ??= ready(machine);
  return model;
}

function newMachine(model: PoolModel): ModelMachine {
  const name = String.fromCharCode(97 + model.made);
  model.made += 1;
  return { name, zone: `zones/${model.made % 2}`, outdated: false, going: false, drainTicks: 1 };
}
export function ready({ name }: Pick<ModelMachine, "name">): Mutable<PoolNode> {
  return { ready: true, createdMs: name.charCodeAt(0), cordon: { by: "nobody" } };
}

export function viewOf(model: PoolModel): PoolView {
  const { size, removed, budget, targetSize, machines, strategy, room } = model;
  return {
    pool: "general",
    size,
    removed,
    budget,
    holds: [],
    targetSize,
    machines: structuredClone(machines).map((machine) => withProof(model, machine)),
    ...(strategy === undefined ? {} : { strategy }),
    ...(room === undefined ? {} : { room }),
  };
}
function withProof({ tick }: PoolModel, machine: ModelMachine): PoolMachine {
  const { node, provenTick = 0, sick = false } = machine;
  if (node === undefined || (!sick && provenTick <= tick)) return machine;
  return { ...machine, node: { ...node, unproven: `node ${machine.name} to be well` } };
}

export function decide(model: PoolModel): PoolDecision {
  return decideByStrategy(viewOf(model), model.tick * TICK_MS);
}

/** One tick: what went is gone, what came joins, then what was decided is done. */
export function advance(model: PoolModel, decision: PoolDecision): void {
  const nowMs = model.tick * TICK_MS;
  model.tick += 1;
  for (const machine of model.machines) {
    if (machine.going || machine.node !== undefined) continue;
    machine.node = ready(machine);
    machine.provenTick = model.tick + model.soakTicks;
  }
  for (const machine of model.machines.filter(({ going }) => going))
    model.machines.splice(model.machines.indexOf(machine), 1);
  const targetBefore = model.targetSize;
  for (const { verb, name, keep } of decision.machines) {
    const machine = model.machines.find((one) => one.name === name);
    if (machine === undefined) continue;
    const isDrained = verb === "drain" && machine.drainTicks <= 0;
    if (isDrained && keep === true && machine.node?.cordon.by === "us")
      machine.node.cordon = { ...machine.node.cordon, drainedMs: nowMs };
    else if (verb === "delete" || isDrained) {
      machine.going = true;
      model.targetSize -= 1;
    } else if (verb === "drain") machine.drainTicks -= 1;
    else if (machine.node !== undefined)
      machine.node.cordon = verb === "cordon" ? { by: "us", reason: "", sinceMs: nowMs } : { by: "nobody" };
  }
  // One change of the group at a time, and deletions first.
  const deleting = model.targetSize < targetBefore;
  if (decision.grow !== undefined && !deleting) model.targetSize = decision.grow.to;
  fill(model);
}

/** The group makes what it lacks; its kind raises it to the size, never above what size and surge allow. */
function fill(model: PoolModel): void {
  const { size, budget, machines } = model;
  const going = machines.filter((machine) => machine.going).length;
  model.targetSize = Math.max(model.targetSize, Math.min(size, size + budget.surge - going));
  while (machines.filter((machine) => !machine.going).length < model.targetSize)
    machines.push(newMachine(model));
}

/** What is done from here to rest, a line a tick. */
export function logOf(model: PoolModel, ticksMax = 60): readonly string[] {
  const log: string[] = [];
  for (let tick = 0; tick < ticksMax; tick += 1) {
    const decision = decide(model);
    const done = [
      ...decision.machines.map(({ verb, name }) => `${verb} ${name}`),
      ...(decision.grow === undefined ? [] : [`grow to ${decision.grow.to}`]),
    ];
    const waits = decision.waiting.map((wait) => `wait for ${wait}`);
    const moving = model.machines.some(({ going, node }) => going || node === undefined);
    if (done.length === 0 && waits.length === 0 && !moving) return log;
    const line = (done.length > 0 ? done : waits).join(", ");
    log.push(line === "" ? "the group makes its machine" : line);
    advance(model, decision);
  }
  return [...log, "and so on"];
}
