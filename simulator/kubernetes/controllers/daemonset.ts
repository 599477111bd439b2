/** DaemonSets: one pod on every node that fits, made and replaced node by node. */

import { remembered } from "../../remembered.ts";
import { deleteObject } from "../api/deletion.ts";
import { type ClusterState, newMetadata } from "../api/state.ts";
import { common, derived } from "../objects/common.ts";
import { admittedPodSpec } from "../objects/defaults.ts";
import {
  type Node,
  ownedBy,
  type Pod,
  type PodSpec,
  type Taint,
  type Toleration,
  type Workload,
} from "../objects/object.ts";
import { sealed } from "../objects/sealed.ts";
import { isReady } from "../workloads/pod-ready.ts";
import type { Control } from "./control.ts";
import { hashOf, newPodName, ownedPods } from "./pods.ts";
import { selects, untolerated } from "./scheduling.ts";

export const DAEMONSETS = "daemonsets.apps";
// Statuses are counted over all pods at most this often, so that a rollout over n nodes costs n, not n².
const STATUS_INTERVAL_MS = 1_000;
const HASH_LABEL = "controller-revision-hash";

// kubernetes/pkg/controller/daemon/util AddOrUpdateDaemonPodTolerations.
const ADDED: readonly Toleration[] = [
  { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" },
  { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute" },
  { key: "node.kubernetes.io/disk-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/memory-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/pid-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/unschedulable", operator: "Exists", effect: "NoSchedule" },
];
const HOST_NETWORK: Toleration = {
  key: "node.kubernetes.io/network-unavailable",
  operator: "Exists",
  effect: "NoSchedule",
};

/** What all pods of a set have in common: their affinity is still to come. */
const daemonSpec = derived((spec: PodSpec): PodSpec => {
  const added = spec.hostNetwork === true ? [...ADDED, HOST_NETWORK] : ADDED;
  const tolerations = [...(spec.tolerations ?? []), ...added];
  return admittedPodSpec({ ...spec, tolerations, affinity: spec.affinity ?? {} });
});
/** The same for the pods of all sets on a node. */
const onNode = remembered((node) => {
  const nodeSelectorTerms = [{ matchFields: [{ key: "metadata.name", operator: "In", values: [node] }] }];
  return sealed({
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
  });
});
function specOn(set: Workload, node: string): PodSpec {
  const spec = daemonSpec(set.spec.template.spec);
  const { affinity } = set.spec.template.spec;
  return { ...spec, affinity: affinity === undefined ? onNode(node) : { ...affinity, ...onNode(node) } };
}
const tolerant = derived((spec: PodSpec): PodSpec => {
  return { ...spec, tolerations: [...(spec.tolerations ?? []), ...ADDED, HOST_NETWORK] };
});
/** Whether the set wants a pod there. A NotReady node counts: its not-ready:NoSchedule taint is tolerated for this. */
export function wantsPodOn(set: Workload, node: Node): { run: boolean; stay: boolean } {
  const spec = tolerant(set.spec.template.spec);
  const selected = selects(spec, node);
  const taints: readonly Taint[] = node.spec.taints ?? [];
  return {
    run: selected && untolerated(spec, taints, ["NoSchedule", "NoExecute"]) === undefined,
    stay: selected && untolerated(spec, taints, ["NoExecute"]) === undefined,
  };
}

const prefixOf = remembered((name) => `${name}-`);
function makePod(state: ClusterState, set: Workload, node: string): Pod {
  const { template } = set.spec;
  const name = newPodName(state, set.metadata.namespace, set.metadata.name);
  return {
    kind: "Pod",
    apiVersion: "v1",
    metadata: {
      ...newMetadata(state, name, set.metadata.namespace),
      generateName: prefixOf(set.metadata.name),
      labels: common({
        ...template.metadata?.labels,
        [HASH_LABEL]: hashOf(template),
        "pod-template-generation": String(set.metadata.generation ?? 1),
      }),
      ...(template.metadata?.annotations === undefined ? {} : { annotations: template.metadata.annotations }),
      ownerReferences: ownedBy(set),
    },
    spec: specOn(set, node),
    status: { phase: "Pending" },
  };
}
function nodeOfPod(pod: Pod): string | undefined {
  return (
    pod.spec.nodeName ??
    pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms[0]
      ?.matchFields?.[0]?.values?.[0]
  );
}

export function startDaemonSets(control: Control): void {
  const { state, queue, record } = control;
  const { store } = state;
  const get = (set: Workload) => store.get<Workload>(DAEMONSETS, set.metadata.namespace, set.metadata.name);

  // Names of pods that are on their way to their node, by set and node: those that are there are found there.
  const coming = new Map<string, string>();
  function remember(type: string, { metadata, spec }: Pod, setUid: string, node: string | undefined) {
    const key = `${setUid}/${node}`;
    if (type !== "DELETED" && spec.nodeName === undefined) coming.set(key, metadata.name);
    else if (coming.get(key) === metadata.name) coming.delete(key);
  }
  /** The newest pod of the set on this node, without a walk over all of its pods. */
  function placedOn(set: Workload, node: string): Pod | undefined {
    const { namespace, uid } = set.metadata;
    const name = coming.get(`${uid}/${node}`);
    if (name !== undefined) return store.get<Pod>("pods", namespace, name);
    return store
      .podsOn(node)
      .findLast((pod) => pod.metadata.ownerReferences?.some((each) => each.uid === uid));
  }
  function podsByNode(set: Workload): Map<string, Pod> {
    const here = new Map<string, Pod>();
    for (const pod of ownedPods(state, set)) {
      const node = nodeOfPod(pod);
      if (node !== undefined) here.set(node, pod);
    }
    return here;
  }
  function place(set: Workload, node: Node, pod: Pod | undefined) {
    const { run, stay } = wantsPodOn(set, node);
    if (pod === undefined && run) {
      const made = store.put("pods", makePod(state, set, node.metadata.name));
      record({
        about: set,
        reason: "SuccessfulCreate",
        message: `Created pod: ${made.metadata.name}`,
        component: "daemonset-controller",
      });
    } else if (pod !== undefined && pod.metadata.deletionTimestamp === undefined) {
      const done = pod.status.phase === "Failed" || pod.status.phase === "Succeeded";
      if (!stay || done) deleteObject(state, "pods", pod);
    }
  }
  function sync(set: Workload) {
    const found = get(set);
    if (
      found === undefined ||
      found.metadata.uid !== set.metadata.uid ||
      found.metadata.deletionTimestamp !== undefined
    )
      return;
    const pods = podsByNode(found);
    for (const node of store.list<Node>("nodes")) place(found, node, pods.get(node.metadata.name));
    roll(found, [...pods.values()]);
    queue.add(`ds-status/${found.metadata.uid}`, () => count(found));
  }
  /** Replaces pods of an older template, at most maxUnavailable at a time. */
  function roll(set: Workload, pods: readonly Pod[]) {
    const strategy = set.spec["updateStrategy"] as
      | { type?: string; rollingUpdate?: { maxUnavailable?: number | string } }
      | undefined;
    if (strategy?.type === "OnDelete") return;
    const hash = hashOf(set.spec.template);
    const old = pods.filter(
      (pod) => pod.metadata.labels?.[HASH_LABEL] !== hash && pod.metadata.deletionTimestamp === undefined,
    );
    const max = strategy?.rollingUpdate?.maxUnavailable ?? 1;
    const bound =
      typeof max === "number" ? max : Math.max(1, Math.ceil((Number.parseInt(max, 10) / 100) * pods.length));
    const unavailable = pods.filter((pod) => !isReady(pod)).length;
    const ready = old.filter(isReady).slice(0, Math.max(0, bound - unavailable));
    for (const pod of [...old.filter((each) => !isReady(each)), ...ready]) deleteObject(state, "pods", pod);
  }
  function syncNode(set: Workload, name: string) {
    const found = get(set);
    const node = store.get<Node>("nodes", undefined, name);
    if (found === undefined || node === undefined || found.metadata.deletionTimestamp !== undefined) return;
    place(found, node, placedOn(found, name));
    queue.add(`ds-status/${found.metadata.uid}`, () => count(found), STATUS_INTERVAL_MS);
  }
  function count(set: Workload) {
    const found = get(set);
    if (found === undefined) return;
    const pods = podsByNode(found);
    const hash = hashOf(found.spec.template);
    const wanted = store.list<Node>("nodes").filter((node) => wantsPodOn(found, node).run);
    const there = wanted.map((node) => pods.get(node.metadata.name)).filter((pod) => pod !== undefined);
    const ready = there.filter(isReady).length;
    const updated = there.filter((pod) => pod.metadata.labels?.[HASH_LABEL] === hash).length;
    const status = {
      currentNumberScheduled: there.length,
      numberMisscheduled: pods.size - there.length,
      desiredNumberScheduled: wanted.length,
      numberReady: ready,
      observedGeneration: found.metadata.generation,
      updatedNumberScheduled: updated,
      numberAvailable: ready,
      ...(wanted.length > ready ? { numberUnavailable: wanted.length - ready } : {}),
    };
    if (JSON.stringify(status) === JSON.stringify(found.status)) return;
    store.put(DAEMONSETS, { ...found, status });
    // A rollout takes its next step when something has moved; asking again without that would never end.
    if (updated < there.length) queue.add(`ds/${found.metadata.uid}`, () => sync(found));
  }

  store.subscribe(DAEMONSETS, ({ type, object, before }) => {
    if (type !== "DELETED" && object.spec !== before?.spec)
      queue.add(`ds/${object.metadata.uid}`, () => sync(object as Workload));
  });
  store.subscribe("nodes", ({ type, object, before }) => {
    if (
      before !== undefined &&
      type === "MODIFIED" &&
      before.spec === object.spec &&
      before.metadata.labels === object.metadata.labels
    )
      return;
    for (const set of store.list<Workload>(DAEMONSETS))
      queue.add(`ds/${set.metadata.uid}/${object.metadata.name}`, () => syncNode(set, object.metadata.name));
  });
  store.subscribe("pods", ({ type, object }) => {
    const owner = object.metadata.ownerReferences?.find((each) => each.kind === "DaemonSet");
    if (owner === undefined) return;
    remember(type, object as Pod, owner.uid, nodeOfPod(object as Pod));
    const set = store.get<Workload>(DAEMONSETS, object.metadata.namespace, owner.name);
    if (set === undefined) return;
    const node = nodeOfPod(object as Pod);
    const phase = (object as Pod).status.phase;
    if ((type === "DELETED" || phase === "Failed") && node !== undefined)
      queue.add(`ds/${set.metadata.uid}/${node}`, () => syncNode(set, node));
    queue.add(`ds-status/${set.metadata.uid}`, () => count(set), STATUS_INTERVAL_MS);
  });
}
