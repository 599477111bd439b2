/** What every Kubernetes object has, and the fields of the kinds whose behaviour is modelled here. */

import { createMemory } from "../../remembered.ts";
import { sealed } from "./sealed.ts";

/** JSON as objects hold it: copied before it is changed. */
export type Dict = { [key: string]: unknown };

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ManagedFields {
  manager: string;
  operation: "Apply" | "Update";
  apiVersion: string;
  time?: string;
  fieldsType: "FieldsV1";
  fieldsV1: Dict;
  subresource?: string | undefined;
}

export interface Metadata {
  name: string;
  generateName?: string | undefined;
  namespace?: string | undefined;
  uid: string;
  resourceVersion: string;
  generation?: number | undefined;
  creationTimestamp: string;
  deletionTimestamp?: string | undefined;
  deletionGracePeriodSeconds?: number | undefined;
  labels?: Record<string, string> | undefined;
  annotations?: Record<string, string> | undefined;
  ownerReferences?: OwnerReference[] | undefined;
  finalizers?: string[] | undefined;
  managedFields?: ManagedFields[] | undefined;
}

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  spec?: Dict | undefined;
  status?: Dict | undefined;
  [field: string]: unknown;
}

export interface Condition {
  type: string;
  status: "True" | "False" | "Unknown";
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastHeartbeatTime?: string;
  lastUpdateTime?: string;
  [field: string]: unknown;
}

export interface Taint {
  key: string;
  value?: string;
  effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
  timeAdded?: string;
}
export interface Toleration {
  key?: string;
  operator?: "Exists" | "Equal";
  value?: string;
  effect?: string;
  tolerationSeconds?: number;
}

export interface Node extends KubeObject {
  spec: Dict & {
    podCIDR?: string;
    podCIDRs?: string[];
    providerID?: string;
    unschedulable?: boolean;
    taints?: Taint[] | undefined;
  };
  status: Dict & {
    conditions?: Condition[];
    addresses?: { type: string; address: string }[];
    allocatable?: Record<string, string>;
    capacity?: Record<string, string>;
    nodeInfo?: Record<string, string>;
    images?: { names: string[]; sizeBytes: number }[];
  };
}

export interface Container extends Dict {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  readinessProbe?: { initialDelaySeconds?: number };
}

export interface Expression {
  key: string;
  operator: string;
  values?: string[];
}
export interface NodeSelectorTerm {
  matchExpressions?: Expression[];
  matchFields?: Expression[];
}

export interface PodSpec extends Dict {
  nodeName?: string;
  nodeSelector?: Record<string, string>;
  hostNetwork?: boolean;
  restartPolicy?: string;
  schedulerName?: string;
  priorityClassName?: string;
  priority?: number;
  terminationGracePeriodSeconds?: number;
  containers: Container[];
  initContainers?: Container[];
  tolerations?: Toleration[];
  affinity?: {
    nodeAffinity?: {
      requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms: NodeSelectorTerm[] };
      [field: string]: unknown;
    };
    [field: string]: unknown;
  };
}

export interface ContainerStatus extends Dict {
  name: string;
  ready: boolean;
  restartCount: number;
  image: string;
  state: Record<string, Dict>;
}

export interface Pod extends KubeObject {
  spec: PodSpec;
  status: Dict & {
    phase?: string;
    reason?: string;
    message?: string;
    podIP?: string;
    podIPs?: { ip: string }[];
    hostIP?: string;
    startTime?: string;
    conditions?: Condition[];
    containerStatuses?: ContainerStatus[];
  };
}

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: Expression[];
}

export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string>; name?: string };
  spec: PodSpec;
}

/** Deployments, ReplicaSets, StatefulSets and DaemonSets, as far as they are alike. */
export interface Workload extends KubeObject {
  spec: Dict & { replicas?: number; selector: LabelSelector; template: PodTemplate };
  status: Dict;
}

/** The text of the last time asked for, to be shared: much happens in one instant of virtual time. */
function lastText(write: (ms: number) => string): (ms: number) => string {
  let last = Number.NaN;
  let text = "";
  return (ms) => {
    if (ms !== last) {
      text = write(ms);
      last = ms;
    }
    return text;
  };
}
/** RFC 3339 with seconds, as `metav1.Time` prints it. */
export const timestamp = lastText((ms) => [new Date(ms).toISOString().slice(0, 19), "Z"].join(""));
/** RFC 3339 with microseconds, as `metav1.MicroTime` prints it. */
export const microTimestamp = lastText((ms) => [new Date(ms).toISOString().slice(0, 23), "000Z"].join(""));

/** An RFC 4122 version 4 identifier from 16 random bytes. */
export function uuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
  const variant = (((bytes[8] ?? 0) >> 4) & 0x3) | 0x8;
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant.toString(16)}${hex.slice(17, 20)}`,
    hex.slice(20),
  ].join("-");
}

// k8s.io/apimachinery/pkg/util/rand: no vowels and no look-alikes, so that no words appear.
const SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
/** The random end of a generated name: `web-7d4b9-x2k4v`. */
export function nameSuffix(bytes: Uint8Array): string {
  return [...bytes].map((byte) => SUFFIX_ALPHABET[byte % SUFFIX_ALPHABET.length]).join("");
}

/** The controlling owner's uid, when there is one. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

const references = createMemory<OwnerReference[]>();
/** `owner` alone, as controllers put it on what they make; everything that it owns shares it. */
export function ownedBy({ apiVersion, kind, metadata }: KubeObject): OwnerReference[] {
  const { name, uid } = metadata;
  // Not by its uid alone: worlds of one seed have the same.
  return references(`${apiVersion} ${kind} ${name} ${uid}`, () =>
    sealed([{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }]),
  );
}

/** Many objects come into the same condition in the same second; they share it. */
const conditions = createMemory<Condition>();
function shared(condition: Condition): Condition {
  return conditions(JSON.stringify(condition), () => sealed(condition));
}

/** The conditions with one of them set; its transition time moves only when its status does. */
export function withCondition(conditions: readonly Condition[] | undefined, next: Condition, now: string) {
  const before = conditions?.find(({ type }) => type === next.type);
  const moved = before?.status !== next.status;
  const lastTransitionTime = moved ? now : (before?.lastTransitionTime ?? now);
  const merged = shared({ ...next, lastTransitionTime });
  if (before === undefined) return [...(conditions ?? []), merged];
  return (conditions ?? []).map((condition) => (condition.type === next.type ? merged : condition));
}

export function conditionStatus(object: KubeObject, type: string): string | undefined {
  const conditions = object.status?.["conditions"] as Condition[] | undefined;
  return conditions?.find((condition) => condition.type === type)?.status;
}
