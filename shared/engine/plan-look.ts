/** Plans for what a look has seen, and remembers it for the next look. */
import { isDeepStrictEqual } from "node:util";
import type { Cluster, Facts } from "../resources/resource.ts";
import type { Engine } from "./engine.ts";
import { epochOf, type Remembered } from "./look-memory.ts";
import type { Observations } from "./observe.ts";
import { observedCare } from "./observed-care.ts";
import { type ClusterPlan, type KindState, planCluster } from "./plan.ts";
import { stepImages } from "./step-images.ts";
import { stepVersions } from "./step-versions.ts";
import { backingOff, type Work } from "./work.ts";

export interface Look {
  /** With what ended since, and what was learned. */
  readonly work: Work;
  /** With its facts. */
  readonly cluster: Cluster;
  readonly plan: ClusterPlan;
}

export function planLook(
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
    engine.memory.rests(
      cluster.uid,
      cluster.deleting ? undefined : access,
      cluster.facts.kubernetes?.nodes.length,
    );
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
  const {
    kubernetes: nodesNow,
    machineStates: _now,
    machinesMs: _listed,
    lookedMs: _at,
    ...facts
  } = now.facts;
  const {
    kubernetes: nodesBefore,
    machineStates: _before,
    machinesMs: _listedBefore,
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

/** An image called "constructor" is looked up in them by name. */
export function unprototyped(images: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.assign(Object.create(null), images);
}

/** From the first answer of its API on, a cluster has been initialised: no machine may ever initialise it again. */
function initialised(work: Work, facts: Facts): Work {
  if (work.status.pins.initialised || facts.kubernetes === undefined) return work;
  return { ...work, status: { ...work.status, pins: { ...work.status.pins, initialised: true } } };
}
