/** Refuses objects that the real API server refuses: names, required fields, selectors, and unknown fields when strict. */
import { matchesLabelSelector } from "../api/selectors.ts";
import type { Dict, KubeObject, PodSpec, Workload } from "./object.ts";
import { type ResourceDefinition, resourceKey } from "./resources.ts";
import { badRequest, invalid } from "./status.ts";

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
// k8s.io/apimachinery validation: DNS1123SubdomainMaxLength.
const SUBDOMAIN_MAX = 253;
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
// RBAC names are path segments: `system:node-bootstrapper`.
const PATH_SEGMENT_GROUPS = new Set(["rbac.authorization.k8s.io", "flowcontrol.apiserver.k8s.io"]);

interface Cause {
  reason: string;
  field: string;
  message: string;
}
const required = (field: string): Cause => ({
  reason: "FieldValueRequired",
  field,
  message: "Required value",
});
const wrong = (field: string, value: unknown, why: string): Cause => ({
  reason: "FieldValueInvalid",
  field,
  message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
});

function nameCauses(definition: ResourceDefinition, name: string): Cause[] {
  if (name === "")
    return [{ ...required("metadata.name"), message: "Required value: name or generateName is required" }];
  if (PATH_SEGMENT_GROUPS.has(definition.group))
    return /[/%]/.test(name) ? [wrong("metadata.name", name, "may not contain '/' or '%'")] : [];
  if (name.length > SUBDOMAIN_MAX)
    return [wrong("metadata.name", name, `must be no more than ${SUBDOMAIN_MAX} bytes`)];
  return SUBDOMAIN.test(name) ? [] : [wrong("metadata.name", name, SUBDOMAIN_RULE)];
}

function podSpecCauses(spec: PodSpec | undefined, path: string): Cause[] {
  const containers = spec?.containers;
  if (!Array.isArray(containers) || containers.length === 0) return [required(`${path}.containers`)];
  return containers.flatMap((container, index) => [
    ...(container.name ? [] : [required(`${path}.containers[${index}].name`)]),
    ...(container.image ? [] : [required(`${path}.containers[${index}].image`)]),
  ]);
}

const TEMPLATED = new Set([
  "deployments.apps",
  "replicasets.apps",
  "statefulsets.apps",
  "daemonsets.apps",
  "jobs.batch",
]);

function templateCauses(key: string, object: KubeObject): Cause[] {
  const spec = (object as Workload).spec as Workload["spec"] | undefined;
  if (spec?.template === undefined) return [required("spec.template")];
  const causes = podSpecCauses(spec.template.spec, "spec.template.spec");
  if (key === "jobs.batch") {
    const policy = spec.template.spec?.restartPolicy;
    if (policy !== "Never" && policy !== "OnFailure")
      causes.push({
        reason: "FieldValueRequired",
        field: "spec.template.spec.restartPolicy",
        message: 'Required value: valid values: "OnFailure", "Never"',
      });
    return causes;
  }
  if (spec.selector === undefined) return [...causes, required("spec.selector")];
  const labels = spec.template.metadata?.labels;
  if (!matchesLabelSelector(spec.selector, labels))
    causes.push(
      wrong("spec.template.metadata.labels", labels ?? {}, "`selector` does not match template `labels`"),
    );
  return causes;
}

