/** Counts what came and went in a simulated cloud, object by object, under names that two runs share. */
import type { SimulatedCloud } from "../../simulator/cloud.ts";

/** How often an object of this name was made and removed. */
export interface Count {
  readonly created: number;
  readonly deleted: number;
}
export type Counts = Readonly<Record<string, Count>>;

export interface ChangeCounts {
  /** By path, with each cluster's uid written as UID and content hashes as HASH. */
  counts(uids: readonly string[]): Counts;
  /** Everything that has come and gone so far. */
  total(): number;
  /** Called at each of them. The answer ends it. */
  onChange(listener: () => void): () => void;
}

export function countChanges(cloud: SimulatedCloud): ChangeCounts {
  const seen: { readonly path: string; readonly type: "inserted" | "deleted" }[] = [];
  const listeners = new Set<() => void>();
  const take = (change: { readonly path: string; readonly type: string }): void => {
    if (change.type !== "inserted" && change.type !== "deleted") return;
    seen.push({ path: change.path, type: change.type });
    for (const listener of listeners) listener();
  };
  cloud.compute.onChange(take);
  cloud.secrets.onChange(take);
  return {
    counts: (uids) => {
      const found: Record<string, Count> = {};
      for (const { path, type } of seen) {
        const name = sharedName(path, uids);
        const { created, deleted } = found[name] ?? { created: 0, deleted: 0 };
        found[name] =
          type === "inserted" ? { created: created + 1, deleted } : { created, deleted: deleted + 1 };
      }
      return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
    },
    total: () => seen.length,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** A path without what chance chose in it: uids, hashes of content that holds them, names and zones that a managed group chose. */
export function sharedName(path: string, uids: readonly string[]): string {
  const named = uids.reduce((text, uid) => text.replaceAll(`-${uid}-`, "-UID-"), path);
  return named
    .replace(/(\/snapshots\/.+-UID-etcd-\d)-[a-z0-9]{6,7}$/, "$1-TURN")
    .replace(/(\/instanceTemplates\/.+)-[0-9a-f]{7}$/, "$1-HASH")
    .replace(/\/zones\/[^/]+(\/(?:instances|disks)\/.+-UID-n-.+)-[a-z0-9]{4}$/, "/zones/ZONE$1-NAME");
}

/** What is in the cloud, counted by kind. */
export function byKind(cloud: SimulatedCloud, project: string): Readonly<Record<string, number>> {
  const kinds = [
    ...cloud.compute.inventory(project).map((entry) => entry.collection),
    ...cloud.secrets.inProject(project).map(() => "secrets"),
  ].sort();
  const counts: Record<string, number> = {};
  for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
