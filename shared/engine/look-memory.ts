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
}

export interface LookMemory {
  /** Nothing where a whole look is due: the cluster is at rest, somebody else acted, or it was long ago. */
  recall(status: ClusterStatus, nowMs: number): Remembered | undefined;
  keep(uid: string, remembered: Remembered): void;
  /** What was kept goes on under the lease of the pass that acted; `open` kinds are looked at next time. */
  acted(uid: string, epoch: number, open: ReadonlySet<string>): void;
  forget(uid: string): void;
  /** It came to rest; how its API is asked, or that it has none, and how many Nodes that had. */
  rests(uid: string, access: KubernetesAccess | undefined, nodes?: number): void;
  /** Nothing when this process has not seen it at rest. */
  accessOf(uid: string): KubernetesAccess | "none" | undefined;
  /** Nothing when they were not seen. */
  nodesOf(uid: string): number | undefined;
}

/** What somebody changes by hand while a cluster is on its way is seen after this at the latest. */
export const WHOLE_LOOK_EVERY_MS = 60_000;
/** Clusters on their way at the same time in one process; a look is some tens of kilobytes. */
const CLUSTERS_MAX = 500;
/** Clusters at rest whose access is remembered: some four kilobytes each. */
const RESTING_MAX = 10_000;

export function createLookMemory(): LookMemory {
  // A Map keeps the order of insertion: the first is the one that was kept longest ago.
  const kept = new Map<string, Remembered>();
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
      return isOurs && ageMs >= 0 && ageMs < WHOLE_LOOK_EVERY_MS ? found : undefined;
    },
    keep: (uid, remembered) => {
      kept.delete(uid);
      kept.set(uid, remembered);
      if (kept.size <= CLUSTERS_MAX) return;
      for (const oldest of kept.keys()) {
        kept.delete(oldest);
        return;
      }
    },
    acted: (uid, epoch, open) => {
      const found = kept.get(uid);
      if (found !== undefined) kept.set(uid, { ...found, epoch, open: new Set([...found.open, ...open]) });
    },
    forget: (uid) => void kept.delete(uid),
    rests: (uid, access, nodes) => {
      resting.delete(uid);
      resting.set(uid, { access: access ?? "none", nodes });
      if (resting.size <= RESTING_MAX) return;
      for (const oldest of resting.keys()) {
        resting.delete(oldest);
        return;
      }
    },
    accessOf: (uid) => resting.get(uid)?.access,
    nodesOf: (uid) => resting.get(uid)?.nodes,
  };
}

export function epochOf(status: ClusterStatus): number {
  return status.lease?.epoch ?? 0;
}
