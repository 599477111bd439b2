/** The resources that the API serves: the built-in ones as a table, and those that CustomResourceDefinitions add. */

export interface ResourceDefinition {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly subresources: readonly string[];
  readonly custom?: true;
}

const ALL_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

interface Row {
  short?: string;
  all?: true;
  sub?: string;
  verbs?: readonly string[];
  singular?: string;
}

function row(groupVersion: string, resource: string, kind: string, namespaced: boolean, rest: Row = {}) {
  const [first = "", second] = groupVersion.split("/");
  return {
    group: second === undefined ? "" : first,
    version: second ?? first,
    resource,
    singular: rest.singular ?? kind.toLowerCase(),
    kind,
    namespaced,
    shortNames: rest.short?.split(" ") ?? [],
    categories: rest.all === true ? ["all"] : [],
    verbs: rest.verbs ?? ALL_VERBS,
    subresources: rest.sub?.split(" ") ?? [],
  } satisfies ResourceDefinition;
}

const CREATE_ONLY = ["create"];
const ADMISSION = "admissionregistration.k8s.io/v1";

/** As `kubectl api-resources` lists them on a real cluster, less those that nothing here could mean. */
export const BUILT_IN_RESOURCES: readonly ResourceDefinition[] = [
  row("v1", "configmaps", "ConfigMap", true, { short: "cm" }),
  row("v1", "endpoints", "Endpoints", true, { short: "ep" }),
  row("v1", "events", "Event", true, { short: "ev" }),
  row("v1", "limitranges", "LimitRange", true, { short: "limits" }),
  row("v1", "namespaces", "Namespace", false, { short: "ns", sub: "status finalize" }),
  row("v1", "nodes", "Node", false, { short: "no", sub: "status" }),
  row("v1", "persistentvolumeclaims", "PersistentVolumeClaim", true, { short: "pvc", sub: "status" }),
  row("v1", "persistentvolumes", "PersistentVolume", false, { short: "pv", sub: "status" }),
  row("v1", "pods", "Pod", true, { short: "po", all: true, sub: "status binding eviction log" }),
  row("v1", "podtemplates", "PodTemplate", true),
  row("v1", "replicationcontrollers", "ReplicationController", true, {
    short: "rc",
    all: true,
    sub: "status",
  }),
  row("v1", "resourcequotas", "ResourceQuota", true, { short: "quota", sub: "status" }),
  row("v1", "secrets", "Secret", true),
  row("v1", "serviceaccounts", "ServiceAccount", true, { short: "sa" }),
  row("v1", "services", "Service", true, { short: "svc", all: true, sub: "status" }),
  row(ADMISSION, "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", false),
  row(ADMISSION, "validatingadmissionpolicies", "ValidatingAdmissionPolicy", false, { sub: "status" }),
  row(ADMISSION, "validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding", false),
  row(ADMISSION, "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", false),
  row("apiextensions.k8s.io/v1", "customresourcedefinitions", "CustomResourceDefinition", false, {
    short: "crd crds",
    sub: "status",
  }),
  row("apiregistration.k8s.io/v1", "apiservices", "APIService", false, { sub: "status" }),
  row("apps/v1", "controllerrevisions", "ControllerRevision", true),
  row("apps/v1", "daemonsets", "DaemonSet", true, { short: "ds", all: true, sub: "status" }),
  row("apps/v1", "deployments", "Deployment", true, { short: "deploy", all: true, sub: "status scale" }),
  row("apps/v1", "replicasets", "ReplicaSet", true, { short: "rs", all: true, sub: "status scale" }),
  row("apps/v1", "statefulsets", "StatefulSet", true, { short: "sts", all: true, sub: "status scale" }),
  row("authentication.k8s.io/v1", "selfsubjectreviews", "SelfSubjectReview", false, { verbs: CREATE_ONLY }),
  row("authentication.k8s.io/v1", "tokenreviews", "TokenReview", false, { verbs: CREATE_ONLY }),
  row("authorization.k8s.io/v1", "localsubjectaccessreviews", "LocalSubjectAccessReview", true, {
    verbs: CREATE_ONLY,
  }),
  row("authorization.k8s.io/v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", false, {
    verbs: CREATE_ONLY,
  }),
  row("authorization.k8s.io/v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview", false, {
    verbs: CREATE_ONLY,
  }),
  row("authorization.k8s.io/v1", "subjectaccessreviews", "SubjectAccessReview", false, {
    verbs: CREATE_ONLY,
  }),
  row("autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", true, {
    short: "hpa",
    all: true,
    sub: "status",
  }),
  row("batch/v1", "cronjobs", "CronJob", true, { short: "cj", all: true, sub: "status" }),
  row("batch/v1", "jobs", "Job", true, { all: true, sub: "status" }),
  row("certificates.k8s.io/v1", "certificatesigningrequests", "CertificateSigningRequest", false, {
    short: "csr",
    sub: "status approval",
  }),
  row("coordination.k8s.io/v1", "leases", "Lease", true),
  row("discovery.k8s.io/v1", "endpointslices", "EndpointSlice", true),
  row("flowcontrol.apiserver.k8s.io/v1", "flowschemas", "FlowSchema", false, { sub: "status" }),
  row("flowcontrol.apiserver.k8s.io/v1", "prioritylevelconfigurations", "PriorityLevelConfiguration", false, {
    sub: "status",
  }),
  row("networking.k8s.io/v1", "ingressclasses", "IngressClass", false),
  row("networking.k8s.io/v1", "ingresses", "Ingress", true, { short: "ing", sub: "status" }),
  row("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy", true, { short: "netpol" }),
  row("node.k8s.io/v1", "runtimeclasses", "RuntimeClass", false),
  row("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget", true, { short: "pdb", sub: "status" }),
  row("rbac.authorization.k8s.io/v1", "clusterrolebindings", "ClusterRoleBinding", false),
  row("rbac.authorization.k8s.io/v1", "clusterroles", "ClusterRole", false),
  row("rbac.authorization.k8s.io/v1", "rolebindings", "RoleBinding", true),
  row("rbac.authorization.k8s.io/v1", "roles", "Role", true),
  row("scheduling.k8s.io/v1", "priorityclasses", "PriorityClass", false, { short: "pc" }),
  row("storage.k8s.io/v1", "csidrivers", "CSIDriver", false),
  row("storage.k8s.io/v1", "csinodes", "CSINode", false),
  row("storage.k8s.io/v1", "csistoragecapacities", "CSIStorageCapacity", true),
  row("storage.k8s.io/v1", "storageclasses", "StorageClass", false, { short: "sc" }),
  row("storage.k8s.io/v1", "volumeattachments", "VolumeAttachment", false, { sub: "status" }),
];

