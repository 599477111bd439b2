/** Runs one scenario from its beginning until everything has come to rest, watched by the checker. */
import type { Engine } from "../../shared/engine/engine.ts";
import { pass } from "../../shared/engine/pass.ts";
import { statusPath } from "../../shared/engine/paths.ts";
import { contentHash } from "../../shared/engine/request-id.ts";
import { sweep } from "../../shared/engine/sweep.ts";
import type { ClusterStatus, EventRecord } from "../../shared/status/cluster-status.ts";
import { machineEventOf, pushed } from "../../simulation/machine-event.ts";
import { type Answer, nodeJoinOf } from "../../simulation/node-join.ts";
import type { LogEntry } from "../../simulator/logging/audit-log.ts";
import { countChanges } from "../support/change-counts.ts";
import { Crash } from "../support/unreliable-ports.ts";
import { createChecker, type Violation } from "./checker/checker.ts";
import { INVARIANTS } from "./checker/invariants.ts";
import { createDelivery, type Message, type Push } from "./delivery.ts";
import { type Ending, endingOf } from "./ending.ts";
import { clearTraps, noTraps, obstaclesFrom } from "./faults/obstacles.ts";
import type { FaultRoom } from "./faults/room.ts";
import { FAULT_KINDS } from "./faults/table.ts";
import { comeToRest } from "./liveness.ts";
import type { Commit, ObservedCall, Observer, Outcome } from "./observer.ts";
import { createPeople } from "./people.ts";
import { chanceOf, createPlane, START_MS } from "./plane.ts";
import { createInstances, instanceDied, observedEngine, type ProcessRoom, startProcess } from "./process.ts";
import type { Fault, Scenario } from "./scenario.ts";
import { createTrace, type TraceLine } from "./trace.ts";

export interface RunResult {
  readonly seed: number;
  readonly traceHash: string;
  readonly violations: readonly Violation[];
  /** By what was counted. */
  readonly counts: {
    readonly events: number;
    readonly invocations: Readonly<Record<string, number>>;
    readonly calls: Readonly<Record<string, number>>;
    readonly faults: Readonly<Record<string, number>>;
    readonly invariants: Readonly<Record<string, number>>;
  };
  readonly virtualMs: number;
  readonly endedAtMs: number;
  readonly lines: readonly TraceLine[];
  readonly ending: Ending;
}

const LATENCY_STREAM = 21;
/** How often somebody asks whether to go on. */
const SLICE_MS = 10_000;

