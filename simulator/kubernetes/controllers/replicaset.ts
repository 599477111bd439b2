/** ReplicaSets: as many pods as wanted, and a count of how they are. */
import { deleteObject } from "../api/deletion.ts";
import type { Pod, Workload } from "../objects/object.ts";
import { isReady } from "../workloads/pod-ready.ts";
import type { Control } from "./control.ts";
import { newPodName, ownedPods, podFrom } from "./pods.ts";

export const REPLICASETS = "replicasets.apps";

const isActive = (pod: Pod) =>
  pod.metadata.deletionTimestamp === undefined &&
  pod.status.phase !== "Succeeded" &&
  pod.status.phase !== "Failed";

/** Which pods go first when there are too many: unscheduled, then not ready, then the youngest. */
function expendable(a: Pod, b: Pod): number {
  const rank = (pod: Pod) => (pod.spec.nodeName === undefined ? 0 : isReady(pod) ? 2 : 1);
  return rank(a) - rank(b) || (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1);
}

export function startReplicaSets(control: Control): void {
  const { state, queue, record } = control;
  const { store } = state;

  function sync(namespace: string, name: string) {
    const set = store.get<Workload>(REPLICASETS, namespace, name);
    if (set === undefined || set.metadata.deletionTimestamp !== undefined) return;
    const active = ownedPods(state, set).filter(isActive);
    const wanted = set.spec.replicas ?? 1;
    for (let count = active.length; count < wanted; count += 1) {
      const pod = podFrom(state, set, set.spec.template, newPodName(state, namespace, name));
      const made = store.put("pods", { ...pod, metadata: { ...pod.metadata, generateName: `${name}-` } });
      record({
        about: set,
        reason: "SuccessfulCreate",
        message: `Created pod: ${made.metadata.name}`,
        component: "replicaset-controller",
      });
    }
    for (const pod of [...active].sort(expendable).slice(0, Math.max(0, active.length - wanted))) {
      deleteObject(state, "pods", pod);
      record({
        about: set,
        reason: "SuccessfulDelete",
        message: `Deleted pod: ${pod.metadata.name}`,
        component: "replicaset-controller",
      });
    }
    count(namespace, name);
  }
  function count(namespace: string, name: string) {
    const set = store.get<Workload>(REPLICASETS, namespace, name);
    if (set === undefined) return;
    const active = ownedPods(state, set).filter(isActive);
    const ready = active.filter(isReady).length;
    const status = {
      replicas: active.length,
      fullyLabeledReplicas: active.length,
      readyReplicas: ready,
      availableReplicas: ready,
      observedGeneration: set.metadata.generation,
    };
    if (JSON.stringify(status) !== JSON.stringify(set.status)) store.put(REPLICASETS, { ...set, status });
  }
  const soon = (namespace: string, name: string) =>
    queue.add(`rs/${namespace}/${name}`, () => sync(namespace, name));
  store.subscribe(REPLICASETS, ({ type, object, before }) => {
    if (type !== "DELETED" && object.spec !== before?.spec)
      soon(object.metadata.namespace ?? "", object.metadata.name);
  });
  store.subscribe("pods", ({ object }) => {
    const owner = object.metadata.ownerReferences?.find(({ kind }) => kind === "ReplicaSet");
    if (owner !== undefined) soon(object.metadata.namespace ?? "", owner.name);
  });
}
