/** Deployments: a ReplicaSet per template, the new one grown and the old ones shrunk within surge and unavailability. */
import { newMetadata, nowText } from "../api/state.ts";
import { type Condition, controllerOf, ownedBy, type Workload, withCondition } from "../objects/object.ts";
import type { Control } from "./control.ts";
import { hashOf } from "./pods.ts";
import { REPLICASETS } from "./replicaset.ts";

export const DEPLOYMENTS = "deployments.apps";
const HASH_LABEL = "pod-template-hash";
const REVISION = "deployment.kubernetes.io/revision";

/** `25%` of n, or a number as it is. */
export function share(value: unknown, of: number, round: (value: number) => number): number {
  if (typeof value === "number") return value;
  return round((Number.parseInt(String(value ?? "25%"), 10) / 100) * of);
}
const replicasOf = (set: Workload) => set.spec.replicas ?? 0;
const statusOf = (set: Workload, field: string) => Number(set.status?.[field] ?? 0);
const sum = (sets: readonly Workload[], value: (set: Workload) => number) =>
  sets.reduce((total, set) => total + value(set), 0);

interface Bounds {
  readonly maxTotal: number;
  readonly minAvailable: number;
}
function boundsOf(deployment: Workload): Bounds {
  const wanted = deployment.spec.replicas ?? 1;
  const strategy = deployment.spec["strategy"] as
    | { type?: string; rollingUpdate?: { maxSurge?: unknown; maxUnavailable?: unknown } }
    | undefined;
  if (strategy?.type === "Recreate") return { maxTotal: wanted, minAvailable: 0 };
  const surge = share(strategy?.rollingUpdate?.maxSurge, wanted, Math.ceil);
  const unavailable = share(strategy?.rollingUpdate?.maxUnavailable, wanted, Math.floor);
  return {
    maxTotal: wanted + surge,
    minAvailable: wanted - (surge === 0 && unavailable === 0 ? 1 : unavailable),
  };
}

/** Sizes of the new and the old sets in the next step. */
export function nextSizes(deployment: Workload, fresh: Workload, old: readonly Workload[]) {
  const wanted = deployment.spec.replicas ?? 1;
  const { maxTotal, minAvailable } = boundsOf(deployment);
  const total = replicasOf(fresh) + sum(old, replicasOf);
  const recreate = (deployment.spec["strategy"] as { type?: string } | undefined)?.type === "Recreate";
  const leaving = sum(old, (set) => Math.max(replicasOf(set), statusOf(set, "replicas")));
  const room = recreate && leaving > 0 ? 0 : Math.max(0, maxTotal - total);
  const grown = Math.min(
    wanted,
    replicasOf(fresh) + (old.some((set) => replicasOf(set) > 0) || recreate ? room : wanted),
  );
  // A set that was just cut still counts its old pods in its status: never count more than it shall have.
  const availableOf = (set: Workload) => Math.min(replicasOf(set), statusOf(set, "availableReplicas"));
  const unavailableFresh = replicasOf(fresh) - availableOf(fresh);
  let removable = recreate ? total : Math.max(0, total - minAvailable - unavailableFresh);
  let spare = recreate ? total : Math.max(0, availableOf(fresh) + sum(old, availableOf) - minAvailable);
  const sizes = old.map((set) => {
    const unhealthy = Math.min(replicasOf(set) - availableOf(set), removable);
    const healthy = Math.min(availableOf(set), spare, removable - unhealthy);
    removable -= unhealthy + healthy;
    spare -= healthy;
    return { set, replicas: replicasOf(set) - unhealthy - healthy };
  });
  return { fresh: grown, old: sizes };
}

