/** kube-controller-manager's care for nodes: silence makes them Unknown, conditions make taints, taints evict pods. */
import { speedOf } from "../../hasty-clock.ts";
import { deleteObject } from "../api/deletion.ts";
import { nowText } from "../api/state.ts";
import { type Kubelet, LEASES, NODE_LEASES } from "../kubelet.ts";
import { type Condition, type Node, type Pod, type Taint, withCondition } from "../objects/object.ts";
import { blockIn } from "../workloads/network.ts";
import { lostContact } from "../workloads/pod-status.ts";
import type { Control } from "./control.ts";
import { tolerates } from "./scheduling.ts";

// --node-monitor-grace-period, 50s since Kubernetes 1.32; looked at every --node-monitor-period, 5s.
export const NODE_MONITOR_GRACE_MS = 50_000;
// --node-cidr-mask-size, default 24 for IPv4.
const NODE_CIDR_BITS = 24;

const NOT_READY = "node.kubernetes.io/not-ready";
const UNREACHABLE = "node.kubernetes.io/unreachable";
const CONDITION_TAINTS: Readonly<Record<string, string>> = {
  MemoryPressure: "node.kubernetes.io/memory-pressure",
  DiskPressure: "node.kubernetes.io/disk-pressure",
  PIDPressure: "node.kubernetes.io/pid-pressure",
  NetworkUnavailable: "node.kubernetes.io/network-unavailable",
};
const MANAGED = new Set([
  NOT_READY,
  UNREACHABLE,
  "node.kubernetes.io/unschedulable",
  ...Object.values(CONDITION_TAINTS),
]);

