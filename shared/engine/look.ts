/** What a pass sees before it acts: what earlier operations came to, everything observed, and the plan. Changes nothing. */
import { isDeepStrictEqual } from "node:util";
import { isDue } from "../nodes/commands.ts";
import type { Action, Cluster } from "../resources/resource.ts";
import type { ClusterSpec } from "../spec/cluster.ts";
import type { ClusterStatus } from "../status/cluster-status.ts";
import type { Deadline } from "./deadline.ts";
import type { Engine } from "./engine.ts";
import { haveNodesLeft, haveNodesMoved, kindsToLookAt, onlyRemembered } from "./freshness.ts";
import type { AnyKind } from "./kind.ts";
import type { Remembered } from "./look-memory.ts";
import { isSeenAlike, type Observation, type Observations } from "./observe.ts";
import { type KnownCluster, observeCluster } from "./observe-cluster.ts";
import { pinImages } from "./pin-images.ts";
import type { PlannedAction } from "./plan.ts";
import { type Look, planLook, unprototyped } from "./plan-look.ts";
import { pollOperations } from "./poll-operations.ts";
import { seeImages } from "./see-images.ts";
import { wantsWholeLook } from "./verify.ts";
import { blockedZones, type Work } from "./work.ts";

/** Plans change with the time too, if slowly: deadlines of drains are minutes. */
const PLAN_EVERY_MS = 10_000;
/** Kinds that turn out to be due are looked at afresh, which may make others due. */
const PLANS_MAX = 4;

/** What differs from the first look of a pass. */
interface How {
  /** A plan that is so old is made anew. */
  readonly planEveryMs: number;
  /** After a round of the same pass: what cannot have changed but by that round is not asked after. */
  readonly isAgain: boolean;
}
const FIRST: How = { planEveryMs: PLAN_EVERY_MS, isAgain: false };

export async function look(
  engine: Engine,
  id: string,
  spec: ClusterSpec,
  before: Work,
  deadline: Deadline,
  isAgain = false,
): Promise<Look> {
  const seen = await lookUnlessAsBefore(engine, id, spec, before, deadline, { planEveryMs: 0, isAgain });
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
  { planEveryMs, isAgain }: How = FIRST,
): Promise<Look | undefined> {
  const nowMs = engine.clock.nowMs();
  const isVerified = wantsWholeLook(before.status, (command) => isDue(command, nowMs));
  const recalled = isVerified ? undefined : engine.memory.recall(before.status, nowMs);
  const polled = isAgain ? before : await pollOperations(engine, before, deadline);
  const pinned = await pinImages(engine, spec, polled, deadline);
  const work = await seeImages(engine, spec, pinned, deadline);
  const cluster = clusterOf(engine, id, spec, work.status);
  if (recalled === undefined) return lookWhole(engine, cluster, work, deadline);
  const ended = endedKinds(before.status, work.status, nowMs);
  const narrow = await lookNarrow(engine, cluster, recalled, { ended, nowMs, isAgain }, deadline);
  const isRecent = nowMs - recalled.plannedMs < planEveryMs;
  if (isRecent && ended.size === 0 && work === before && isSame(narrow.seen, recalled)) {
    engine.memory.keep(cluster.uid, { ...recalled, byKind: narrow.seen.byKind });
    return undefined;
  }
  return planNarrow(engine, { ...narrow, cluster, work, recalled }, deadline);
}

/** What a narrow look saw, and which of it is no ground to act on, for it is only remembered. */
interface Seen {
  readonly seen: Observations;
  readonly remembered: ReadonlySet<string>;
  readonly isInsideFresh: boolean;
}

/** Looks at what may have changed; at some of it only when the cluster's nodes have news. */
async function lookNarrow(
  engine: Engine,
  cluster: Cluster,
  recalled: Remembered,
  {
    ended,
    nowMs,
    isAgain,
  }: { readonly ended: ReadonlySet<string>; readonly nowMs: number; readonly isAgain: boolean },
  deadline: Deadline,
): Promise<Seen> {
  const kinds = [...engine.cloudKinds, ...engine.clusterKinds];
  const { haste = 1 } = engine;
  const { now, withNews, withLoss } = kindsToLookAt(kinds, recalled, { ended, nowMs, haste });
  const isQuiet = now.size + withNews.size + withLoss.size === 0;
  let seen = await observeCluster(engine, cluster, deadline, {
    byKind: without(recalled.byKind, now),
    before: recalled.byKind,
    kubernetes: isQuiet ? recalled.kubernetes : undefined,
  });
  const { kubernetes } = seen.facts;
  // In a further round they have moved by what the round before did to them.
  const told = new Set<string>();
  if (!isAgain && haveNodesMoved(kubernetes, recalled.kubernetes)) for (const one of withNews) told.add(one);
  if (!isAgain && haveNodesLeft(kubernetes, recalled.kubernetes)) for (const one of withLoss) told.add(one);
  if (told.size > 0) {
    const byKind = without(seen.byKind, told);
    seen = await observeCluster(engine, cluster, deadline, { byKind, kubernetes });
  }
  const looked = new Set([...now, ...told]);
  const remembered = onlyRemembered(kinds, recalled, { looked, nowMs, haste });
  return { seen, remembered, isInsideFresh: !isQuiet };
}

