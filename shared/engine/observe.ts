/** Looks at everything a cluster consists of: all kinds in parallel, then what the kinds taught. */
import { type CloudError, isCloudError } from "../ports/cloud-error.ts";
import type { CloudReader, Cluster, Facts, Named } from "../resources/resource.ts";
import type { Deadline } from "./deadline.ts";
import type { AnyKind } from "./kind.ts";

/** What one kind looks like, or why it could not be seen. */
export type Observation =
  | { readonly seen: true; readonly observed: readonly Named[] }
  | { readonly seen: false; readonly error: CloudError };

export interface Observations {
  readonly byKind: ReadonlyMap<string, Observation>;
  readonly facts: Facts;
}

/** Observes the kinds and lets each teach its facts. A kind that cannot be seen does not hide the others. */
export async function observeKinds(
  kinds: readonly AnyKind[],
  cloud: CloudReader,
  cluster: Cluster,
  deadline: Deadline,
): Promise<Observations> {
  const looks = await Promise.all(
    kinds.map(async (kind) => [kind, await look(kind, cloud, cluster, deadline)] as const),
  );
  const byKind = new Map(looks.map(([kind, observation]) => [kind.kind, observation]));
  let facts: Facts = cluster.facts;
  for (const [kind, look] of looks) {
    if (look.seen) facts = { ...facts, ...kind.learn?.(look.observed, { ...cluster, facts }) };
  }
  return { byKind, facts };
}

async function look(
  kind: AnyKind,
  cloud: CloudReader,
  cluster: Cluster,
  deadline: Deadline,
): Promise<Observation> {
  try {
    return { seen: true, observed: await deadline.within(kind.observe(cloud, cluster), "unavailable") };
  } catch (error) {
    if (isCloudError(error)) return { seen: false, error };
    throw error;
  }
}
