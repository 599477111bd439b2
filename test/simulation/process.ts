/**
 * One invocation of a function as a process of its own: each call to a port takes time, may fail, and may be the last
 * thing that the process does.
 */
import type { Engine } from "../../shared/engine/engine.ts";
import { createLookMemory, type LookMemory } from "../../shared/engine/look-memory.ts";
import type { Chance } from "../../shared/ports/chance.ts";
import type { Transaction } from "../../shared/ports/store.ts";
import type { VirtualClock } from "../../simulator/clock.ts";
import { type PortCall, type Strike, unreliable } from "../support/unreliable-ports.ts";
import type { ObservedCall, Observer, Process } from "./observer.ts";

/** Half to one and a half times this. Typical of calls within a region. */
const LATENCY_MS: Readonly<Record<PortCall["port"], number>> = {
  store: 20,
  wakeups: 40,
  compute: 200,
  secrets: 60,
  kubernetes: 25,
};

/** What the fault groups put in the way of processes. Each answers for one call. */
export interface Obstacles {
  strike(call: PortCall, process: Process): Strike | undefined;
  /** Sleeps this much longer before it. */
  delayMs(call: PortCall, process: Process): number;
  /** What it fails with instead of happening. */
  failure(call: PortCall, process: Process): Error | undefined;
  /** How wrong the clock of a new process is. */
  skewMs(): number;
}

export interface ProcessRoom {
  readonly engine: Engine;
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly observer: Observer;
  readonly obstacles: Obstacles;
  readonly instances: Instances;
}

/** A function's warm instances: what one invocation has seen, a later one in the same instance remembers. */
export interface Instances {
  readonly warm: LookMemory[];
}
/** Few enough that most invocations find one that knows the cluster, and many that find one whose knowledge is old. */
const WARM_INSTANCES = 3;
const COLD_START_CHANCE = 0.1;

export function createInstances(): Instances {
  return { warm: Array.from({ length: WARM_INSTANCES }, createLookMemory) };
}

/** With its process, an instance dies and is replaced by one that knows nothing. */
export function instanceDied({ warm }: Instances, memory: LookMemory): void {
  const index = warm.indexOf(memory);
  if (index >= 0) warm[index] = createLookMemory();
}

function takeInstance({ instances, chance }: ProcessRoom): LookMemory {
  if (chance.fraction() < COLD_START_CHANCE) return createLookMemory();
  return instances.warm[Math.floor(chance.fraction() * WARM_INSTANCES)] ?? createLookMemory();
}

export interface Started {
  readonly process: Process;
  readonly engine: Engine;
}

export function startProcess(
  room: ProcessRoom,
  identity: { readonly number: number; readonly what: string; readonly cluster?: string | undefined },
): Started {
  const { engine, clock, obstacles } = room;
  const name = `${identity.what}-${identity.number}`;
  const skewMs = obstacles.skewMs();
  const process: Process = {
    number: identity.number,
    name,
    what: identity.what,
    cluster: identity.cluster,
    startedMs: clock.nowMs(),
    skewMs,
    state: "running",
  };
  const own: Engine = {
    ...engine,
    clock: { nowMs: () => clock.nowMs() + skewMs, after: clock.after },
    store: { ...engine.store, transact: (body) => observedTransaction(room, process, body) },
    holder: () => name,
    memory: takeInstance(room),
  };
  const wrapped = unreliable(
    own,
    (call) => obstacles.strike(call, process),
    (call, step, strike) => around(room, process, call, step, strike),
  );
  return { process, engine: wrapped };
}

async function around(
  room: ProcessRoom,
  process: Process,
  call: PortCall,
  step: () => Promise<unknown>,
  strike: Strike | undefined,
): Promise<unknown> {
  const { clock, chance, observer, obstacles } = room;
  const latencyMs = LATENCY_MS[call.port] * (0.5 + chance.fraction()) + obstacles.delayMs(call, process);
  await new Promise<void>((resolve) => void clock.after(latencyMs, resolve));
  const observed: ObservedCall = { ...call, process, atMs: clock.nowMs(), strike };
  const failure = obstacles.failure(call, process);
  if (failure !== undefined) {
    observer.after?.(observed, { ok: false, code: codeOf(failure), told: true });
    throw failure;
  }
  observer.before?.(observed);
  try {
    const answer = await step();
    observer.after?.(observed, { ok: true, answer, told: strike === undefined });
    return answer;
  } catch (error) {
    observer.after?.(observed, { ok: false, code: codeOf(error), told: strike === undefined });
    throw error;
  }
}

function codeOf(error: unknown): string {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  return String(code ?? name ?? error);
}

/** The engine of somebody outside of all processes, whose commits are told. */
export function observedEngine(room: Pick<ProcessRoom, "engine" | "observer">): Engine {
  const { store } = room.engine;
  return {
    ...room.engine,
    store: { ...store, transact: (body) => observedTransaction(room, undefined, body) },
  };
}

/** Tells what a transaction wrote once it has been committed. */
async function observedTransaction<R>(
  { engine, observer }: Pick<ProcessRoom, "engine" | "observer">,
  process: Process | undefined,
  body: (transaction: Transaction) => Promise<R>,
): Promise<R> {
  let writes: { readonly path: string; readonly data: unknown }[] = [];
  const result = await engine.store.transact((transaction) => {
    writes = [];
    return body({
      get: (path) => transaction.get(path),
      create: (path, data) => {
        writes.push({ path, data });
        transaction.create(path, data);
      },
      set: (path, data) => {
        writes.push({ path, data });
        transaction.set(path, data);
      },
      delete: (path) => {
        writes.push({ path, data: undefined });
        transaction.delete(path);
      },
    });
  });
  for (const write of writes) observer.committed?.({ process, ...write });
  return result;
}
