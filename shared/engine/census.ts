/**
 * The census: a few aggregated lists a project, shared out to all of its clusters, so that drift and orphans are found at
 * a cost that does not grow with calls per cluster.
 */
import { isCloudError } from "../ports/cloud-error.ts";
import type { ComputeKind, ListRequest } from "../ports/compute.ts";
import type { Resource } from "../ports/compute-types.ts";
import { ownerOf, projectsOf } from "../resources/owner.ts";
import type { ClusterStatus } from "../status/cluster-status.ts";
import type { Engine } from "./engine.ts";
import { censusPath } from "./paths.ts";
import { contentHash } from "./request-id.ts";

/**
 * A settled cluster gets a pass this often though the census sees no change, for secrets and what is inside of the cluster
 * are in no census. 1,000 clusters of a project then cost a quarter of its 1,500 reads a minute.
 */
export const LOOK_AGAIN_MS = 3_600_000;

export interface CensusReport {
  /** Settled clusters that need a pass: their resources are not as before, or nobody has looked for long. */
  readonly changed: readonly string[];
  /** Resources that carry the mark of a cluster that does not exist: reported, never touched. */
  readonly orphans: readonly Orphan[];
  /** Projects that could not be listed, and why. */
  readonly unseen: readonly { readonly project: string; readonly reason: string }[];
}
export interface Orphan {
  readonly project: string;
  readonly cluster: string;
  readonly uid: string;
  readonly resources: readonly string[];
}

/** Everything that a cluster consists of in Compute Engine, but for snapshots: those come and go by their schedule. */
const COUNTED: readonly { readonly kind: ComputeKind; readonly scope: "everywhere" | "global" }[] = [
  { kind: "instances", scope: "everywhere" },
  { kind: "disks", scope: "everywhere" },
  { kind: "addresses", scope: "everywhere" },
  { kind: "forwardingRules", scope: "everywhere" },
  { kind: "instanceGroupManagers", scope: "everywhere" },
  { kind: "instanceGroups", scope: "everywhere" },
  { kind: "backendServices", scope: "everywhere" },
  { kind: "healthChecks", scope: "everywhere" },
  { kind: "resourcePolicies", scope: "everywhere" },
  { kind: "subnetworks", scope: "everywhere" },
  { kind: "routers", scope: "everywhere" },
  { kind: "networks", scope: "global" },
  { kind: "firewalls", scope: "global" },
  { kind: "instanceTemplates", scope: "global" },
];
/** All that a cluster has in the host project of a shared network, where we are a guest who may look at nothing else. */
const COUNTED_IN_HOST = COUNTED.filter(({ kind }) => kind === "firewalls");

/** `before`: what the census before remembered, by cluster. */
export async function takeCensus(
  engine: Engine,
  statuses: ReadonlyMap<string, ClusterStatus>,
  before: ReadonlyMap<string, CensusRecord>,
): Promise<CensusReport> {
  const projects = new Set([...statuses.values()].flatMap(projectsOfStatus));
  const homes = new Set([...statuses.values()].map(({ accepted }) => accepted?.project));
  const counts = new Map<string, Counted>();
  const unseen: { project: string; reason: string }[] = [];
  for (const project of projects) {
    const counted = await count(engine, project, homes.has(project) ? COUNTED : COUNTED_IN_HOST);
    if (typeof counted === "string") unseen.push({ project, reason: counted });
    else counts.set(project, counted);
  }
  const changed: string[] = [];
  for (const [id, status] of statuses) {
    const digest = digestOf(status, counts);
    if (digest !== undefined && (await differs(engine, id, digest, before.get(id)))) changed.push(id);
  }
  const orphans = orphansAmong(counts, new Set([...statuses.values()].map(({ uid }) => uid)));
  for (const orphan of orphans) engine.log("warning", "orphaned resources", { ...orphan });
  return { changed, orphans, unseen };
}

/** By uid. */
type Counted = ReadonlyMap<string, { readonly cluster: string; readonly resources: readonly Resource[] }>;

function projectsOfStatus({ accepted }: ClusterStatus): readonly string[] {
  return accepted === undefined ? [] : projectsOf({ spec: accepted });
}

/** Nothing while the cluster is on its way somewhere, or when one of its projects could not be seen. */
function digestOf(status: ClusterStatus, counts: ReadonlyMap<string, Counted>): string | undefined {
  const projects = projectsOfStatus(status);
  if (projects.length === 0 || status.unsettledSinceMs !== null) return undefined;
  const counted = projects.map((project) => counts.get(project));
  if (counted.includes(undefined)) return undefined;
  return contentHash(counted.flatMap((one) => one?.get(status.uid)?.resources ?? []).toSorted(byName));
}

function orphansAmong(counts: ReadonlyMap<string, Counted>, uids: ReadonlySet<string>): readonly Orphan[] {
  return [...counts].flatMap(([project, counted]) =>
    [...counted]
      .filter(([uid]) => !uids.has(uid))
      .map(([uid, { cluster, resources }]) => {
        return { project, cluster, uid, resources: resources.map((one) => one.selfLink ?? one.name) };
      }),
  );
}

/** All marked resources of a project; or why it could not be seen: half a census says nothing. */
async function count(engine: Engine, project: string, counted: typeof COUNTED): Promise<Counted | string> {
  const byUid = new Map<string, { cluster: string; resources: Resource[] }>();
  try {
    const lists = await Promise.all(
      counted.map((one) => engine.cloud.compute.list({ ...one, project } as ListRequest<ComputeKind>)),
    );
    for (const resource of lists.flat() as Resource[]) {
      const owner = ownerOf(resource);
      if (owner === undefined) continue;
      const entry = byUid.get(owner.uid) ?? { cluster: owner.clusterId, resources: [] };
      entry.resources.push(resource);
      byUid.set(owner.uid, entry);
    }
    return byUid;
  } catch (error) {
    if (isCloudError(error)) return error.message;
    throw error;
  }
}

export interface CensusRecord {
  readonly schemaVersion: 1;
  readonly digest: string;
  /** When a pass was last asked for. */
  readonly atMs: number;
}

/** Compares with the census before and remembers this one. What no census sees is looked at when its time has come. */
async function differs(
  engine: Engine,
  id: string,
  digest: string,
  before: CensusRecord | undefined,
): Promise<boolean> {
  const nowMs = engine.clock.nowMs();
  if (before?.digest === digest && nowMs - before.atMs < LOOK_AGAIN_MS) return false;
  const record: CensusRecord = { schemaVersion: 1, digest, atMs: nowMs };
  await engine.store.transact(async (transaction) => transaction.set(censusPath(id), { ...record }));
  return true;
}

function byName(a: Resource, b: Resource): number {
  const [left, right] = [a.selfLink ?? a.name, b.selfLink ?? b.name];
  return left < right ? -1 : left > right ? 1 : 0;
}
