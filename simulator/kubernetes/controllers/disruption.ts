/** The disruption controller: how many pods of a budget may be disrupted now. */
import { BUDGETS } from "../api/eviction.ts";
import { matchesLabelSelector } from "../api/selectors.ts";
import { nowText } from "../api/state.ts";
import {
  type Condition,
  controllerOf,
  type KubeObject,
  type LabelSelector,
  type Pod,
  type Workload,
  withCondition,
} from "../objects/object.ts";
import { isReady } from "../workloads/pod-ready.ts";
import type { Control } from "./control.ts";

// kubernetes/pkg/controller/disruption DeletionTimeout: an eviction that does not end in deletion is forgotten.
const DELETION_TIMEOUT_MS = 2 * 60_000;
const SCALED: Readonly<Record<string, string>> = {
  ReplicaSet: "replicasets.apps",
  StatefulSet: "statefulsets.apps",
};

function percent(value: unknown, of: number): number {
  return typeof value === "number" ? value : Math.ceil((Number.parseInt(String(value), 10) / 100) * of);
}
/** How many pods the budget counts on, and how many of them must stay healthy. */
export function demands(
  spec: KubeObject["spec"],
  pods: number,
  expected: number,
): { expected: number; desired: number } {
  if (spec?.["maxUnavailable"] !== undefined)
    return { expected, desired: Math.max(0, expected - percent(spec["maxUnavailable"], expected)) };
  const minimum = spec?.["minAvailable"];
  if (typeof minimum === "string") return { expected, desired: percent(minimum, expected) };
  return { expected: pods, desired: Number(minimum ?? 0) };
}

export function startDisruptionBudgets({ state, queue }: Control): void {
  const { store } = state;

  /** Replicas that the owners of the pods want: percentages are of them, not of what happens to run. */
  function expectedOf(pods: readonly Pod[]): number {
    const owners = new Map<string, number>();
    let loose = 0;
    for (const pod of pods) {
      const owner = controllerOf(pod);
      const resource = owner && SCALED[owner.kind];
      const set =
        owner && resource ? store.get<Workload>(resource, pod.metadata.namespace, owner.name) : undefined;
      if (owner === undefined || set === undefined) loose += 1;
      else owners.set(owner.uid, deploymentReplicas(set) ?? set.spec.replicas ?? 1);
    }
    return loose + [...owners.values()].reduce((sum, count) => sum + count, 0);
  }
  /** In a rollout several sets share one Deployment; it is counted once, by its newest set. */
  function deploymentReplicas(set: Workload): number | undefined {
    const owner = controllerOf(set);
    if (owner?.kind !== "Deployment") return undefined;
    const deployment = store.get<Workload>("deployments.apps", set.metadata.namespace, owner.name);
    return deployment === undefined
      ? undefined
      : Math.min(set.spec.replicas ?? 0, deployment.spec.replicas ?? 1);
  }
  function stillDisrupted(budget: KubeObject, pods: readonly Pod[]): Record<string, string> {
    const recorded = (budget.status?.["disruptedPods"] as Record<string, string> | undefined) ?? {};
    const live = new Map(pods.map((pod) => [pod.metadata.name, pod]));
    return Object.fromEntries(
      Object.entries(recorded).filter(([name, at]) => {
        const pod = live.get(name);
        const fresh = state.clock.nowMs() - Date.parse(at) < DELETION_TIMEOUT_MS;
        return pod !== undefined && pod.metadata.deletionTimestamp === undefined && fresh;
      }),
    );
  }
  function sync(namespace: string, name: string) {
    const budget = store.get(BUDGETS, namespace, name);
    if (budget === undefined) return;
    const selector = budget.spec?.["selector"] as LabelSelector | undefined;
    const pods = store
      .list<Pod>("pods", namespace)
      .filter(
        (pod) =>
          matchesLabelSelector(selector, pod.metadata.labels) &&
          !["Succeeded", "Failed"].includes(pod.status.phase ?? ""),
      );
    const { expected, desired } = demands(budget.spec, pods.length, expectedOf(pods));
    const disruptedPods = stillDisrupted(budget, pods);
    const healthy = pods.filter(
      (pod) => isReady(pod) && disruptedPods[pod.metadata.name] === undefined,
    ).length;
    const allowed = expected === 0 ? 0 : Math.max(0, healthy - desired);
    const condition: Condition = {
      type: "DisruptionAllowed",
      status: allowed > 0 ? "True" : "False",
      reason: allowed > 0 ? "SufficientPods" : "InsufficientPods",
      message: "",
      observedGeneration: budget.metadata.generation,
    };
    const status = {
      observedGeneration: budget.metadata.generation,
      ...(Object.keys(disruptedPods).length === 0 ? {} : { disruptedPods }),
      disruptionsAllowed: allowed,
      currentHealthy: healthy,
      desiredHealthy: desired,
      expectedPods: expected,
      conditions: withCondition(
        budget.status?.["conditions"] as Condition[] | undefined,
        condition,
        nowText(state),
      ),
    };
    if (JSON.stringify(status) !== JSON.stringify(budget.status)) store.put(BUDGETS, { ...budget, status });
    if (Object.keys(disruptedPods).length > 0)
      queue.add(`pdb-timeout/${namespace}/${name}`, () => sync(namespace, name), DELETION_TIMEOUT_MS);
  }
  const soon = (budget: KubeObject) => {
    const { namespace = "", name } = budget.metadata;
    queue.add(`pdb/${namespace}/${name}`, () => sync(namespace, name));
  };
  store.subscribe(BUDGETS, ({ type, object, before }) => {
    if (type !== "DELETED" && object.spec !== before?.spec) soon(object);
  });
  store.subscribe("pods", ({ object }) => {
    if (store.count(BUDGETS) === 0) return;
    for (const budget of store.list(BUDGETS, object.metadata.namespace))
      if (
        matchesLabelSelector(budget.spec?.["selector"] as LabelSelector | undefined, object.metadata.labels)
      )
        soon(budget);
  });
}
