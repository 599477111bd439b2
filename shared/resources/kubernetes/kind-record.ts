/**
 * Remembers, in the cluster, which kinds beyond the built-in ones its manifests have made objects of, so that those
 * objects are still found when the last manifest of their kind is gone from the spec. Written before the first object
 * of a kind, shortened after the last.
 */
import type { AddonAction, Inputs, ObservedAddon } from "./addons-model.ts";
import { BUILT_IN_KINDS } from "./built-in-kinds.ts";
import { SYSTEM_NAMESPACE } from "./manifests/rbac.ts";
import type { ConfigMap } from "./manifests/types.ts";
import { type KubernetesObject, marked } from "./object.ts";

export const KIND_RECORD = "clusterwright-manifest-kinds";
export const KIND_RECORD_ADDON = "kind-record";
const PATH = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/configmaps/${KIND_RECORD}`;

/** `batch/v1 CronJob`, in order, each once. */
export function extraKinds(objects: readonly KubernetesObject[]): readonly string[] {
  const names = objects.map((object) => `${object.apiVersion} ${object.kind}`);
  return [...new Set(names)].filter((name) => !BUILT_IN_KINDS.has(name)).sort();
}
export function recordedKinds(observed: readonly ObservedAddon[]): readonly string[] {
  const record = observed.find(
    (found) => found.of === "object" && found.object.metadata.name === KIND_RECORD,
  );
  const data =
    record?.of === "object" ? (record.object["data"] as { readonly kinds?: unknown } | undefined) : undefined;
  return typeof data?.kinds === "string" ? data.kinds.split("\n").filter((line) => line !== "") : [];
}

export function planKindRecord(
  { desired, observed }: Inputs,
  when: "before" | "after",
  draft: { readonly actions: AddonAction[] },
): void {
  const recorded = recordedKinds(observed);
  const wanted = extraKinds(desired.map(({ object }) => object));
  const missing = wanted.filter((kind) => !recorded.includes(kind));
  if (when === "before" && missing.length > 0) {
    draft.actions.push(write([...recorded, ...missing].sort(), `manifests bring ${missing.join(", ")}`));
  }
  // A deletion under way is still seen by its object, which `after` waits for.
  const present = extraKinds(observed.flatMap((found) => (found.of === "object" ? [found.object] : [])));
  const over = recorded.filter((kind) => !wanted.includes(kind) && !present.includes(kind));
  if (when === "after" && over.length > 0) {
    draft.actions.push(
      write(
        recorded.filter((kind) => !over.includes(kind)),
        `nothing is left of ${over.join(", ")}`,
      ),
    );
  }
}
function write(kinds: readonly string[], why: string): AddonAction {
  const record: ConfigMap = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: KIND_RECORD, namespace: SYSTEM_NAMESPACE },
    data: { kinds: kinds.join("\n") },
  };
  const reason = `the record of the manifests' kinds: ${why}`;
  return {
    key: PATH,
    verb: "apply",
    change: "apply",
    object: marked(KIND_RECORD_ADDON, record),
    fresh: true,
    reason,
  };
}