function statusOf(node: Node, type: string): string | undefined {
  return node.status.conditions?.find((each) => each.type === type)?.status;
}
/** The taints that a node's conditions and its cordon ask for. */
export function wantedTaints(node: Node): Taint[] {
  const ready = statusOf(node, "Ready");
  const taints: Taint[] = [];
  if (ready === "False" || ready === undefined)
    taints.push({ key: NOT_READY, effect: "NoSchedule" }, { key: NOT_READY, effect: "NoExecute" });
  if (ready === "Unknown")
    taints.push({ key: UNREACHABLE, effect: "NoSchedule" }, { key: UNREACHABLE, effect: "NoExecute" });
  for (const [type, key] of Object.entries(CONDITION_TAINTS))
    if (statusOf(node, type) === "True") taints.push({ key, effect: "NoSchedule" });
  if (node.spec.unschedulable === true)
    taints.push({ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" });
  return taints;
}
const identity = ({ key, effect }: Taint) => `${key}:${effect}`;

/** How long a pod stays under a NoExecute taint: undefined for ever, 0 not at all. */
export function stayMs(pod: Pod, taint: Taint): number | undefined {
  const tolerating = (pod.spec.tolerations ?? []).filter((each) => tolerates(each, taint));
  if (tolerating.length === 0) return 0;
  const bounds = tolerating
    .map(({ tolerationSeconds }) => tolerationSeconds)
    .filter((each) => each !== undefined);
  return bounds.length === 0 ? undefined : Math.max(0, Math.min(...bounds)) * 1_000;
}

export interface NodeLifecycleOptions {
  readonly kubelet: (nodeName: string) => Kubelet | undefined;
  /** kube-controller-manager --allocate-node-cidrs. */
  readonly allocateNodeCidrs: boolean;
}

export function startNodeLifecycle(control: Control, options: NodeLifecycleOptions) {
  const { state, queue, record } = control;
  const { store, clock } = state;
  const blocks = new Set<string>();
  // No block before this one is free, so that the next is found without a walk over all of them.
  let firstFree = 0;

  const get = (name: string) => store.get<Node>("nodes", undefined, name);
  function heardMs(name: string): number {
    const kubelet = options.kubelet(name);
    if (kubelet !== undefined) return kubelet.renewedMs();
    const renewed = store.get(LEASES, NODE_LEASES, name)?.spec?.["renewTime"];
    const heartbeat = get(name)?.status.conditions?.find(({ type }) => type === "Ready")?.lastHeartbeatTime;
    const created = get(name)?.metadata.creationTimestamp;
    return Math.max(
      ...[renewed, heartbeat, created].map((at) => (at === undefined ? 0 : Date.parse(String(at)))),
    );
  }

  /** Asked only of nodes whose kubelet is silent or not simulated: the others cost nothing while they are well. */
  function monitor(name: string) {
    const node = get(name);
    if (node === undefined || options.kubelet(name)?.isAlive() === true) return;
    const silentMs = (clock.nowMs() - heardMs(name)) * speedOf(clock);
    if (silentMs < NODE_MONITOR_GRACE_MS)
      return queue.add(`node/${name}/monitor`, () => monitor(name), NODE_MONITOR_GRACE_MS - silentMs);
    if (statusOf(node, "Ready") === "Unknown") return;
    const now = nowText(state);
    const unknown = (type: string): Condition => ({
      type,
      status: "Unknown",
      reason: "NodeStatusUnknown",
      message: "Kubelet stopped posting node status.",
    });
    let conditions = node.status.conditions ?? [];
    for (const type of ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"]) {
      const heartbeat = conditions.find((each) => each.type === type)?.lastHeartbeatTime;
      conditions = withCondition(
        conditions,
        { ...unknown(type), ...(heartbeat === undefined ? {} : { lastHeartbeatTime: heartbeat }) },
        now,
      );
    }
    store.put<Node>("nodes", { ...node, status: { ...node.status, conditions } });
    record({
      about: node,
      reason: "NodeNotReady",
      message: `Node ${name} status is now: NodeNotReady`,
      component: "node-controller",
    });
    for (const pod of store.podsOn(name))
      if (pod.status.phase === "Running") store.put("pods", lostContact(pod, now));
  }

  function taint(name: string) {
    const node = get(name);
    if (node === undefined) return;
    const wanted = wantedTaints(node);
    const have = node.spec.taints ?? [];
    const kept = have.filter(
      (each) => !MANAGED.has(each.key) || wanted.some((want) => identity(want) === identity(each)),
    );
    const known = new Set(kept.map(identity));
    const added = wanted
      .filter((each) => !known.has(identity(each)))
      .map((each) => ({ ...each, timeAdded: nowText(state) }));
    if (added.length > 0 || kept.length !== have.length) {
      const taints = [...kept, ...added];
      store.put<Node>("nodes", {
        ...node,
        spec: { ...node.spec, taints: taints.length === 0 ? undefined : taints },
      });
    }
    for (const pod of store.podsOn(name)) evictLater(pod);
  }

  function noExecute(name: string): readonly Taint[] {
    return (get(name)?.spec.taints ?? []).filter(({ effect }) => effect === "NoExecute");
  }
  /** Deletes the pod when its tolerations run out; looks again then, for the taint may have gone. */
  function evictLater(pod: Pod) {
    const { nodeName } = pod.spec;
    if (nodeName === undefined || pod.metadata.deletionTimestamp !== undefined) return;
    for (const each of noExecute(nodeName)) {
      const stay = stayMs(pod, each);
      if (stay === undefined) continue;
      const leaveMs = Date.parse(each.timeAdded ?? nowText(state)) + stay;
      queue.add(
        `evict/${pod.metadata.uid}/${each.key}`,
        () => evictNow(pod, each),
        Math.max(0, leaveMs - clock.nowMs()),
      );
    }
  }
  function evictNow(pod: Pod, why: Taint) {
    const found = store.get<Pod>("pods", pod.metadata.namespace, pod.metadata.name);
    if (
      found === undefined ||
      found.metadata.uid !== pod.metadata.uid ||
      found.metadata.deletionTimestamp !== undefined
    )
      return;
    const still = noExecute(found.spec.nodeName ?? "").find((each) => each.key === why.key);
    if (still === undefined) return;
    if (still.timeAdded !== why.timeAdded) return evictLater(found);
    record({
      about: found,
      reason: "TaintManagerEviction",
      message: `Marking for deletion Pod ${found.metadata.namespace}/${found.metadata.name}`,
      component: "taint-eviction-controller",
    });
    const disrupted = {
      type: "DisruptionTarget",
      status: "True",
      reason: "DeletionByTaintManager",
      message: "Taint manager: deleting due to NoExecute taint",
    } as const;
    const marked = store.put("pods", {
      ...found,
      status: {
        ...found.status,
        conditions: withCondition(found.status.conditions, disrupted, nowText(state)),
      },
    });
    deleteObject(state, "pods", marked);
  }

  function allocate(name: string) {
    const node = get(name);
    if (node === undefined || node.spec.podCIDR !== undefined) return;
    for (let index = firstFree; ; index += 1) {
      const block = blockIn(state.podCidr, NODE_CIDR_BITS, index);
      if (block === undefined)
        return record({
          about: node,
          reason: "CIDRNotAvailable",
          message: `Node ${name} status is now: CIDRNotAvailable`,
          component: "cidrAllocator",
        });
      if (blocks.has(block)) continue;
      blocks.add(block);
      firstFree = index + 1;
      store.put<Node>("nodes", { ...node, spec: { ...node.spec, podCIDR: block, podCIDRs: [block] } });
      return;
    }
  }
  /** Pods of a node that is gone go too: nothing will ever report on them. */
  function collect(name: string) {
    if (get(name) !== undefined) return;
    for (const pod of store.podsOn(name)) deleteObject(state, "pods", pod, { graceSeconds: 0 });
  }
  const watched = (name: string) =>
    queue.add(`node/${name}/monitor`, () => monitor(name), NODE_MONITOR_GRACE_MS);
  // pod garbage collector: --terminated-pod-gc aside, orphaned pods go after a quarantine of 40 s.
  const ORPHAN_QUARANTINE_MS = 40_000;

  store.subscribe("nodes", ({ type, object }) => {
    const node = object as Node;
    const { name } = node.metadata;
    if (type === "DELETED") {
      if (node.spec.podCIDR !== undefined && blocks.delete(node.spec.podCIDR)) firstFree = 0;
      queue.cancel(`node/${name}/monitor`);
      return queue.add(`node/${name}/collect`, () => collect(name), ORPHAN_QUARANTINE_MS);
    }
    queue.add(`node/${name}/taint`, () => taint(name));
    if (type === "ADDED" && options.allocateNodeCidrs)
      queue.add(`node/${name}/allocate`, () => allocate(name));
    if (options.kubelet(name)?.isAlive() !== true) watched(name);
  });
  store.subscribe("pods", ({ type, object, before }) => {
    const { nodeName } = (object as Pod).spec;
    if (
      type === "DELETED" ||
      nodeName === undefined ||
      (before as Pod | undefined)?.spec.nodeName === nodeName
    )
      return;
    if (noExecute(nodeName).length > 0) evictLater(object as Pod);
  });
  return {
    /** A kubelet has gone silent: look at its node when its grace period is over. */
    silent: (name: string) => watched(name),
  };
}