/** Asked before defaults are filled in. @throws ApiError 422 with every cause */
export function validate(definition: ResourceDefinition, object: KubeObject): void {
  const key = resourceKey(definition);
  const causes = nameCauses(definition, object.metadata.name);
  if (key === "pods") causes.push(...podSpecCauses(object.spec as PodSpec | undefined, "spec"));
  if (TEMPLATED.has(key)) causes.push(...templateCauses(key, object));
  if (causes.length > 0) throw invalid({ ...definition, name: object.metadata.name }, causes);
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));
const METADATA = words(
  "name generateName namespace uid resourceVersion generation creationTimestamp deletionTimestamp deletionGracePeriodSeconds labels annotations ownerReferences finalizers managedFields selfLink",
);
const POD_SPEC = words(
  "activeDeadlineSeconds affinity automountServiceAccountToken containers dnsConfig dnsPolicy enableServiceLinks ephemeralContainers hostAliases hostIPC hostNetwork hostPID hostUsers hostname hostnameOverride imagePullSecrets initContainers nodeName nodeSelector os overhead preemptionPolicy priority priorityClassName readinessGates resourceClaims resources restartPolicy runtimeClassName schedulerName schedulingGates securityContext serviceAccount serviceAccountName setHostnameAsFQDN shareProcessNamespace subdomain terminationGracePeriodSeconds tolerations topologySpreadConstraints volumes workloadRef",
);
const CONTAINER = words(
  "args command env envFrom image imagePullPolicy lifecycle livenessProbe name ports readinessProbe resizePolicy resources restartPolicy restartPolicyRules securityContext startupProbe stdin stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir",
);
const TOP: Readonly<Record<string, ReadonlySet<string>>> = {
  configmaps: words("data binaryData immutable"),
  secrets: words("data stringData immutable type"),
};
const SPECS: Readonly<Record<string, ReadonlySet<string>>> = {
  pods: POD_SPEC,
  nodes: words("configSource externalID podCIDR podCIDRs providerID taints unschedulable"),
  namespaces: words("finalizers"),
  "deployments.apps": words(
    "minReadySeconds paused progressDeadlineSeconds replicas revisionHistoryLimit selector strategy template",
  ),
  "replicasets.apps": words("minReadySeconds replicas selector template"),
  "daemonsets.apps": words("minReadySeconds revisionHistoryLimit selector template updateStrategy"),
  "statefulsets.apps": words(
    "minReadySeconds ordinals persistentVolumeClaimRetentionPolicy podManagementPolicy replicas revisionHistoryLimit selector serviceName template updateStrategy volumeClaimTemplates",
  ),
  "jobs.batch": words(
    "activeDeadlineSeconds backoffLimit backoffLimitPerIndex completionMode completions managedBy manualSelector maxFailedIndexes parallelism podFailurePolicy podReplacementPolicy selector successPolicy suspend template ttlSecondsAfterFinished",
  ),
  "poddisruptionbudgets.policy": words("maxUnavailable minAvailable selector unhealthyPodEvictionPolicy"),
};

function strangers(value: unknown, known: ReadonlySet<string> | undefined, path: string): string[] {
  if (known === undefined || typeof value !== "object" || value === null) return [];
  return Object.keys(value)
    .filter((key) => !known.has(key))
    .map((key) => `${path}${key}`);
}
function podStrangers(spec: Dict | undefined, path: string): string[] {
  const lists = ["containers", "initContainers"].flatMap((list) =>
    ((spec?.[list] as unknown[] | undefined) ?? []).flatMap((each, index) =>
      strangers(each, CONTAINER, `${path}${list}[${index}].`),
    ),
  );
  return [...strangers(spec, POD_SPEC, path), ...lists];
}

/** Fields that the resource's schema does not have, as far as the schemas are known here (tables above). */
export function unknownFields(definition: ResourceDefinition, object: KubeObject): string[] {
  const key = resourceKey(definition);
  const spec = object.spec;
  const found = [...strangers(object.metadata, METADATA, "metadata.")];
  const base = ["apiVersion", "kind", "metadata"];
  if (TOP[key] !== undefined) found.push(...strangers(object, new Set([...base, ...TOP[key]]), ""));
  if (SPECS[key] !== undefined) found.push(...strangers(object, new Set([...base, "spec", "status"]), ""));
  if (key === "pods") return [...found, ...podStrangers(spec, "spec.")];
  found.push(...strangers(spec, SPECS[key], "spec."));
  const template = spec?.["template"] as { spec?: Dict } | undefined;
  if (TEMPLATED.has(key) && template !== undefined)
    found.push(...podStrangers(template.spec, "spec.template.spec."));
  return found;
}

/** @throws ApiError 400 for `fieldValidation=Strict` */
export function refuseUnknownFields(definition: ResourceDefinition, object: KubeObject): void {
  const found = unknownFields(definition, object);
  if (found.length === 0) return;
  const listed = found.map((field) => `unknown field "${field}"`).join(", ");
  const { kind, version } = definition;
  throw badRequest(
    `${kind} in version "${version}" cannot be handled as a ${kind}: strict decoding error: ${listed}`,
  );
}
