/** Whose a resource is: the marker that everything of ours carries, and the question before every change (S2). */
import type { Cluster, Problem } from "./resource.ts";

export const LABEL_CLUSTER = "clusterwright-cluster";
export const LABEL_UID = "clusterwright-uid";
export const LABEL_ROLE = "clusterwright-role";
export const LABEL_POOL = "clusterwright-pool";
export const LABEL_MEMBER = "clusterwright-member";
/** On a failed machine that is kept: `leaving` its pool, then since when, in seconds of the epoch. */
export const LABEL_KEPT = "clusterwright-kept";

export interface Owner {
  readonly clusterId: string;
  readonly uid: string;
}
/** What ownership is read from. Many kinds have no labels in v1 (trap 5), but all have a description. */
export interface Owned {
  readonly description?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

const MARKER = /^clusterwright cluster=([a-z0-9-]{1,63}) uid=([a-z0-9]{6})(?:;|$)/;
const CLUSTER_ID = /^[a-z0-9-]{1,63}$/;
const UID = /^[a-z0-9]{6}$/;

/** The whole description: the marker, then a sentence for people. */
export function marker(cluster: Pick<Cluster, "id" | "uid">, sentence = ""): string {
  const mark = `clusterwright cluster=${cluster.id} uid=${cluster.uid}`;
  return sentence === "" ? mark : `${mark}; ${sentence}`;
}

export function ownerLabels(
  cluster: Pick<Cluster, "id" | "uid">,
  role: string,
  more: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return { [LABEL_CLUSTER]: cluster.id, [LABEL_UID]: cluster.uid, [LABEL_ROLE]: role, ...more };
}

/** By its description, or by its labels when somebody has emptied that. Nothing when it bears no marker, or two. */
export function ownerOf(resource: Owned): Owner | undefined {
  const [, clusterId, uid] = MARKER.exec(resource.description ?? "") ?? [];
  const described = clusterId === undefined || uid === undefined ? undefined : { clusterId, uid };
  const labelled = ownerByLabels(resource.labels ?? {});
  if (described === undefined) return labelled;
  if (labelled !== undefined && !sameOwner(described, labelled)) return undefined;
  return described;
}

/** Anybody writes labels, empty ones and such with underscores too: what no cluster of ours can bear names none. */
function ownerByLabels(labels: Readonly<Record<string, string>>): Owner | undefined {
  const clusterId = labels[LABEL_CLUSTER] ?? "";
  const uid = labels[LABEL_UID] ?? "";
  return CLUSTER_ID.test(clusterId) && UID.test(uid) ? { clusterId, uid } : undefined;
}

function sameOwner(one: Owner, other: Owner): boolean {
  return one.clusterId === other.clusterId && one.uid === other.uid;
}

/** Projects that the cluster has resources in: its own, and the host project of a shared network. */
export function projectsOf(cluster: Pick<Cluster, "spec">): readonly string[] {
  const host = /^(?:.*\/)?projects\/([^/]+)\//.exec(cluster.spec.network.existing?.network ?? "")?.[1];
  return host === undefined || host === cluster.spec.project
    ? [cluster.spec.project]
    : [cluster.spec.project, host];
}

/** Project, marker and uid all match. `key` is the resource's path. */
export function isOurs(cluster: Pick<Cluster, "id" | "uid" | "spec">, key: string, resource: Owned): boolean {
  const owner = ownerOf(resource);
  const project = /^projects\/([^/]+)\//.exec(key)?.[1] ?? "";
  return (
    owner !== undefined &&
    sameOwner(owner, { clusterId: cluster.id, uid: cluster.uid }) &&
    projectsOf(cluster).includes(project)
  );
}

/** A name of ours is taken by something that is not ours. */
export function conflict(cluster: Pick<Cluster, "id" | "uid">, key: string, resource: Owned): Problem {
  const owner = ownerOf(resource);
  const whose =
    owner === undefined
      ? "bears no marker of a cluster"
      : `belongs to cluster ${owner.clusterId} (uid ${owner.uid})`;
  return {
    key,
    code: "conflict",
    message:
      `${key} exists but ${whose}, so it is left alone. Delete or rename it; ` +
      `or, to hand it over to this cluster, set its description to "${marker(cluster)}" where that can be changed.`,
  };
}
