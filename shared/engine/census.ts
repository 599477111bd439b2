/**
 * The census: a few aggregated lists a project, shared out to all of its clusters, so that drift and orphans are found at
 * a cost that does not grow with calls per cluster.
 */
import { createHash } from "node:crypto";
import { isCloudError } from "../ports/cloud-error.ts";
import type { ComputeKind, ListRequest } from "../ports/compute.ts";
import type { Instance, Resource } from "../ports/compute-types.ts";
import { ownerOf } from "../resources/owner.ts";
import type { Engine } from "./engine.ts";
import type { LedgerEntry } from "./ledger.ts";
import { type Sighting, statusSighting } from "./roll-call.ts";

/**
 * A settled cluster gets a pass this often though the census sees no change, for secrets and what is inside of the cluster
 * are in no census. 1,000 clusters of a project then cost a quarter of its 1,500 reads a minute.
 */
export const LOOK_AGAIN_MS = 3_600_000;

export interface Census {
  /** Digest now, of every cluster at rest whose resources are not as before, or that nobody has looked at for long. */
  readonly changed: ReadonlyMap<string, string>;
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

/** @param remembered what the census before saw, by cluster */
export async function takeCensus(
  engine: Engine,
  clusters: ReadonlyMap<string, Sighting>,
  remembered: ReadonlyMap<string, LedgerEntry>,
): Promise<Census> {
  const projects = new Set([...clusters.values()].flatMap((one) => one.projects));
  const homes = new Set([...clusters.values()].map((one) => one.projects[0]));
  const counts = new Map<string, Counted>();
  const unseen: { project: string; reason: string }[] = [];
  for (const project of projects) {
    const counted = await count(engine, project, homes.has(project) ? COUNTED : COUNTED_IN_HOST);
    if (typeof counted === "string") unseen.push({ project, reason: counted });
    else counts.set(project, counted);
  }
  const nowMs = engine.clock.nowMs();
  const changed = new Map<string, string>();
  for (const [id, one] of clusters) {
    const before = remembered.get(id);
    // What cannot be listed is looked at in its time all the same, or nobody would learn that it cannot be seen.
    const isLookedAt = one.isAtRest && one.projects.length > 0;
    const digest = digestOf(one, counts) ?? (isLookedAt ? before?.digest : undefined);
    if (digest !== undefined && differs(digest, before, nowMs)) changed.set(id, digest);
  }
  const orphans = await orphansAmong(engine, counts, new Set([...clusters.values()].map(({ uid }) => uid)));
  for (const orphan of orphans) engine.log("warning", "orphaned resources", { ...orphan });
  return { changed, orphans, unseen };
}

/** Hex digits. */
const DIGEST_LENGTH = 16;

/** By uid. */
type Counted = ReadonlyMap<string, { readonly cluster: string; readonly resources: readonly Resource[] }>;

/** Nothing while the cluster is on its way somewhere, or when one of its projects could not be seen. */
function digestOf(one: Sighting, counts: ReadonlyMap<string, Counted>): string | undefined {
  const { projects, uid, isAtRest } = one;
  if (projects.length === 0 || !isAtRest) return undefined;
  const counted = projects.map((project) => counts.get(project));
  if (counted.includes(undefined)) return undefined;
  const resources = counted.flatMap((some) => some?.get(uid)?.resources ?? []).toSorted(byName);
  // As it was answered: fields in another order would cost one look, sorting them costs each sweep.
  return createHash("sha256")
    .update(JSON.stringify(resources.map(telling)))
    .digest("hex")
    .slice(0, DIGEST_LENGTH);
}

/** Boot data is most of what there is to a machine, and its fingerprint changes with it. A template never changes. */
function telling(resource: Resource): unknown {
  if (resource.selfLink !== undefined && TEMPLATE.test(resource.selfLink))
    return [resource.selfLink, resource.id];
  const { metadata, ...rest } = resource as Instance;
  return metadata?.fingerprint === undefined ? resource : { ...rest, metadata: metadata.fingerprint };
}
const TEMPLATE = /\/instanceTemplates\/[^/]+$/;

/** What is remembered of a cluster may be of one that had its name before: its status has the last word. */
async function orphansAmong(
  engine: Engine,
  counts: ReadonlyMap<string, Counted>,
  uids: ReadonlySet<string>,
): Promise<readonly Orphan[]> {
  const orphans: Orphan[] = [];
  for (const [project, counted] of counts)
    for (const [uid, { cluster, resources }] of counted) {
      if (uids.has(uid) || (await statusSighting(engine.store, cluster))?.uid === uid) continue;
      orphans.push({ project, cluster, uid, resources: resources.map((one) => one.selfLink ?? one.name) });
    }
  return orphans;
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

/** What no census sees is looked at when its time has come. */
function differs(digest: string, before: LedgerEntry | undefined, nowMs: number): boolean {
  if (before === undefined || before.digest !== digest) return true;
  return nowMs - before.lookedMs >= LOOK_AGAIN_MS || nowMs < before.lookedMs;
}

function byName(a: Resource, b: Resource): number {
  const [left, right] = [a.selfLink ?? a.name, b.selfLink ?? b.name];
  return left < right ? -1 : left > right ? 1 : 0;
}
