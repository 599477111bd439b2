/** Fields that cannot change once an object is there. */
import { sameValue } from "../apply/fields.ts";
import type { Dict, KubeObject } from "./object.ts";
import { type ResourceDefinition, resourceKey } from "./resources.ts";
import { invalid } from "./status.ts";

const IMMUTABLE: Readonly<Record<string, readonly string[]>> = {
  "deployments.apps": ["selector"],
  "replicasets.apps": ["selector"],
  "daemonsets.apps": ["selector"],
  "statefulsets.apps": ["selector", "serviceName"],
  "jobs.batch": ["selector", "template", "completions"],
};
// kubernetes/pkg/apis/core/validation ValidatePodUpdate.
const POD_MUTABLE = [
  "containers",
  "initContainers",
  "activeDeadlineSeconds",
  "tolerations",
  "terminationGracePeriodSeconds",
  "schedulingGates",
  "nodeName",
];

/** @throws ApiError 422 */
export function checkImmutable(definition: ResourceDefinition, before: KubeObject, after: KubeObject): void {
  const key = resourceKey(definition);
  const target = { ...definition, name: before.metadata.name };
  const fixed = (field: string, value: unknown) =>
    invalid(target, [
      {
        reason: "FieldValueInvalid",
        field,
        message: `Invalid value: ${JSON.stringify(value)}: field is immutable`,
      },
    ]);
  for (const field of IMMUTABLE[key] ?? [])
    if (!sameValue(before.spec?.[field], after.spec?.[field]))
      throw fixed(`spec.${field}`, after.spec?.[field]);
  if (key === "secrets" && before["type"] !== after["type"]) throw fixed("type", after["type"]);
  if (
    (key === "secrets" || key === "configmaps") &&
    before["immutable"] === true &&
    !sameValue(before["data"], after["data"])
  )
    throw invalid(target, [
      {
        reason: "FieldValueForbidden",
        field: "data",
        message: "Forbidden: field is immutable when `immutable` is set",
      },
    ]);
  if (key === "nodes" && before.spec?.["podCIDR"] && before.spec["podCIDR"] !== after.spec?.["podCIDR"])
    throw invalid(target, [
      {
        reason: "FieldValueForbidden",
        field: "spec.podCIDRs",
        message: 'Forbidden: node updates may not change podCIDR except from "" to valid',
      },
    ]);
  if (
    key === "nodes" &&
    before.spec?.["providerID"] &&
    before.spec["providerID"] !== after.spec?.["providerID"]
  )
    throw invalid(target, [
      {
        reason: "FieldValueForbidden",
        field: "spec.providerID",
        message: 'Forbidden: node updates may not change providerID except from "" to valid',
      },
    ]);
  if (key === "pods") {
    const rest = (spec: Dict | undefined) =>
      Object.fromEntries(Object.entries(spec ?? {}).filter(([field]) => !POD_MUTABLE.includes(field)));
    if (!sameValue(rest(before.spec), rest(after.spec)))
      throw invalid(target, [
        {
          reason: "FieldValueForbidden",
          field: "spec",
          message:
            "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
        },
      ]);
  }
}
