/** What a cluster's Kubernetes API says about itself: version, nodes, and how API servers and etcds are. */
import { type Cordon, cordonOf, isMarked } from "../../nodes/cordon.ts";
import { PROVEN_ANNOTATION } from "../../nodes/gates.ts";
import { type CloudErrorCode, isCloudError } from "../../ports/cloud-error.ts";
import type { KubernetesAccess, KubernetesTransport } from "../../ports/kubernetes.ts";
import { momentOf } from "../moment.ts";
import type { KubernetesFacts, MemberPart, NodeFacts, NodeTrouble } from "../resource.ts";
import { type Api, get, list } from "./api.ts";
import { makingSense } from "./distrust.ts";

/** The fields of a Node that we read. Source: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/node-v1/ */
export interface ServedNode {
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly providerID?: string;
    readonly unschedulable?: boolean;
    readonly taints?: readonly ServedTaint[];
  };
  readonly status?: {
    readonly conditions?: readonly ServedCondition[];
    readonly nodeInfo?: { readonly kubeletVersion?: string; readonly bootID?: string };
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
  };
}
export interface ServedTaint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
  readonly timeAdded?: string;
}
export interface ServedCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}
export interface ServedPod {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers?: readonly { readonly image?: string }[];
  };
  readonly status?: {
    readonly conditions?: readonly ServedCondition[];
    readonly containerStatuses?: readonly {
      readonly state?: { readonly waiting?: { readonly reason?: string } };
    }[];
  };
}

/**
 * Undefined while the API does not answer, or does not let us in yet (403: kubeadm has started it, our group's binding
 * comes a moment later). Three requests and one more per 500 nodes. @throws CloudError for any other answer
 */
export async function observeKubernetes(
  transport: KubernetesTransport,
  access: KubernetesAccess,
): Promise<KubernetesFacts | undefined> {
  const api: Api = { transport, access };
  try {
    return await makingSense("its nodes", askAll(api));
  } catch (error) {
    // Unreachable, or an API server that is starting: 5xx. Either way nothing is known.
    if (isCloudError(error) && NOT_YET.has(error.code)) return undefined;
    throw error;
  }
}

async function askAll(api: Api): Promise<KubernetesFacts> {
  const [version, nodes, parts] = await Promise.all([
    get<{ readonly gitVersion?: string }>(api, "/version"),
    list<ServedNode>(api, "/api/v1/nodes"),
    listParts(api),
  ]);
  const serving = parts.filter((pod) => isApiServer(pod) && isTrue(pod.status?.conditions, "Ready"));
  return {
    version: (version.gitVersion ?? "").replace(/^v/, ""),
    apiServers: serving.flatMap(machineOf).sort(),
    apiServerVersions: Object.fromEntries(serving.flatMap(versionOf)),
    nodes: nodes.map(nodeFacts),
    parts: parts.flatMap(partFacts),
  };
}

/** As kubeadm labels static pods. */
const PARTS: readonly MemberPart["component"][] = ["etcd", "kube-apiserver"];

/** The static pods of control-plane machines that repairs look at. One request. @throws CloudError */
export function listParts(api: Api): Promise<readonly ServedPod[]> {
  const labelSelector = `component in (${PARTS.join(",")})`;
  return list<ServedPod>(api, "/api/v1/namespaces/kube-system/pods", { labelSelector });
}

function isApiServer({ metadata }: ServedPod): boolean {
  return metadata.labels?.["component"] === "kube-apiserver";
}

export function partFacts({ metadata, spec, status }: ServedPod): readonly MemberPart[] {
  const component = PARTS.find((one) => one === metadata.labels?.["component"]);
  // Whose name is another is no static pod, whatever its labels say.
  if (component === undefined || spec?.nodeName === undefined) return [];
  if (metadata.name !== `${component}-${spec.nodeName}`) return [];
  // The node lifecycle controller sets Ready alone when a node falls silent, and leaves it so until the kubelet is heard.
  const containers = status?.conditions?.find(({ type }) => type === "ContainersReady");
  const downSinceMs = containers?.status === "False" ? momentOf(containers.lastTransitionTime) : undefined;
  const trouble = status?.containerStatuses?.find((one) => one.state?.waiting?.reason)?.state?.waiting
    ?.reason;
  return [
    {
      component,
      machine: spec.nodeName,
      ready: isTrue(status?.conditions, "Ready"),
      ...(downSinceMs === undefined ? {} : { downSinceMs }),
      ...(trouble === undefined ? {} : { trouble }),
    },
  ];
}

