/** StatefulSets, simply: numbered pods, made in order and removed from the end. Volumes are not modelled. */
import { deleteObject } from "../api/deletion.ts";
import { controllerOf, type Workload } from "../objects/object.ts";
import { isReady } from "../workloads/pod-ready.ts";
import type { Control } from "./control.ts";
import { hashOf, ownedPods, podFrom } from "./pods.ts";

export const STATEFULSETS = "statefulsets.apps";
const HASH_LABEL = "controller-revision-hash";

function ordinal(name: string): number {
  return Number(name.slice(name.lastIndexOf("-") + 1));
}

export function startStatefulSets({ state, queue, record }: Control): void {
  const { store } = state;

  function sync(namespace: string, name: string) {
    const set = store.get<Workload>(STATEFULSETS, namespace, name);
    if (set === undefined || set.metadata.deletionTimestamp !== undefined) return;
    const hash = hashOf(set.spec.template);
    const pods = new Map(ownedPods(state, set).map((pod) => [ordinal(pod.metadata.name), pod]));
    const wanted = set.spec.replicas ?? 1;
    const parallel = set.spec["podManagementPolicy"] === "Parallel";
    for (let index = 0; index < wanted; index += 1) {
      const pod = pods.get(index);
      if (pod !== undefined && (isReady(pod) || parallel)) continue;
      if (pod !== undefined) break;
      const labels = {
        [HASH_LABEL]: hash,
        "statefulset.kubernetes.io/pod-name": `${name}-${index}`,
        "apps.kubernetes.io/pod-index": String(index),
      };
      store.put("pods", podFrom(state, set, set.spec.template, `${name}-${index}`, labels));
      record({
        about: set,
        reason: "SuccessfulCreate",
        message: `create Pod ${name}-${index} in StatefulSet ${name} successful`,
        component: "statefulset-controller",
      });
      if (!parallel) break;
    }
    const extra = [...pods.keys()].filter((index) => index >= wanted).sort((a, b) => b - a);
    const outdated = [...pods]
      .filter(([index, pod]) => index < wanted && pod.metadata.labels?.[HASH_LABEL] !== hash)
      .map(([index]) => index);
    const settled = [...pods.values()].every(
      (pod) => isReady(pod) || pod.metadata.labels?.[HASH_LABEL] !== hash,
    );
    const doomed = extra[0] ?? (settled ? outdated.sort((a, b) => b - a)[0] : undefined);
    const pod = doomed === undefined ? undefined : pods.get(doomed);
    if (pod !== undefined && pod.metadata.deletionTimestamp === undefined) deleteObject(state, "pods", pod);
    count(set, hash);
  }
  function count(set: Workload, hash: string) {
    const pods = ownedPods(state, set);
    const ready = pods.filter(isReady).length;
    const updated = pods.filter((pod) => pod.metadata.labels?.[HASH_LABEL] === hash).length;
    const status = {
      observedGeneration: set.metadata.generation,
      replicas: pods.length,
      readyReplicas: ready,
      availableReplicas: ready,
      currentReplicas: updated,
      updatedReplicas: updated,
      currentRevision: `${set.metadata.name}-${hash}`,
      updateRevision: `${set.metadata.name}-${hash}`,
      collisionCount: 0,
    };
    if (JSON.stringify(status) !== JSON.stringify(set.status)) store.put(STATEFULSETS, { ...set, status });
  }
  const soon = (namespace: string, name: string) =>
    queue.add(`sts/${namespace}/${name}`, () => sync(namespace, name));
  store.subscribe(STATEFULSETS, ({ type, object, before }) => {
    if (type !== "DELETED" && object.spec !== before?.spec)
      soon(object.metadata.namespace ?? "", object.metadata.name);
  });
  store.subscribe("pods", ({ object }) => {
    const owner = controllerOf(object);
    if (owner?.kind === "StatefulSet") soon(object.metadata.namespace ?? "", owner.name);
  });
}
