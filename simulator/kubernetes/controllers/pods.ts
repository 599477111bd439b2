/** What the controllers that make pods have in common: finding theirs, and telling templates apart. */

import type { ClusterState } from "../api/state.ts";
import { newMetadata } from "../api/state.ts";
import { common, derived } from "../objects/common.ts";
import { admittedPodSpec } from "../objects/defaults.ts";
import {
  controllerOf,
  type KubeObject,
  nameSuffix,
  ownedBy,
  type Pod,
  type PodTemplate,
} from "../objects/object.ts";

const HASH_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** A short name for a pod template, as in `web-7d4b9c6f5`: FNV-1a over its JSON, in the alphabet of generated names. */
export const hashOf = derived((template: PodTemplate): string => {
  let hash = 0x811c9dc5;
  for (const char of JSON.stringify(template)) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  return [...hash.toString(10)].map((digit) => HASH_ALPHABET[Number(digit)]).join("");
});

/** Nobody's yet: of a thousand pods of a set some would be called alike by chance, and the API server refuses the second. */
export function newPodName(state: ClusterState, namespace: string | undefined, owner: string): string {
  for (;;) {
    const name = `${owner}-${nameSuffix(state.chance.bytes(5))}`;
    if (state.store.get("pods", namespace, name) === undefined) return name;
  }
}

export function ownedPods(state: ClusterState, owner: KubeObject): readonly Pod[] {
  return state.store
    .dependents(owner.metadata.uid)
    .filter(({ resource, object }) => resource === "pods" && controllerOf(object)?.uid === owner.metadata.uid)
    .map(({ object }) => object as Pod);
}

/** A pod from a template, made by its controller. */
export function podFrom(
  state: ClusterState,
  owner: KubeObject,
  template: PodTemplate,
  name: string,
  labels: Record<string, string> = {},
): Pod {
  return {
    kind: "Pod",
    apiVersion: "v1",
    metadata: {
      ...newMetadata(state, name, owner.metadata.namespace),
      labels: common({ ...template.metadata?.labels, ...labels }),
      ...(template.metadata?.annotations === undefined ? {} : { annotations: template.metadata.annotations }),
      ownerReferences: ownedBy(owner),
    },
    spec: admittedPodSpec(template.spec),
    status: { phase: "Pending" },
  };
}
