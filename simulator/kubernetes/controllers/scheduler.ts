/** kube-scheduler: gives pods a node when one fits, and says why not when none does. */
import { nowText } from "../api/state.ts";
import { bound } from "../api/subresources.ts";
import { type Node, type Pod, withCondition } from "../objects/object.ts";
import type { Control } from "./control.ts";
import { namedNode, obstacle } from "./scheduling.ts";

/** Nodes looked at for one pod once enough fit; as percentageOfNodesToScore, it bounds the cost in large clusters. */
const FITTING_NODES_MAX = 50;

function isWaiting(pod: Pod): boolean {
  return (
    pod.spec.nodeName === undefined &&
    pod.metadata.deletionTimestamp === undefined &&
    pod.spec.schedulerName === "default-scheduler"
  );
}

export function startScheduler(control: Control): void {
  const { state, queue, record } = control;
  const { store } = state;
  // Unschedulable pods by key; every change that could help tries them all again, once.
  const stuck = new Map<string, { namespace: string; name: string }>();
  let next = 0;

  function candidates(pod: Pod): readonly Node[] {
    const named = namedNode(pod.spec);
    if (named === undefined) return store.list<Node>("nodes");
    const node = store.get<Node>("nodes", undefined, named);
    return node === undefined ? [] : [node];
  }
  /** Round robin from where the last pod went, then the node with the fewest pods: spread, and the same every run. */
  function choose(pod: Pod, nodes: readonly Node[]): { node?: Node; reasons: Map<string, number> } {
    const reasons = new Map<string, number>();
    let best: { node: Node; pods: number } | undefined;
    let fitting = 0;
    for (let step = 0; step < nodes.length && fitting < FITTING_NODES_MAX; step += 1) {
      const node = nodes[(next + step) % nodes.length];
      if (node === undefined) continue;
      const there = store.podsOn(node.metadata.name);
      const why = obstacle(pod, node, there);
      if (why !== undefined) reasons.set(why, (reasons.get(why) ?? 0) + 1);
      else {
        fitting += 1;
        if (best === undefined || there.length < best.pods) best = { node, pods: there.length };
      }
    }
    next += 1;
    return best === undefined ? { reasons } : { node: best.node, reasons };
  }
  function reject(pod: Pod, total: number, reasons: ReadonlyMap<string, number>) {
    const why = [...reasons]
      .map(([reason, count]) => `${count} ${reason}`)
      .sort()
      .join(", ");
    const message =
      total === 0
        ? "no nodes available to schedule pods"
        : `0/${total} nodes are available: ${why}. preemption: 0/${total} nodes are available: ${total} Preemption is not helpful for scheduling.`;
    const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable", message } as const;
    const before = pod.status.conditions?.find(({ type }) => type === "PodScheduled");
    stuck.set(pod.metadata.uid, { namespace: pod.metadata.namespace ?? "", name: pod.metadata.name });
    if (before?.message === message) return;
    store.put("pods", {
      ...pod,
      status: { ...pod.status, conditions: withCondition(pod.status.conditions, condition, nowText(state)) },
    });
    record({
      about: pod,
      type: "Warning",
      reason: "FailedScheduling",
      message,
      component: "default-scheduler",
    });
  }
  function schedule(namespace: string, name: string) {
    const pod = store.get<Pod>("pods", namespace, name);
    if (pod === undefined || !isWaiting(pod)) return;
    const nodes = candidates(pod);
    const { node, reasons } = choose(pod, nodes);
    if (node === undefined) return reject(pod, nodes.length, reasons);
    stuck.delete(pod.metadata.uid);
    store.put("pods", bound(pod, node.metadata.name, nowText(state)));
    const where = `Successfully assigned ${namespace}/${name} to ${node.metadata.name}`;
    record({ about: pod, reason: "Scheduled", message: where, component: "default-scheduler" });
  }
  function retry() {
    for (const { namespace, name } of [...stuck.values()]) schedule(namespace, name);
  }
  const retrySoon = () => stuck.size > 0 && queue.add("scheduler/retry", retry);

  store.subscribe("pods", ({ type, object, before }) => {
    const pod = object as Pod;
    const { namespace = "", name, uid } = pod.metadata;
    if (type === "DELETED" || pod.metadata.deletionTimestamp !== undefined) stuck.delete(uid);
    const freed =
      type === "DELETED" ||
      (["Succeeded", "Failed"].includes(pod.status.phase ?? "") &&
        (before as Pod | undefined)?.status.phase === "Running");
    if (freed) retrySoon();
    if (type === "ADDED" && isWaiting(pod))
      queue.add(`scheduler/${namespace}/${name}`, () => schedule(namespace, name));
  });
  store.subscribe("nodes", ({ type, object, before }) => {
    if (
      type === "DELETED" ||
      (before !== undefined &&
        before.spec === object.spec &&
        before.metadata.labels === object.metadata.labels)
    )
      return;
    retrySoon();
  });
}
