/** Who is there and how each is doing, with as few reads as that takes: one for a cluster at rest. */
import type { Store } from "../ports/store.ts";
import { projectsOf } from "../resources/owner.ts";
import type { ClusterDocument, ClusterStatus } from "../status/cluster-status.ts";
import type { Ledger } from "./ledger.ts";
import { pages } from "./pages.ts";
import { CLUSTERS, clusterOf, STATUS_GROUP, statusPath } from "./paths.ts";
import { contentHash } from "./request-id.ts";

/** What a sweep needs to know of one cluster. */
export interface Sighting {
  readonly uid: string;
  readonly projects: readonly string[];
  /** Of its document as the last pass saw it; empty when that saw none. */
  readonly seenHash: string;
  readonly wakeAtMs: number | null;
  readonly isAtRest: boolean;
}

export interface RollCall {
  readonly clusters: ReadonlyMap<string, Sighting>;
  /** Documents as they are now, by hash. */
  readonly documents: ReadonlyMap<string, string>;
}

const PAGE = 200;

/** @param isWhole reads every status, remembered or not */
export async function callRoll(store: Store, ledger: Ledger, isWhole: boolean): Promise<RollCall> {
  const clusters = new Map<string, Sighting>();
  const awake = {
    where: [["wakeAtMs", ">=", 0]],
    orderBy: { field: "wakeAtMs", direction: "ascending" },
  } as const;
  const query = { group: STATUS_GROUP, limit: PAGE, ...(isWhole ? {} : awake) };
  for await (const { path, data } of pages<ClusterStatus>(store, query)) {
    const id = clusterOf(path);
    if (id !== undefined && path === statusPath(id)) clusters.set(id, sightingOf(data));
  }
  const documents = await documentHashes(store);
  if (isWhole) return { clusters, documents };
  for (const id of new Set([...documents.keys(), ...ledger.entries.keys()])) {
    if (clusters.has(id)) continue;
    const entry = ledger.entries.get(id);
    const isRemembered = entry !== undefined && entry.seenHash === (documents.get(id) ?? "");
    const found = isRemembered
      ? { ...entry, wakeAtMs: null, isAtRest: true }
      : await statusSighting(store, id);
    if (found !== undefined) clusters.set(id, found);
  }
  return { clusters, documents };
}

export async function statusSighting(store: Store, id: string): Promise<Sighting | undefined> {
  const status = await store.get<ClusterStatus>(statusPath(id));
  return status === undefined ? undefined : sightingOf(status.data);
}

function sightingOf({ uid, accepted, seenHash, wakeAtMs, unsettledSinceMs }: ClusterStatus): Sighting {
  const projects = accepted === undefined ? [] : projectsOf({ spec: accepted });
  return { uid, projects, seenHash, wakeAtMs, isAtRest: unsettledSinceMs === null };
}

async function documentHashes(store: Store): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for await (const { path, data } of pages<ClusterDocument>(store, { collection: CLUSTERS, limit: PAGE })) {
    const id = clusterOf(path);
    if (id !== undefined) found.set(id, contentHash(data));
  }
  return found;
}
