/** What a look at a cluster's add-ons finds, and what can be done to them. */
import type { Action, Cluster } from "../resource.ts";
import type { DesiredObject } from "./desired-addons.ts";
import type { KindPath, KubernetesObject, ServedObject } from "./object.ts";
import type { PodFacts } from "./workload-state.ts";

/** What one look found. */
export type ObservedAddon =
  | { readonly of: "object"; readonly name: string; readonly object: ServedObject }
  | { readonly of: "pod"; readonly name: string; readonly pod: PodFacts }
  /** Kinds of an API group version, found by discovery. */
  | { readonly of: "kinds"; readonly name: string; readonly kinds: readonly KindPath[] }
  /** What an installer has left, by its path. */
  | { readonly of: "installed"; readonly name: string; readonly object: ServedObject }
  /** CoreDNS, which kubeadm brings and we only scale. */
  | { readonly of: "dns"; readonly name: string; readonly object: ServedObject };

export type AddonChange =
  /** `fresh`: it was not there a moment ago, so that a stranger's object of that name is not taken over. */
  | { readonly change: "apply"; readonly object: KubernetesObject; readonly fresh: boolean }
  | { readonly change: "delete"; readonly uid?: string }
  | { readonly change: "scale"; readonly replicas: number };
/** The key is the object's path. */
export type AddonAction = Action & AddonChange;

export interface Inputs {
  readonly cluster: Cluster;
  readonly desired: readonly DesiredObject[];
  readonly observed: readonly ObservedAddon[];
  readonly nowMs: number;
}
