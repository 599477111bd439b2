/** What a pass sees before it acts: what earlier operations came to, everything observed, and the plan. Changes nothing. */
import { isDeepStrictEqual } from "node:util";
import { isDue } from "../nodes/commands.ts";
import type { Cluster, Facts } from "../resources/resource.ts";
import type { ClusterSpec } from "../spec/cluster.ts";
import type { ClusterStatus } from "../status/cluster-status.ts";
import type { Deadline } from "./deadline.ts";
import type { Engine } from "./engine.ts";
import { epochOf, type Remembered } from "./look-memory.ts";
import type { Observation, Observations } from "./observe.ts";
import { type KnownCluster, observeCluster } from "./observe-cluster.ts";
import { observedCare } from "./observed-care.ts";
import { pinImages } from "./pin-images.ts";
import { type ClusterPlan, type KindState, planCluster } from "./plan.ts";
import { pollOperations } from "./poll-operations.ts";
import { seeImages } from "./see-images.ts";
import { stepImages } from "./step-images.ts";
import { stepVersions } from "./step-versions.ts";
import { wantsWholeLook } from "./verify.ts";
import { backingOff, blockedZones, type Work } from "./work.ts";

export interface Look {
  /** With what ended since, and what was learned. */
  readonly work: Work;
  /** With its facts. */
  readonly cluster: Cluster;
  readonly plan: ClusterPlan;
}

/** Plans change with the time too, if slowly: deadlines of drains are minutes. */
const PLAN_EVERY_MS = 10_000;
/** Kinds that turn out to be due are looked at afresh, which may make others due. */
const PLANS_MAX = 4;

export async function look(
  engine: Engine,
  id: string,
  spec: ClusterSpec,
  before: Work,
  deadline: Deadline,
): Promise<Look> {
  const seen = await lookUnlessAsBefore(engine, id, spec, before, deadline, 0);
  if (seen === undefined) throw new Error("a look that must be whole was none");
  return seen;
}

/**
 * Looks at what may have changed since this process looked last, at everything if it did not.
 * @returns nothing when all of it is as it was, so that a plan would be the same
 */
export async function lookUnlessAsBefore(
  engine: Engine,
  id: string,
  spec: ClusterSpec,
  before: Work,
  deadline: Deadline,
  planEveryMs: number = PLAN_EVERY_MS,
): Promise<Look | undefined> {
  const nowMs = engine.clock.nowMs();
  const isVerified = wantsWholeLook(before.status, (command) => isDue(command, nowMs));
  const recalled = isVerified ? undefined : engine.memory.recall(before.status, nowMs);
  const polled = await pollOperations(engine, before, deadline);
  const pinned = await pinImages(engine, spec, polled, deadline);
  const work = await seeImages(engine, spec, pinned, deadline);
  const cluster = clusterOf(engine, id, spec, work.status);
  if (recalled === undefined) return lookWhole(engine, cluster, work, deadline);
  const ended = endedKinds(before.status, work.status, nowMs);
  const open = new Set([...recalled.open, ...ended]);
  const known: KnownCluster = {
    byKind: new Map([...recalled.byKind].filter(([kind]) => !open.has(kind))),
    before: recalled.byKind,
    kubernetes: open.size === 0 ? recalled.kubernetes : undefined,
  };
  const seen = await observeCluster(engine, cluster, deadline, known);
  const isRecent = nowMs - recalled.plannedMs < planEveryMs;
  if (isRecent && ended.size === 0 && work === before && isSame(seen, recalled)) return undefined;
  return planNarrow(engine, { cluster, work, seen, known, recalled }, deadline);
}

interface Narrow {
  readonly cluster: Cluster;
  readonly work: Work;
  readonly seen: Observations;
  readonly known: KnownCluster;
  readonly recalled: Remembered;
}

/** Nothing is begun, and nothing concluded, on what is only remembered. */
async function planNarrow(engine: Engine, narrow: Narrow, deadline: Deadline): Promise<Look> {
  const { cluster, work, recalled } = narrow;
  const again = engine.clusterKinds.filter(({ observeAgain }) => observeAgain !== undefined);
  const remembered = new Set([...narrow.known.byKind.keys(), ...again.map(({ kind }) => kind)]);
  let { seen } = narrow;
  for (let plans = 0; plans < PLANS_MAX; plans++) {
    const found = planNow(engine, cluster, work, seen, recalled);
    if (found.plan.states.every((state) => state.settled)) break;
    if (found.plan.due.some(({ kind }) => kind.steady !== true)) break;
    const due = new Set(found.plan.due.map(({ kind }) => kind.kind));
    const stale = new Set([...due].filter((kind) => remembered.has(kind)));
    if (stale.size === 0) return found;
    for (const kind of stale) remembered.delete(kind);
    const byKind = new Map([...seen.byKind].filter(([kind]) => !stale.has(kind)));
    seen = await observeCluster(engine, cluster, deadline, { byKind, kubernetes: seen.facts.kubernetes });
  }
  return lookWhole(engine, cluster, work, deadline);
}

async function lookWhole(engine: Engine, cluster: Cluster, work: Work, deadline: Deadline): Promise<Look> {
  const wholeMs = engine.clock.nowMs();
  return planNow(engine, cluster, work, await observeCluster(engine, cluster, deadline), { wholeMs });
}

