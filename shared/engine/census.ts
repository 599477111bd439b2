/**
 * The census: a few aggregated lists a project, shared out to all of its clusters, so that drift and orphans are found at
 * a cost that does not grow with calls per cluster.
 */
import { isCloudError } from "../ports/cloud-error.ts";
import type { ComputeKind, ListRequest } from "../ports/compute.ts";
import type { Resource } from "../ports/compute-types.ts";
import { ownerOf } from "../resources/owner.ts";
import type { ClusterStatus } from "../status/cluster-status.ts";
import type { Engine } from "./engine.ts";
import { censusPath } from "./paths.ts";
import { contentHash } from "./request-id.ts";

export interface CensusReport {
  /** Settled clusters whose resources are not as the census before saw them. */
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

/** Kinds counted: those that cost money or let people in, and those that hold the rest. */
const COUNTED: readonly { readonly kind: ComputeKind; readonly scope: "everywhere" | "global" }[] = [
  { kind: "instances", scope: "everywhere" },
  { kind: "disks", scope: "everywhere" },
  { kind: "addresses", scope: "everywhere" },
  { kind: "forwardingRules", scope: "everywhere" },
  { kind: "instanceGroupManagers", scope: "everywhere" },
  { kind: "backendServices", scope: "everywhere" },
  { kind: "subnetworks", scope: "everywhere" },
  { kind: "routers", scope: "everywhere" },
  { kind: "networks", scope: "global" },
  { kind: "firewalls", scope: "global" },
  { kind: "instanceTemplates", scope: "global" },
];

export async function takeCensus(
  engine: Engine,
  statuses: ReadonlyMap<string, ClusterStatus>,
): Promise<CensusReport> {
  const byUid = new Map([...statuses].map(([id, status]) => [status.uid, { id, status }]));
  const projects = new Set([...statuses.values()].map((status) => status.accepted?.project).filter(isText));
  const changed: string[] = [];
  const orphans: Orphan[] = [];
  const unseen: { project: string; reason: string }[] = [];
  for (const project of projects) {
    const counted = await count(engine, project);
    if (typeof counted === "string") {
      unseen.push({ project, reason: counted });
      continue;
    }
    for (const [uid, { cluster, resources }] of counted) {
      if (byUid.has(uid)) continue;
      orphans.push({ project, cluster, uid, resources: resources.map((one) => one.selfLink ?? one.name) });
    }
    for (const { id, status } of byUid.values()) {
      if (status.accepted?.project !== project || status.unsettledSinceMs !== null) continue;
      const digest = contentHash((counted.get(status.uid)?.resources ?? []).toSorted(byName));
      if (await differs(engine, id, digest)) changed.push(id);
    }
  }
  for (const orphan of orphans) engine.log("warning", "orphaned resources", { ...orphan });
  return { changed, orphans, unseen };
}

type Counted = ReadonlyMap<string, { readonly cluster: string; readonly resources: readonly Resource[] }>;

/** All marked resources of a project by uid; or why it could not be seen: half a census says nothing. */
async function count(engine: Engine, project: string): Promise<Counted | string> {
  const byUid = new Map<string, { cluster: string; resources: Resource[] }>();
  try {
    const lists = await Promise.all(
      COUNTED.map((one) => engine.cloud.compute.list({ ...one, project } as ListRequest<ComputeKind>)),
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

/** Compares with the census before and remembers this one. */
async function differs(engine: Engine, id: string, digest: string): Promise<boolean> {
  const before = await engine.store.get<{ readonly digest: string }>(censusPath(id));
  if (before?.data.digest === digest) return false;
  await engine.store.transact(async (transaction) => {
    transaction.set(censusPath(id), { digest, schemaVersion: 1 });
  });
  return true;
}

function byName(a: Resource, b: Resource): number {
  const [left, right] = [a.selfLink ?? a.name, b.selfLink ?? b.name];
  return left < right ? -1 : left > right ? 1 : 0;
}
function isText(value: string | undefined): value is string {
  return value !== undefined;
}