/** Nothing is begun, and nothing concluded, on what is only remembered. */
async function planNarrow(
  engine: Engine,
  narrow: Seen & { readonly cluster: Cluster; readonly work: Work; readonly recalled: Remembered },
  deadline: Deadline,
): Promise<Look> {
  const { cluster, work, recalled } = narrow;
  const remembered = new Set(narrow.remembered);
  let { seen, isInsideFresh } = narrow;
  for (let plans = 0; plans < PLANS_MAX; plans++) {
    const found = planLook(engine, cluster, work, seen, recalled);
    if (found.plan.states.every((state) => state.settled)) break;
    const { due } = found.plan;
    if (due.some(({ kind, action }) => kind.steady !== true && groundOf(kind, action) === undefined)) break;
    const isInsideDue = !isInsideFresh && due.some(({ kind }) => kind.steady !== true);
    const stale = staleAmong(due, remembered, isInsideDue);
    if (stale.size === 0) return found;
    for (const kind of stale) remembered.delete(kind);
    isInsideFresh ||= isInsideDue;
    const kubernetes = isInsideDue ? undefined : seen.facts.kubernetes;
    seen = await observeCluster(engine, cluster, deadline, {
      byKind: without(seen.byKind, stale),
      kubernetes,
    });
  }
  const kubernetes = isInsideFresh ? seen.facts.kubernetes : undefined;
  return lookWhole(engine, cluster, work, deadline, { byKind: without(seen.byKind, remembered), kubernetes });
}

function without(
  byKind: ReadonlyMap<string, Observation>,
  kinds: ReadonlySet<string>,
): ReadonlyMap<string, Observation> {
  return new Map([...byKind].filter(([kind]) => !kinds.has(kind)));
}

/**
 * Which of the kinds that are due, and of those that they rest on, are to be looked at first. Whoever rests on what is looked
 * at afresh looks again too, for it may look at other things then.
 */
function staleAmong(
  due: readonly PlannedAction[],
  remembered: ReadonlySet<string>,
  isInsideDue: boolean,
): ReadonlySet<string> {
  const stale = new Set<string>();
  for (const { kind, action } of due) {
    const under = (groundOf(kind, action) ?? []).filter((one) => remembered.has(one));
    for (const one of under) stale.add(one);
    const isDoubtful = remembered.has(kind.kind) || under.length > 0;
    if (isDoubtful || (isInsideDue && kind.steady !== true)) stale.add(kind.kind);
  }
  return stale;
}

/** Nothing where it rests on everything. */
function groundOf({ restsOn }: AnyKind, action: Action): readonly string[] | undefined {
  return action.restsOn ?? restsOn;
}

/** @param fresh what has been looked at a moment ago */
async function lookWhole(
  engine: Engine,
  cluster: Cluster,
  work: Work,
  deadline: Deadline,
  fresh?: KnownCluster,
): Promise<Look> {
  const wholeMs = engine.clock.nowMs();
  return planLook(engine, cluster, work, await observeCluster(engine, cluster, deadline, fresh), { wholeMs });
}

/** Kinds of operations that have ended, and of failures whose time has come. */
function endedKinds(before: ClusterStatus, after: ClusterStatus, nowMs: number): ReadonlySet<string> {
  const still = new Set(after.inFlight.map(({ operation }) => operation));
  const ended = before.inFlight.filter(({ operation }) => !still.has(operation));
  const due = after.failures.filter(({ retryAtMs }) => retryAtMs <= nowMs);
  return new Set([...ended, ...due].map(({ kind }) => kind));
}

function isSame({ byKind, facts }: Observations, recalled: Remembered): boolean {
  return (
    byKind.size === recalled.byKind.size &&
    isDeepStrictEqual(facts.kubernetes, recalled.kubernetes) &&
    [...byKind].every(([kind, found]) => isSeenAlike(found, recalled.byKind.get(kind)))
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
