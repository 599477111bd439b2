/** Objects that were read anew share again what they have in common: as text, nothing is shared. */
import { common } from "./common.ts";
import type { Condition, ContainerStatus, Dict, KubeObject, Metadata } from "./object.ts";

/** Kinds of which each has a spec of its own, made of common parts. */
const OWN_SPEC = new Set(["Pod", "Node", "Lease"]);
/** What is different in each, and long. */
const OWN_FIELDS = new Set(["apiVersion", "kind", "metadata", "status", "data", "binaryData"]);

function fields(value: Dict | undefined, change: (field: unknown) => unknown): Dict | undefined {
  if (value === undefined) return undefined;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, change(each)]));
}

function metadata(given: Metadata): Metadata {
  const { labels, ownerReferences, managedFields } = given;
  return {
    ...given,
    ...(labels === undefined ? {} : { labels: common(labels) }),
    ...(ownerReferences === undefined ? {} : { ownerReferences: common(ownerReferences) }),
    ...(managedFields === undefined ? {} : { managedFields: managedFields.map(common) }),
  };
}
function status(given: Dict | undefined): Dict | undefined {
  if (given === undefined) return undefined;
  const conditions = given["conditions"] as Condition[] | undefined;
  const containers = given["containerStatuses"] as ContainerStatus[] | undefined;
  return {
    ...given,
    ...(conditions === undefined ? {} : { conditions: conditions.map(common) }),
    ...(containers === undefined
      ? {}
      : { containerStatuses: containers.map((each) => fields(each, common)) }),
  };
}

/** The same object; parts of it may be another's too. */
export function reshared(object: KubeObject): KubeObject {
  const own = OWN_SPEC.has(object.kind);
  const shared = Object.entries(object).map(([key, value]): [string, unknown] => {
    if (key === "metadata") return [key, metadata(object.metadata)];
    if (key === "status") return [key, status(object.status)];
    if (key === "spec" && own) return [key, fields(object.spec, common)];
    return [key, OWN_FIELDS.has(key) ? value : common(value)];
  });
  return Object.fromEntries(shared) as KubeObject;
}
