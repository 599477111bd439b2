/** Looks at a whole cluster, or at what of it is not known already: the cloud first, then what lives inside. */
import { type CloudError, isCloudError } from "../ports/cloud-error.ts";
import type { KubernetesAccess } from "../ports/kubernetes.ts";
import { accessFrom } from "../resources/gce/keys.ts";
import { observeKubernetes } from "../resources/kubernetes/observe.ts";
import type { Cluster, Facts, KubernetesFacts } from "../resources/resource.ts";
import type { Deadline } from "./deadline.ts";
import type { Engine } from "./engine.ts";
import { type Known, type Observation, type Observations, observeKinds } from "./observe.ts";

export interface KnownCluster extends Known {
  readonly kubernetes?: KubernetesFacts | undefined;
}

/** What lives inside is seen once the cloud taught how to reach the cluster's API, and it answers. */
export async function observeCluster(
  engine: Engine,
  cluster: Cluster,
  deadline: Deadline,
  known: KnownCluster = { byKind: new Map() },
): Promise<Observations> {
  const { cloud, cloudKinds, clusterKinds } = engine;
  const outside = await observeKinds(cloudKinds, cloud, cluster, deadline, known);
  const access = accessFrom(outside.facts);
  const { controlPlane } = outside.facts;
  if (access === undefined || controlPlane?.some((machine) => machine.running) !== true) return outside;
  const kubernetes = known.kubernetes ?? (await lookInside(engine, access, deadline));
  if (kubernetes === undefined || (cluster.deleting && isCloudError(kubernetes, "invalid"))) return outside;
  if (isCloudError(kubernetes))
    return { ...outside, byKind: new Map([...outside.byKind, ...unseen(engine, kubernetes)]) };
  const facts: Facts = { ...outside.facts, access, kubernetes };
  const inside = await observeKinds(clusterKinds, cloud, { ...cluster, facts }, deadline, known);
  return { byKind: new Map([...outside.byKind, ...inside.byKind]), facts: inside.facts };
}

/**
 * A cluster's API that refuses us must not keep us from looking after its machines; one that answers nonsense is as good
 * as none when the cluster is to go.
 */
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
