/** Kubernetes objects as the add-ons see them: identity, and where a kind lives in the API. */
import { createHash } from "node:crypto";

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}
/** An object to apply. What stands beside the metadata is typed where it is built: `manifests/types.ts`. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}
/** An object as the server answered it. */
export interface ServedObject extends KubernetesObject {
  readonly metadata: ObjectMeta & {
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
  };
  readonly [field: string]: unknown;
}

export const MANAGED_BY_LABEL = "app.kubernetes.io/managed-by";
export const MANAGED_BY = "clusterwright";
export const MANAGED_SELECTOR = `${MANAGED_BY_LABEL}=${MANAGED_BY}`;
/** Over the whole desired object; a difference means that what we want has changed. */
export const HASH_ANNOTATION = "clusterwright.dev/hash";
/** Names the add-on that an object belongs to; pods carry it too, so that one list finds them. */
export const ADDON_LABEL = "clusterwright.dev/addon";

/** Where a kind lives: `/api/v1/…` or `/apis/<group>/<version>/…`. */
export interface KindPath {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** The kinds that need no discovery: those of the built-in add-ons first, then what people put into manifests. */
const KNOWN_KINDS: readonly KindPath[] = [
  ...kinds("v1", false, { Namespace: "namespaces", PersistentVolume: "persistentvolumes" }),
  ...kinds("v1", true, {
    ServiceAccount: "serviceaccounts",
    ConfigMap: "configmaps",
    Service: "services",
    Secret: "secrets",
    Pod: "pods",
    PersistentVolumeClaim: "persistentvolumeclaims",
    LimitRange: "limitranges",
    ResourceQuota: "resourcequotas",
  }),
  ...kinds("apiextensions.k8s.io/v1", false, { CustomResourceDefinition: "customresourcedefinitions" }),
  ...kinds("rbac.authorization.k8s.io/v1", false, {
    ClusterRole: "clusterroles",
    ClusterRoleBinding: "clusterrolebindings",
  }),
  ...kinds("rbac.authorization.k8s.io/v1", true, { Role: "roles", RoleBinding: "rolebindings" }),
  ...kinds("apps/v1", true, {
    DaemonSet: "daemonsets",
    Deployment: "deployments",
    StatefulSet: "statefulsets",
  }),
  ...kinds("batch/v1", true, { Job: "jobs", CronJob: "cronjobs" }),
  ...kinds("apiregistration.k8s.io/v1", false, { APIService: "apiservices" }),
  ...kinds("storage.k8s.io/v1", false, { StorageClass: "storageclasses", CSIDriver: "csidrivers" }),
  ...kinds("scheduling.k8s.io/v1", false, { PriorityClass: "priorityclasses" }),
  ...kinds("policy/v1", true, { PodDisruptionBudget: "poddisruptionbudgets" }),
  ...kinds("networking.k8s.io/v1", true, { NetworkPolicy: "networkpolicies", Ingress: "ingresses" }),
  ...kinds("networking.k8s.io/v1", false, { IngressClass: "ingressclasses" }),
  ...kinds("autoscaling/v2", true, { HorizontalPodAutoscaler: "horizontalpodautoscalers" }),
];

function kinds(
  apiVersion: string,
  namespaced: boolean,
  plurals: Readonly<Record<string, string>>,
): readonly KindPath[] {
  return Object.entries(plurals).map(([kind, plural]) => ({ apiVersion, kind, plural, namespaced }));
}

export function knownKind(apiVersion: string, kind: string): KindPath | undefined {
  return KNOWN_KINDS.find((known) => known.apiVersion === apiVersion && known.kind === kind);
}

/** `/api/v1` or `/apis/<group>/<version>`. */
export function apiRoot(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
/** The collection over all namespaces. */
export function collectionPath(kind: KindPath): string {
  return `${apiRoot(kind.apiVersion)}/${kind.plural}`;
}
export function objectPath(
  kind: KindPath,
  meta: { readonly name: string; readonly namespace?: string },
): string {
  const scope = kind.namespaced ? `/namespaces/${encodeURIComponent(meta.namespace ?? "default")}` : "";
  return `${apiRoot(kind.apiVersion)}${scope}/${kind.plural}/${encodeURIComponent(meta.name)}`;
}

/** One object's identity, e.g. `apps/v1 DaemonSet kube-system/cloud-controller-manager`. */
export function objectKey(object: KubernetesObject): string {
  const { namespace, name } = object.metadata;
  return `${object.apiVersion} ${object.kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}
/** The same for people: `DaemonSet kube-system/cloud-controller-manager`. */
export function objectTitle(object: KubernetesObject): string {
  const { namespace, name } = object.metadata;
  return `${object.kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

const HASH_DIGITS = 16; // 64 bits: no accidental twins among a cluster's objects
/** Over the JSON as it is built: the same code builds it in the same order, and a new order costs one idle apply. */
export function contentHash(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, HASH_DIGITS);
}

/** The object with our label, its add-on's name and the hash over its content. */
export function marked<T extends KubernetesObject>(addon: string, object: T): T {
  const labels = { ...object.metadata.labels, [MANAGED_BY_LABEL]: MANAGED_BY, [ADDON_LABEL]: addon };
  const labelled = { ...object, metadata: { ...object.metadata, labels } };
  const annotations = { ...object.metadata.annotations, [HASH_ANNOTATION]: contentHash(labelled) };
  return { ...labelled, metadata: { ...labelled.metadata, annotations } };
}
