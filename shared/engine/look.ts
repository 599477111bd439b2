/** What a pass sees before it acts: what earlier operations came to, everything observed, and the plan. Changes nothing. */
import { CloudError, isCloudError } from "../ports/cloud-error.ts";
import type { KubernetesAccess } from "../ports/kubernetes.ts";
import { resolveImage, unpinnedImages } from "../resources/gce/image-families.ts";
import { accessFrom } from "../resources/gce/keys.ts";
import { observeKubernetes } from "../resources/kubernetes/observe.ts";
import type { Cluster, Facts, KubernetesFacts } from "../resources/resource.ts";
import type { ClusterSpec } from "../spec/cluster.ts";
import type { ClusterStatus } from "../status/cluster-status.ts";
import type { Deadline } from "./deadline.ts";
import type { Engine } from "./engine.ts";
import { type Observation, type Observations, observeKinds } from "./observe.ts";
import { type ClusterPlan, planCluster } from "./plan.ts";
import { IMAGES } from "./report.ts";
import {
  backingOff,
  blockedZones,
  failed,
  note,
  raiseAlarms,
  settleOperations,
  succeeded,
  type Work,
} from "./work.ts";

export interface Look {
  /** With what ended since, and what was learned. */
  readonly work: Work;
  /** With its facts. */
  readonly cluster: Cluster;
  readonly plan: ClusterPlan;
}

export async function look(
  engine: Engine,
  id: string,
  spec: ClusterSpec,
  before: Work,
  deadline: Deadline,
): Promise<Look> {
  const polled = await pollOperations(engine, before, deadline);
  const pinned = await pinImages(engine, spec, polled, deadline);
  const cluster = clusterOf(engine, id, spec, pinned.status);
  const seen = await observeAll(engine, cluster, deadline);
  const known: Cluster = { ...cluster, facts: seen.facts };
  const work = initialised(pinned, seen.facts);
  return { work, cluster: known, plan: planNow(engine, known, seen.byKind, work.status) };
}

/** Operations of a shared network's host project are asked for there. */
async function pollOperations(engine: Engine, work: Work, deadline: Deadline): Promise<Work> {
  if (work.status.inFlight.length === 0) return work;
  const nowMs = engine.clock.nowMs();
  const paths = work.status.inFlight.map((flight) => flight.operation);
  const byProject = Map.groupBy(paths, (path) => path.split("/")[1] ?? "");
  try {
    const operations = await Promise.all(
      [...byProject].map(([project, some]) =>
        deadline.within(engine.cloud.compute.operations(project, some), "unavailable"),
      ),
    );
    const settled = settleOperations(work, operations.flat(), nowMs, engine.chance.fraction());
    return raiseAlarms(settled, nowMs);
  } catch (error) {
    if (!isCloudError(error)) throw error;
    // Not knowing how an operation ended is no reason to stop looking at the rest.
    return note(work, { level: "warning", verb: "unseen", key: "operations", message: error.message });
  }
}

/** A new image in a family is a rollout, not a surprise: the first one found stays until an upgrade moves it. */
async function pinImages(engine: Engine, spec: ClusterSpec, before: Work, deadline: Deadline): Promise<Work> {
  if (before.status.deleting) return before;
  const wanted = unpinnedImages(spec, before.status.pins.images).map((image) => ({
    image,
    key: `${IMAGES}/${image.key}`,
  }));
  let work = forgetImages(before, new Set(wanted.map(({ key }) => key)));
  for (const { image, key } of wanted) {
    try {
      const url = await deadline.within(
        resolveImage(engine.cloud.compute, spec.project, image),
        "unavailable",
      );
      if (url === undefined)
        throw new CloudError(
          "not-found",
          `there is no image ${image.key} in ${spec.project}: make it, or name another in the spec`,
        );
      const pins = { ...work.status.pins, images: { ...work.status.pins.images, [image.key]: url } };
      work = succeeded({ ...work, status: { ...work.status, pins } }, key, engine.clock.nowMs());
    } catch (error) {
      if (!isCloudError(error)) throw error;
      work = failed(work, { key, kind: IMAGES }, error, engine.clock.nowMs(), engine.chance.fraction());
    }
  }
  return work;
}

/** One that the spec no longer names is not looked for again. */
function forgetImages(work: Work, wanted: ReadonlySet<string>): Work {
  const { failures } = work.status;
  const left = failures.filter(({ kind, key }) => kind !== IMAGES || wanted.has(key));
  return left.length === failures.length ? work : { ...work, status: { ...work.status, failures: left } };
}

function clusterOf(engine: Engine, id: string, spec: ClusterSpec, status: ClusterStatus): Cluster {
  const facts = { blockedZones: blockedZones(status, engine.clock.nowMs()) };
  return {
    id,
    uid: status.uid,
    spec,
    // Without a prototype: an image called "constructor" is looked up in it by name.
    pins: { ...status.pins, images: Object.assign(Object.create(null), status.pins.images) },
    facts,
    deleting: status.deleting,
    joinUrl: engine.joinUrl,
  };
}

/** The cloud first; what lives inside the cluster once the cloud taught how to reach its API and it answers. */
async function observeAll(engine: Engine, cluster: Cluster, deadline: Deadline): Promise<Observations> {
  const outside = await observeKinds(engine.cloudKinds, engine.cloud, cluster, deadline);
  const access = accessFrom(outside.facts);
  const { controlPlane } = outside.facts;
  if (access === undefined || controlPlane?.some((machine) => machine.running) !== true) return outside;
  const kubernetes = await lookInside(engine, access, deadline);
  if (kubernetes === undefined) return outside;
  if (isCloudError(kubernetes))
    return { ...outside, byKind: new Map([...outside.byKind, ...unseen(engine, kubernetes)]) };
  const facts: Facts = { ...outside.facts, access, kubernetes };
  const inside = await observeKinds(engine.clusterKinds, engine.cloud, { ...cluster, facts }, deadline);
  return { byKind: new Map([...outside.byKind, ...inside.byKind]), facts: inside.facts };
}

/** A cluster's API that refuses us must not keep us from looking after its machines. */
async function lookInside(
  engine: Engine,
  access: KubernetesAccess,
  deadline: Deadline,
): Promise<KubernetesFacts | CloudError | undefined> {
  try {
    return await deadline.within(observeKubernetes(engine.cloud.kubernetes, access), "unavailable");
  } catch (error) {
    if (isCloudError(error)) return error;
    throw error;
  }
}

function unseen(engine: Engine, error: CloudError): readonly (readonly [string, Observation])[] {
  return engine.clusterKinds.map((kind) => [kind.kind, { seen: false, error }] as const);
}

/** From the first answer of its API on, a cluster has been initialised: no machine may ever initialise it again. */
function initialised(work: Work, facts: Facts): Work {
  if (work.status.pins.initialised || facts.kubernetes === undefined) return work;
  return { ...work, status: { ...work.status, pins: { ...work.status.pins, initialised: true } } };
}

function planNow(
  engine: Engine,
  cluster: Cluster,
  observations: ReadonlyMap<string, Observation>,
  status: ClusterStatus,
): ClusterPlan {
  const nowMs = engine.clock.nowMs();
  return planCluster({
    kinds: [...engine.cloudKinds, ...engine.clusterKinds],
    cluster,
    observations,
    inFlight: new Map(status.inFlight.map((flight) => [flight.key, flight.kind])),
    backingOff: backingOff(status, nowMs),
    nowMs,
  });
}
