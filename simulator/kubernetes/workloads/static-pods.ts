/** The static pods of a control-plane machine, seen through the API as mirror pods. */
import { type ClusterState, newMetadata, nowText } from "../api/state.ts";
import { admittedPodSpec } from "../objects/defaults.ts";
import type { Node, Pod } from "../objects/object.ts";
import type { Machine } from "./machine.ts";
import { crashing, isCrashing, running } from "./pod-status.ts";

const COMPONENTS = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;
/** From a boot until etcd and the API server run. Their probes find them well no sooner. */
export const PARTS_START_MS = 10_000;
// What kubeadm ships with the newest minors; older minors use older ones, which nothing here depends on.
const ETCD_IMAGE = "registry.k8s.io/etcd:3.6.8-0";

function image(component: string, version: string): string {
  return component === "etcd" ? ETCD_IMAGE : `registry.k8s.io/${component}:${version}`;
}

function versionOn(state: ClusterState, { nodeName }: Machine): string {
  return state.serverVersions.get(nodeName) ?? state.version;
}

function mirrorPod(state: ClusterState, machine: Machine, node: Node, component: string): Pod {
  const hash = node.metadata.uid.replaceAll("-", "");
  const now = nowText(state);
  const spec = admittedPodSpec({
    hostNetwork: true,
    nodeName: machine.nodeName,
    priorityClassName: "system-node-critical",
    tolerations: [{ operator: "Exists", effect: "NoExecute" }],
    containers: [
      { name: component, image: image(component, versionOn(state, machine)), command: [component] },
    ],
  });
  const pod: Pod = {
    kind: "Pod",
    apiVersion: "v1",
    metadata: {
      ...newMetadata(state, `${component}-${machine.nodeName}`, "kube-system"),
      labels: { component, tier: "control-plane" },
      annotations: {
        "kubernetes.io/config.hash": hash,
        "kubernetes.io/config.mirror": hash,
        "kubernetes.io/config.seen": now,
        "kubernetes.io/config.source": "file",
      },
      ownerReferences: [
        { apiVersion: "v1", kind: "Node", name: machine.nodeName, uid: node.metadata.uid, controller: true },
      ],
    },
    spec,
    status: { phase: "Pending" },
  };
  const made = up(pod, machine, now);
  return state.deadParts.isDead(machine.nodeName, component) ? crashing(made, now) : made;
}

function up(pod: Pod, { internalIp }: Machine, now: string): Pod {
  return running(pod, { hostIp: internalIp, podIp: internalIp }, now, true);
}

/** Says of those whose part has died, or was mended without a boot, how they are now. */
export function settleStaticPods(state: ClusterState, machine: Machine): void {
  const now = nowText(state);
  const { nodeName } = machine;
  for (const component of COMPONENTS) {
    const pod = state.store.get<Pod>("pods", "kube-system", `${component}-${nodeName}`);
    if (pod === undefined) continue;
    const isDead = state.deadParts.isDead(nodeName, component);
    if (state.deadParts.isManifestGone(nodeName, component)) state.store.remove("pods", pod);
    else if (isDead !== isCrashing(pod))
      state.store.put("pods", isDead ? crashing(pod, now) : up(pod, machine, now));
  }
  ensureStaticPods(state, machine);
}

/** Makes those that are missing, and those of another version anew. */
export function ensureStaticPods(state: ClusterState, machine: Machine): void {
  const node = state.store.get<Node>("nodes", undefined, machine.nodeName);
  if (node === undefined) return;
  for (const component of COMPONENTS) {
    const before = state.store.get<Pod>("pods", "kube-system", `${component}-${machine.nodeName}`);
    if (state.deadParts.isManifestGone(machine.nodeName, component)) continue;
    if (before?.spec.containers[0]?.image === image(component, versionOn(state, machine))) continue;
    if (before !== undefined) state.store.remove("pods", before);
    state.store.put("pods", mirrorPod(state, machine, node, component));
  }
}

export function isMirror(pod: Pod): boolean {
  return pod.metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined;
}
