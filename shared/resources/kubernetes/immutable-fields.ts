/** Fields of objects that the API refuses to change, so that the object must be made anew. */
import type { KubernetesObject, ServedObject } from "./object.ts";
import { firstDifference } from "./subset.ts";

/** A Job's are all of its template. Source: the API reference, each kind's validation of updates. */
const IMMUTABLE: Readonly<Record<string, readonly (readonly string[])[]>> = {
  ClusterRoleBinding: [["roleRef"]],
  RoleBinding: [["roleRef"]],
  StorageClass: [["provisioner"], ["parameters"], ["reclaimPolicy"], ["volumeBindingMode"]],
  DaemonSet: [["spec", "selector"]],
  Deployment: [["spec", "selector"]],
  StatefulSet: [
    ["spec", "selector"],
    ["spec", "serviceName"],
    ["spec", "volumeClaimTemplates"],
  ],
  Job: [
    ["spec", "template"],
    ["spec", "selector"],
  ],
  PriorityClass: [["value"]],
};
/** Making these anew stops people's programs: theirs to decide. */
export function stopsPrograms(kind: string): boolean {
  return kind === "DaemonSet" || kind === "Deployment" || kind === "StatefulSet";
}
/** The first of them that differs, such as `spec.selector`. */
export function immutableDifference(object: KubernetesObject, served: ServedObject): string | undefined {
  const path = IMMUTABLE[object.kind]?.find((fields) => {
    const wanted = fieldAt(object, fields);
    return wanted !== undefined && firstDifference(wanted, fieldAt(served, fields)) !== undefined;
  });
  return path?.join(".");
}
function fieldAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[key] : undefined,
    value,
  );
}