export function startDeployments(control: Control): void {
  const { state, queue, record } = control;
  const { store } = state;

  function setsOf(deployment: Workload): readonly Workload[] {
    return store
      .dependents(deployment.metadata.uid)
      .filter(
        ({ resource, object }) =>
          resource === REPLICASETS && controllerOf(object)?.uid === deployment.metadata.uid,
      )
      .map(({ object }) => object as Workload);
  }
  function makeSet(deployment: Workload, hash: string, revision: number): Workload {
    const { template, selector } = deployment.spec;
    const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
    return store.put<Workload>(REPLICASETS, {
      kind: "ReplicaSet",
      apiVersion: "apps/v1",
      metadata: {
        ...newMetadata(state, `${deployment.metadata.name}-${hash}`, deployment.metadata.namespace),
        generation: 1,
        labels,
        annotations: { [REVISION]: String(revision) },
        ownerReferences: ownedBy(deployment),
      },
      spec: {
        replicas: 0,
        selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
      status: { replicas: 0 },
    });
  }
  function resize(deployment: Workload, set: Workload, replicas: number) {
    if (replicasOf(set) === replicas) return;
    const way = replicas > replicasOf(set) ? "up" : "down";
    const metadata = { ...set.metadata, generation: (set.metadata.generation ?? 1) + 1 };
    store.put<Workload>(REPLICASETS, { ...set, metadata, spec: { ...set.spec, replicas } });
    const message = `Scaled ${way} replica set ${set.metadata.name} from ${replicasOf(set)} to ${replicas}`;
    record({ about: deployment, reason: "ScalingReplicaSet", message, component: "deployment-controller" });
  }
  function sync(namespace: string, name: string) {
    const deployment = store.get<Workload>(DEPLOYMENTS, namespace, name);
    if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) return;
    const hash = hashOf(deployment.spec.template);
    const sets = setsOf(deployment);
    const revision = 1 + Math.max(0, ...sets.map((set) => Number(set.metadata.annotations?.[REVISION] ?? 0)));
    const found = sets.find((set) => set.metadata.labels?.[HASH_LABEL] === hash);
    if (deployment.spec["paused"] !== true) {
      const fresh = found ?? makeSet(deployment, hash, revision);
      const sizes = nextSizes(
        deployment,
        fresh,
        sets.filter((set) => set !== found),
      );
      for (const { set, replicas } of sizes.old) resize(deployment, set, replicas);
      resize(deployment, fresh, sizes.fresh);
    }
    count(deployment, hash);
  }
  function count(deployment: Workload, hash: string) {
    const current = store.get<Workload>(DEPLOYMENTS, deployment.metadata.namespace, deployment.metadata.name);
    if (current === undefined) return;
    const sets = setsOf(current);
    const fresh = sets.find((set) => set.metadata.labels?.[HASH_LABEL] === hash);
    const wanted = current.spec.replicas ?? 1;
    const available = sum(sets, (set) => statusOf(set, "availableReplicas"));
    const updated = fresh === undefined ? 0 : statusOf(fresh, "replicas");
    const total = sum(sets, (set) => statusOf(set, "replicas"));
    const done = updated === wanted && total === wanted && available >= wanted;
    const enough = available >= boundsOf(current).minAvailable;
    const now = nowText(state);
    const before = current.status?.["conditions"] as Condition[] | undefined;
    const availability: Condition = enough
      ? {
          type: "Available",
          status: "True",
          reason: "MinimumReplicasAvailable",
          message: "Deployment has minimum availability.",
        }
      : {
          type: "Available",
          status: "False",
          reason: "MinimumReplicasUnavailable",
          message: "Deployment does not have minimum availability.",
        };
    const progress: Condition = {
      type: "Progressing",
      status: "True",
      reason: done ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
      message: `ReplicaSet "${current.metadata.name}-${hash}" ${done ? "has successfully progressed." : "is progressing."}`,
    };
    const status = {
      observedGeneration: current.metadata.generation,
      replicas: total,
      updatedReplicas: updated,
      readyReplicas: sum(sets, (set) => statusOf(set, "readyReplicas")),
      availableReplicas: available,
      ...(wanted > available ? { unavailableReplicas: wanted - available } : {}),
      conditions: withCondition(withCondition(before, availability, now), progress, now),
    };
    const revision = fresh?.metadata.annotations?.[REVISION] ?? "1";
    const annotated = current.metadata.annotations?.[REVISION] === revision;
    if (annotated && JSON.stringify(status) === JSON.stringify(current.status)) return;
    const annotations = { ...current.metadata.annotations, [REVISION]: revision };
    store.put(DEPLOYMENTS, { ...current, metadata: { ...current.metadata, annotations }, status });
  }
  const soon = (namespace: string, name: string) =>
    queue.add(`deployment/${namespace}/${name}`, () => sync(namespace, name));
  store.subscribe(DEPLOYMENTS, ({ type, object, before }) => {
    if (type !== "DELETED" && object.spec !== before?.spec)
      soon(object.metadata.namespace ?? "", object.metadata.name);
  });
  store.subscribe(REPLICASETS, ({ object }) => {
    const owner = controllerOf(object);
    if (owner?.kind === "Deployment") soon(object.metadata.namespace ?? "", owner.name);
  });
}