/** `deployments.apps`: the key under which objects are stored, whatever the served version. */
export function resourceKey(definition: { readonly group: string; readonly resource: string }): string {
  return definition.group === "" ? definition.resource : `${definition.resource}.${definition.group}`;
}
/** `apps/v1`, or `v1` in the core group. */
export function groupVersion(definition: { readonly group: string; readonly version: string }): string {
  return definition.group === "" ? definition.version : `${definition.group}/${definition.version}`;
}

export interface ResourceRegistry {
  all(): readonly ResourceDefinition[];
  find(group: string, version: string, resource: string): ResourceDefinition | undefined;
  /** The definition that stores this kind, whatever its version. */
  ofKind(apiVersion: string, kind: string): ResourceDefinition | undefined;
  byKey(key: string): ResourceDefinition | undefined;
  add(definitions: readonly ResourceDefinition[]): void;
  /** Forgets the custom resources stored under `key`. */
  remove(key: string): void;
}

interface Index {
  readonly all: readonly ResourceDefinition[];
  /** By `apps/v1/deployments`. */
  readonly byPlace: ReadonlyMap<string, ResourceDefinition>;
  /** By `apps/Deployment`; the first of several versions. */
  readonly byKind: ReadonlyMap<string, ResourceDefinition>;
  readonly byKey: ReadonlyMap<string, ResourceDefinition>;
}
function indexOf(all: readonly ResourceDefinition[]): Index {
  const byPlace = new Map<string, ResourceDefinition>();
  const byKind = new Map<string, ResourceDefinition>();
  const byKey = new Map<string, ResourceDefinition>();
  for (const definition of all.toReversed()) {
    byPlace.set(`${groupVersion(definition)}/${definition.resource}`, definition);
    byKind.set(`${definition.group}/${definition.kind}`, definition);
    byKey.set(resourceKey(definition), definition);
  }
  return { all, byPlace, byKind, byKey };
}
const BUILT_IN = indexOf(BUILT_IN_RESOURCES);

export function createResourceRegistry(): ResourceRegistry {
  let index = BUILT_IN;
  return {
    all: () => index.all,
    find: (group, version, resource) => index.byPlace.get(`${groupVersion({ group, version })}/${resource}`),
    ofKind: (apiVersion, kind) => {
      const slash = apiVersion.indexOf("/");
      return index.byKind.get(`${slash < 0 ? "" : apiVersion.slice(0, slash)}/${kind}`);
    },
    byKey: (key) => index.byKey.get(key),
    add(more) {
      const keys = new Set(more.map(resourceKey));
      index = indexOf([...index.all.filter((d) => !keys.has(resourceKey(d))), ...more]);
    },
    remove(key) {
      index = indexOf(index.all.filter((d) => d.custom !== true || resourceKey(d) !== key));
    },
  };
}