/** @param options untilFirst: ends at the first violation */
export async function run(
  scenario: Scenario,
  options: { readonly untilFirst?: boolean } = {},
): Promise<RunResult> {
  const traps = noTraps();
  const entries: LogEntry[] = [];
  let observer: Observer = {};
  let joins: (token: string, body: unknown) => Promise<Answer>;
  const plane = createPlane({
    seed: scenario.seed,
    post: (_url, token, body) => joins(token, body),
    onLogEntry: (entry) => {
      entries.push(entry);
      delivery.push({ body: pushed(entry) });
    },
    log: (level, message, fields) => {
      const text = `${message} ${JSON.stringify(fields ?? {})}`;
      trace.add("log", undefined, `${level} ${text}`);
      observer.logged?.(level, text);
    },
    wakeups: {
      schedule: (wakeup) => delivery.wakeups.schedule(wakeup),
      cancel: (cluster) => delivery.wakeups.cancel(cluster),
    },
  });
  const { clock, cloud, engine } = plane;
  const trace = createTrace(() => clock.nowMs() - START_MS);
  const tally = createTally();
  const obstacles = obstaclesFrom(traps, clock, (what) => trace.add("sprung", undefined, what));
  const watching: Observer = tracing(trace, tally, () => observer);
  const room: ProcessRoom = {
    engine,
    clock,
    chance: chanceOf(scenario.seed, LATENCY_STREAM),
    observer: watching,
    obstacles,
    instances: createInstances(),
  };
  let processes = 0;
  const inProcess = async <R>(
    what: string,
    cluster: string | undefined,
    body: (own: typeof engine) => Promise<R>,
  ): Promise<R> => {
    processes += 1;
    const { process, engine: own } = startProcess(room, { number: processes, what, cluster });
    tally.invocations[what] = (tally.invocations[what] ?? 0) + 1;
    trace.add("begin", cluster, process.name);
    try {
      const result = await body(own);
      process.state = "ended";
      trace.add("end", cluster, process.name);
      return result;
    } catch (error) {
      process.state = "died";
      instanceDied(room.instances, own.memory);
      trace.add("died", cluster, `${process.name}: ${explain(error)}`);
      throw error;
    } finally {
      watching.ended?.(process);
    }
  };
  const delivery = createDelivery({
    clock,
    invoke: async ({ what, cluster, cause, push }: Message) => {
      if (push !== undefined) await inProcess(what, undefined, (own) => pushTo(own, push, what));
      else if (cluster === undefined) await inProcess(what, undefined, (own) => sweep(own));
      else await inProcess("pass", cluster, (own) => pass(own, cluster, cause));
    },
    mishap: obstacles.mishap,
    tell: ({ what, cluster }, fate) => trace.add("delivery", cluster, `${what} ${fate}`),
  });
  joins = (token, body) => {
    const { cluster = "?" } = body as { readonly cluster?: string };
    if (clock.nowMs() < traps.joinDownUntilMs)
      return Promise.resolve({ status: 503, body: { error: "down" } });
    const answer = (own: typeof engine) => nodeJoinOf(own)(token, body);
    return inProcess("join", cluster, answer).catch(() => ({ status: 500, body: { error: "died" } }));
  };

  const statuses = new Map<string, ClusterStatus>();
  const statusOf = async (cluster: string) =>
    (await engine.store.get<ClusterStatus>(statusPath(cluster)))?.data;
  const foreign = new Set<string>();
  const planted = new Set<string>();
  const resizedByHand = new Set<string>();
  const people = createPeople({
    clock,
    cloud,
    engine,
    observed: observedEngine(room),
    delivery,
    trace,
    statuses,
    repeatedAnew: (cluster, message) => checker.violated("S10", cluster, message),
  });
  const checker = createChecker(
    INVARIANTS,
    { clock, cloud, delivery, foreign, planted, resizedByHand, tombstones: people.tombstones },
    trace,
  );
  observer = {
    ...checker.observer,
    committed: (commit) => {
      remember(statuses, commit);
      checker.observer.committed?.(commit);
    },
  };
  const changes = countChanges(cloud);
  cloud.compute.onChange((change) => watching.changed?.(change));
  cloud.secrets.onChange((change) => watching.changed?.(change));

  const undos: (() => void)[] = [];
  const faultRoom: FaultRoom = {
    clock,
    cloud,
    store: engine.store,
    traps,
    clusters: scenario.clusters,
    uidOf: (cluster) => statuses.get(cluster)?.uid,
    entries,
    push: (body, token) =>
      token === undefined ? delivery.push({ body }) : delivery.push({ body, token }, "forged-event"),
    setSlowness: (factor) => {
      plane.slowness = factor;
    },
    undoLater: (delayMs, undo) => {
      let done = false;
      const once = () => {
        if (!done) undo();
        done = true;
      };
      undos.push(once);
      clock.after(delayMs, once);
    },
    foreign: (path) => foreign.add(path),
    foreignGone: (path) => foreign.delete(path),
    planted: (id) => planted.add(id),
    resizedByHand: (uid, pool) => resizedByHand.add(`${uid} ${pool}`),
    writeDocument: people.tamper,
  };
  const begin = (fault: Fault): void => {
    const what = FAULT_KINDS[fault.group][fault.kind]?.(faultRoom, fault);
    if (what === undefined) return;
    tally.faults[`${fault.group}/${fault.kind}`] = (tally.faults[`${fault.group}/${fault.kind}`] ?? 0) + 1;
    trace.add("fault", undefined, `${fault.group}/${fault.kind}: ${what}`);
  };
  for (const step of scenario.steps) clock.after(step.atMs, () => people.take(step));
  for (const fault of scenario.faults) clock.after(fault.atMs, () => begin(fault));
  delivery.startSweeps();
  const enough = () => options.untilFirst === true && checker.violations.length > 0;
  while (clock.nowMs() < START_MS + scenario.busyMs && !enough())
    await clock.advance(Math.min(SLICE_MS, START_MS + scenario.busyMs - clock.nowMs()));
  trace.add("fault", undefined, "faults stop");
  clearTraps(traps);
  for (const undo of undos) undo();
  cloud.compute.faults.clear();
  const { clusters } = scenario;
  if (!enough())
    await comeToRest({ clock, cloud, checker, delivery, people, statusOf, clusters, tally, enough });
  checker.finish();
  const ending = await endingOf(
    cloud,
    scenario.clusters,
    statusOf,
    changes.counts([...tally.uids]),
    tally.uids,
  );
  delivery.stopSweeps();
  return {
    seed: scenario.seed,
    traceHash: trace.hash(),
    violations: checker.violations,
    counts: {
      events: trace.count(),
      invocations: tally.invocations,
      calls: tally.calls,
      faults: tally.faults,
      invariants: checker.checks,
    },
    virtualMs: clock.nowMs() - START_MS,
    endedAtMs: clock.nowMs(),
    lines: trace.lines(),
    ending,
  };
}