function planNow(
  engine: Engine,
  bare: Cluster,
  before: Work,
  seen: Observations,
  earlier: Pick<Remembered, "wholeMs"> & Partial<Remembered>,
): Look {
  const nowMs = engine.clock.nowMs();
  const seeing: Cluster = { ...bare, facts: seen.facts };
  const cared = observedCare(initialised(before, seen.facts), seeing, nowMs);
  const { care } = cared.status;
  const known: Cluster = care === undefined ? seeing : { ...seeing, care };
  const work = stepImages(stepVersions(cared, known, nowMs), known, nowMs);
  const { status } = work;
  // A step is planned for at once: a cluster must not come to rest between two.
  const { kubernetesVersion, upgrade } = status.pins;
  const images = unprototyped(status.pins.images);
  const { upgrade: _before, ...pins } = bare.pins;
  const cluster: Cluster = {
    ...known,
    pins: { ...pins, kubernetesVersion, images, ...(upgrade === undefined ? {} : { upgrade }) },
  };
  const plan = planCluster({
    kinds: [...engine.cloudKinds, ...engine.clusterKinds],
    cluster,
    observations: seen.byKind,
    inFlight: new Map(status.inFlight.map((flight) => [flight.key, flight.kind])),
    backingOff: backingOff(status, nowMs),
    nowMs,
    ...(earlier.plans !== undefined && isPlannedAlike(cluster, earlier.cluster)
      ? { earlier: earlier.plans }
      : {}),
  });
  const { access } = cluster.facts;
  const isSettled = plan.states.every((state) => state.settled);
  // One that waits for a window or a pause to end rests as well: sweeps watch its nodes.
  if (isSettled || access !== undefined)
    engine.memory.rests(cluster.uid, cluster.deleting ? undefined : access);
  if (isSettled) {
    engine.memory.forget(cluster.uid);
  } else {
    engine.memory.keep(cluster.uid, {
      epoch: epochOf(status),
      wholeMs: earlier.wholeMs,
      plannedMs: nowMs,
      byKind: seen.byKind,
      cluster,
      plans: plan.plans,
      kubernetes: seen.facts.kubernetes,
      open: openKinds(engine, plan),
    });
  }
  return { work, cluster, plan };
}

/**
 * What plans of steady kinds rest on besides their own observation: not on what changes inside of the cluster by itself.
 * The spec is the same for as long as a look is remembered, for a new one is taken in under another epoch.
 */
function isPlannedAlike(now: Cluster, before: Cluster | undefined): boolean {
  if (before === undefined) return false;
  const { kubernetes: nodesNow, machineStates: _now, lookedMs: _at, ...facts } = now.facts;
  const {
    kubernetes: nodesBefore,
    machineStates: _before,
    lookedMs: _atBefore,
    ...factsBefore
  } = before.facts;
  const isServed = (nodesNow === undefined) === (nodesBefore === undefined);
  return isServed && isDeepStrictEqual(now.pins, before.pins) && isDeepStrictEqual(facts, factsBefore);
}

/** With those whose changes are waited for. */
function openKinds({ cloudKinds, clusterKinds }: Engine, plan: ClusterPlan): ReadonlySet<string> {
  const open = new Set(plan.states.filter(isOpen).map(({ kind }) => kind));
  const watched = [...cloudKinds, ...clusterKinds].flatMap((one) =>
    open.has(one.kind) ? (one.watches ?? []) : [],
  );
  return new Set([...open, ...watched]);
}

/** It waits for something that no operation of ours tells of, or for a person, or could not be seen. */
function isOpen({ unseen, settled, blockedBy, undecided, waiting, problems }: KindState): boolean {
  if (unseen !== undefined || problems.length > 0) return true;
  return !settled && blockedBy.length === 0 && !undecided && waiting.length > 0;
}

/** Kinds of operations that have ended, and of failures whose time has come. */
function endedKinds(before: ClusterStatus, after: ClusterStatus, nowMs: number): ReadonlySet<string> {
  const still = new Set(after.inFlight.map(({ operation }) => operation));
  const ended = before.inFlight.filter(({ operation }) => !still.has(operation));
  const due = after.failures.filter(({ retryAtMs }) => retryAtMs <= nowMs);
  return new Set([...ended, ...due].map(({ kind }) => kind));
}

function isSame({ byKind, facts }: Observations, recalled: Remembered): boolean {
  const same = (one: Observation | undefined, other: Observation | undefined) =>
    one === other || isDeepStrictEqual(one, other);
  return (
    byKind.size === recalled.byKind.size &&
    isDeepStrictEqual(facts.kubernetes, recalled.kubernetes) &&
    [...byKind].every(([kind, found]) => same(found, recalled.byKind.get(kind)))
  );
}

function clusterOf(engine: Engine, id: string, spec: ClusterSpec, status: ClusterStatus): Cluster {
  const lookedMs = engine.clock.nowMs();
  const facts = { lookedMs, blockedZones: blockedZones(status, lookedMs) };
  return {
    id,
    uid: status.uid,
    spec,
    pins: { ...status.pins, images: unprototyped(status.pins.images) },
    facts,
    deleting: status.deleting,
    ...(status.care === undefined ? {} : { care: status.care }),
    joinUrl: engine.joinUrl,
    ...(engine.haste === undefined ? {} : { haste: engine.haste }),
  };
}

/** An image called "constructor" is looked up in them by name. */
function unprototyped(images: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.assign(Object.create(null), images);
}

/** From the first answer of its API on, a cluster has been initialised: no machine may ever initialise it again. */
function initialised(work: Work, facts: Facts): Work {
  if (work.status.pins.initialised || facts.kubernetes === undefined) return work;
  return { ...work, status: { ...work.status, pins: { ...work.status.pins, initialised: true } } };
}
