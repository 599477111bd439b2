/**
 * What a process remembers of its last look at a cluster that is on its way, so that the next one looks only at what may
 * have changed. A cache: without it, as in a new process, a look is whole. It never leaves the process.
 */

import type { KubernetesAccess } from "../ports/kubernetes.ts";
import type { Cluster, KubernetesFacts } from "../resources/resource.ts";
import type { ClusterStatus } from "../status/cluster-status.ts";
import type { Observation } from "./observe.ts";
import type { KindPlan } from "./plan.ts";

export interface Remembered {
  /** Of the lease when it was seen: once another pass has acted, nothing of this counts any more. */
  readonly epoch: number;
  /** When everything was looked at last. */
  readonly wholeMs: number;
  /** When it was planned last. */
  readonly plannedMs: number;
  readonly byKind: ReadonlyMap<string, Observation>;
  /** The cluster as it was planned for, with its facts, and what came of it. */
  readonly cluster: Cluster;
  readonly plans: ReadonlyMap<string, KindPlan>;
  readonly kubernetes: KubernetesFacts | undefined;
  /** Kinds that may change without anything of ours ending: machines that boot, pods that start. */
  readonly open: ReadonlySet<string>;
  /** Kinds that were changed since, by what has no operation that tells how it ended. */
  readonly unsure: ReadonlySet<string>;
  /** When anything but notes on Nodes was begun last; what was seen before is no ground to begin more on. */
  readonly actedMs: number;
}

export interface Acted {
  readonly epoch: number;
  readonly unsure: ReadonlySet<string>;
  /** When something was begun that may change more than what the cluster's own API tells; absent when nothing was. */
  readonly nowMs?: number;
}

export interface LookMemory {
  /** Nothing where a whole look is due: the cluster is at rest, somebody else acted, or it was long ago. */
  recall(status: ClusterStatus, nowMs: number): Remembered | undefined;
  keep(uid: string, remembered: Omit<Remembered, "unsure" | "actedMs">): void;
  /** What was kept goes on under the lease of the pass that acted; `unsure` kinds are looked at next time. */
  acted(uid: string, acted: Acted): void;
  /** What was kept goes on under the lease of a pass before which nobody acted. */
  goOn(uid: string, epoch: number): void;
  forget(uid: string): void;
  /** What led to the cluster's API a moment ago: steady kinds, by kind. */
  wayIn(uid: string, nowMs: number): ReadonlyMap<string, Observation>;
  /** These led to the cluster's API, which answered; nothing, when it did not. */
  foundIn(uid: string, byKind: ReadonlyMap<string, Observation>): void;
  /** It came to rest; how its API is asked, or that it has none, and how many Nodes that had. */
  rests(uid: string, access: KubernetesAccess | undefined, nodes?: number): void;
  /** Nothing when this process has not seen it at rest. */
  accessOf(uid: string): KubernetesAccess | "none" | undefined;
  /** Nothing when they were not seen. */
  nodesOf(uid: string): number | undefined;
}

/** What somebody changes by hand while a cluster is on its way is seen after this at the latest. */
export const WHOLE_LOOK_EVERY_MS = 5 * 60_000;
/** In a simulated cloud that is so many times faster. */
const HASTY_WHOLE_LOOK_EVERY_MS = 5_000;
/** Clusters on their way at the same time in one process; a look is some tens of kilobytes. */
const CLUSTERS_MAX = 500;
/** Keys and addresses are remembered for so long, unless the API fails to answer by them before. */
const WAY_IN_MS = 5 * 60_000;
/** Clusters at rest whose access is remembered: some four kilobytes each. */
const RESTING_MAX = 10_000;

/** @param haste how many times faster than Google's own a simulated cloud is */
export function createLookMemory(haste = 1): LookMemory {
  const wholeEveryMs =
    haste <= 1 ? WHOLE_LOOK_EVERY_MS : Math.max(HASTY_WHOLE_LOOK_EVERY_MS, WHOLE_LOOK_EVERY_MS / haste);
  const kept = new Map<string, Remembered>();
  const waysIn = new Map<string, ReadonlyMap<string, Observation>>();
  const resting = new Map<
    string,
    { readonly access: KubernetesAccess | "none"; readonly nodes: number | undefined }
  >();
  return {
    recall: (status, nowMs) => {
      const found = kept.get(status.uid);
      if (found === undefined || status.unsettledSinceMs === null) return undefined;
      const isOurs = found.epoch === epochOf(status);
      const ageMs = nowMs - found.wholeMs;
      return isOurs && ageMs >= 0 && ageMs < wholeEveryMs ? found : undefined;
    },
    keep: (uid, remembered) => {
      const actedMs = kept.get(uid)?.actedMs ?? Number.NEGATIVE_INFINITY;
      setLatest(kept, uid, { ...remembered, unsure: new Set<string>(), actedMs }, CLUSTERS_MAX);
    },
    acted: (uid, { epoch, unsure, nowMs }) => {
      const found = kept.get(uid);
      if (found !== undefined) kept.set(uid, { ...found, epoch, unsure, actedMs: nowMs ?? found.actedMs });
    },
    goOn: (uid, epoch) => {
      const found = kept.get(uid);
      if (found !== undefined) kept.set(uid, { ...found, epoch });
    },
    forget: (uid) => void kept.delete(uid),
    wayIn: (uid, nowMs) => {
      const isNew = (one: Observation) => one.seen && Math.abs(nowMs - one.lookedMs) < WAY_IN_MS;
      return new Map([...(waysIn.get(uid) ?? [])].filter(([, one]) => isNew(one)));
    },
    foundIn: (uid, byKind) => setLatest(waysIn, uid, byKind, CLUSTERS_MAX),
    rests: (uid, access, nodes) => {
      setLatest(resting, uid, { access: access ?? "none", nodes }, RESTING_MAX);
    },
    accessOf: (uid) => resting.get(uid)?.access,
    nodesOf: (uid) => resting.get(uid)?.nodes,
  };
}

/** A Map keeps the order of insertion: the first is the one that was set longest ago. */
function setLatest<T>(map: Map<string, T>, key: string, value: T, sizeMax: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= sizeMax) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

export function epochOf(status: ClusterStatus): number {
  return status.lease?.epoch ?? 0;
}