const NOT_YET: ReadonlySet<CloudErrorCode> = new Set(["unavailable", "unknown-outcome", "permission-denied"]);

/** A mirror pod's node is its machine: node names are instance names. */
function machineOf(pod: ServedPod): readonly string[] {
  return pod.spec?.nodeName === undefined ? [] : [pod.spec.nodeName];
}
/** kubeadm names images by their version. One from elsewhere says nothing. */
function versionOf(pod: ServedPod): readonly (readonly [string, string])[] {
  const version = /:v(\d+\.\d+\.\d+)$/.exec(pod.spec?.containers?.[0]?.image ?? "")?.[1];
  const name = pod.spec?.nodeName;
  return version === undefined || name === undefined ? [] : [[name, version]];
}
export function isTrue(conditions: readonly ServedCondition[] | undefined, type: string): boolean {
  return conditions?.some((condition) => condition.type === type && condition.status === "True") ?? false;
}

function readinessOf(
  conditions: readonly ServedCondition[] | undefined,
): Pick<NodeFacts, "ready" | "readiness" | "readinessSinceMs" | "troubles"> {
  const ready = conditions?.find(({ type }) => type === "Ready");
  const troubles = (conditions ?? []).filter(({ type, status }) => type !== "Ready" && status === "True");
  const sinceMs = momentOf(ready?.lastTransitionTime);
  return {
    ready: ready?.status === "True",
    ...(isReadiness(ready?.status) ? { readiness: ready.status } : {}),
    ...(sinceMs === undefined ? {} : { readinessSinceMs: sinceMs }),
    ...(troubles.length === 0 ? {} : { troubles: troubles.map(troubleOf) }),
  };
}

function isReadiness(status: string | undefined): status is NonNullable<NodeFacts["readiness"]> {
  return status === "True" || status === "False" || status === "Unknown";
}

function troubleOf({ type, message, lastTransitionTime }: ServedCondition): NodeTrouble {
  const sinceMs = momentOf(lastTransitionTime);
  return {
    type,
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(message === undefined ? {} : { message }),
  };
}

/** Characters of a version or of a boot's id, which is a UUID: messages that are kept quote them. */
const BRIEF_LENGTH_MAX = 64;
function brief(text = ""): string {
  return text.slice(0, BRIEF_LENGTH_MAX).toWellFormed();
}

export function nodeFacts(node: ServedNode): NodeFacts {
  const providerId = node.spec?.providerID;
  const { resourceVersion, annotations, creationTimestamp } = node.metadata;
  const createdMs = momentOf(creationTimestamp);
  return {
    name: node.metadata.name,
    ...(providerId === undefined ? {} : { providerId }),
    ...readinessOf(node.status?.conditions),
    unschedulable: node.spec?.unschedulable ?? false,
    kubeletVersion: brief(node.status?.nodeInfo?.kubeletVersion).replace(/^v/, ""),
    bootId: brief(node.status?.nodeInfo?.bootID),
    labels: node.metadata.labels ?? {},
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(createdMs === undefined ? {} : { createdMs }),
    ...cordonFacts(cordonOf(node.spec?.unschedulable ?? false, annotations)),
    ...(isMarked(node.spec?.unschedulable ?? false, annotations) ? { marked: true as const } : {}),
    ...(annotations?.[PROVEN_ANNOTATION] === undefined ? {} : { provenFor: annotations[PROVEN_ANNOTATION] }),
  };
}

function cordonFacts(cordon: Cordon): Pick<NodeFacts, "cordoned"> {
  if (cordon.by !== "us") return {};
  const { by: _us, ...cordoned } = cordon;
  return { cordoned };
}