/** @throws Error when it is to be pushed again, or a stranger was let in */
async function pushTo(engine: Engine, { body, token }: Push, what: string): Promise<void> {
  const status = await machineEventOf(engine)(body, token);
  const isRight = what === "forged-event" ? status === 401 || status === 403 : status === 200;
  if (!isRight) throw new Error(`machine-event answered ${status} to a ${what}`);
}

/** What is counted on the way. */
export interface Tally {
  readonly invocations: Record<string, number>;
  readonly calls: Record<string, number>;
  readonly faults: Record<string, number>;
  /** Mutations that took effect, but for the store's: what falls silent. */
  mutations: number;
  /** Documents written, but for the census. */
  writes: number;
  readonly uids: Set<string>;
}
function createTally(): Tally {
  return { invocations: {}, calls: {}, faults: {}, mutations: 0, writes: 0, uids: new Set() };
}

function remember(statuses: Map<string, ClusterStatus>, { path, data }: Commit): void {
  const cluster = /^clusters\/([^/]+)\/status\/current$/.exec(path)?.[1];
  if (cluster === undefined) return;
  if (data === undefined) statuses.delete(cluster);
  else statuses.set(cluster, data as ClusterStatus);
}

/** Writes everything into the trace and counts it, before it is handed on. */
function tracing(trace: ReturnType<typeof createTrace>, tally: Tally, next: () => Observer): Observer {
  return {
    before: (call) => next().before?.(call),
    after: (call: ObservedCall, outcome: Outcome) => {
      const name = `${call.port}.${call.method}`;
      tally.calls[name] = (tally.calls[name] ?? 0) + 1;
      const counts = call.mutates && outcome.ok && call.port !== "store" && call.port !== "wakeups";
      if (counts) tally.mutations += 1;
      const end = outcome.ok ? (outcome.told ? "ok" : "ok, untold") : outcome.code;
      trace.add("call", call.process.cluster, `${call.process.name} ${name} ${call.target} → ${end}`);
      next().after?.(call, outcome);
    },
    changed: (change) => {
      trace.add("cloud", undefined, `${change.type} ${change.path}`);
      next().changed?.(change);
    },
    committed: (commit) => {
      if (!commit.path.startsWith("fleet/")) tally.writes += 1;
      const uid = (commit.data as { readonly uid?: unknown } | undefined)?.uid;
      if (commit.path.endsWith("/status/current") && typeof uid === "string") tally.uids.add(uid);
      const what = commit.data === undefined ? "deleted" : contentHash(commit.data);
      const { lines = [] } = (commit.data ?? {}) as Partial<EventRecord>;
      for (const { verb, key, message } of commit.path.includes("/events/") ? lines : [])
        trace.add("decision", commit.path.split("/")[1], `${verb} ${key}: ${message}`);
      trace.add("document", commit.path.split("/")[1], `${commit.path} ${what}`);
      next().committed?.(commit);
    },
    logged: (level, text) => next().logged?.(level, text),
    ended: (process) => next().ended?.(process),
  };
}

function explain(error: unknown): string {
  if (error instanceof Crash) return `killed at ${error.message}`;
  const { cause } = error as Error;
  return `${String(error)}${cause === undefined ? "" : ` (${explain(cause)})`}`;
}
