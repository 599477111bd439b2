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
  /** Documents as they are now. */
  readonly documents: ReadonlyMap<string, DocumentSighting>;
}

export interface DocumentSighting {
  readonly hash: string;
  readonly version: string;
}
/** There is no document, and no pass has seen one. */
export const NO_DOCUMENT: DocumentSighting = { hash: "", version: "" };

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
  const documents = await allDocuments(store);
  if (isWhole) return { clusters, documents };
  for (const id of new Set([...documents.keys(), ...ledger.entries.keys()])) {
    if (clusters.has(id)) continue;
    const entry = ledger.entries.get(id);
    const { hash, version } = documents.get(id) ?? NO_DOCUMENT;
    const isRemembered = entry?.seenHash === hash && entry.documentVersion === version;
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

async function allDocuments(store: Store): Promise<ReadonlyMap<string, DocumentSighting>> {
  const found = new Map<string, DocumentSighting>();
  const query = { collection: CLUSTERS, limit: PAGE };
  for await (const { path, data, version } of pages<ClusterDocument>(store, query)) {
    const id = clusterOf(path);
    if (id !== undefined) found.set(id, { hash: contentHash(data), version });
  }
  return found;
}
