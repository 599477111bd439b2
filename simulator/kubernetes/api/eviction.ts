/** Evicting a pod: what its disruption budget says, decided as kubernetes/pkg/registry/core/pod/storage/eviction.go does. */

import { isDict } from "../apply/patches.ts";
import {
  conditionStatus,
  type Dict,
  type KubeObject,
  type LabelSelector,
  type Pod,
  withCondition,
} from "../objects/object.ts";
import { ApiError, forbidden, notFound, tooManyRequests } from "../objects/status.ts";
import { isDryRun, parseBody } from "./body.ts";
import { deleteObject, deletionOf } from "./deletion.ts";
import { stored } from "./read.ts";
import type { ApiAnswer, ResourceRequest } from "./request.ts";
import { matchesLabelSelector } from "./selectors.ts";
import { type ClusterState, nowText } from "./state.ts";

export const BUDGETS = "poddisruptionbudgets.policy";
const TWO_BUDGETS =
  "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
const WOULD_VIOLATE = "Cannot evict pod as it would violate the pod's disruption budget.";

export function budgetsOf(state: ClusterState, pod: KubeObject): readonly KubeObject[] {
  return state.store
    .list(BUDGETS, pod.metadata.namespace)
    .filter((budget) =>
      matchesLabelSelector(budget.spec?.["selector"] as LabelSelector | undefined, pod.metadata.labels),
    );
}

/** Pods that hold no promise of availability go whatever the budget says. */
function ignoresBudget(pod: Pod): boolean {
  return (
    ["Succeeded", "Failed", "Pending"].includes(pod.status.phase ?? "") ||
    pod.metadata.deletionTimestamp !== undefined
  );
}
/** A pod that is not ready anyway may go by the budget's unhealthyPodEvictionPolicy. */
function unhealthyMayGo(budget: KubeObject, pod: Pod): boolean {
  if (conditionStatus(pod, "Ready") === "True") return false;
  if (budget.spec?.["unhealthyPodEvictionPolicy"] === "AlwaysAllow") return true;
  const { currentHealthy, desiredHealthy } = (budget.status ?? {}) as Record<string, number>;
  return (desiredHealthy ?? 0) > 0 && (currentHealthy ?? 0) >= (desiredHealthy ?? 0);
}

/** Takes one disruption from the budget. @throws ApiError 429 naming the budget when there is none to take */
function spend(state: ClusterState, budget: KubeObject, pod: Pod, dryRun: boolean): void {
  const { name } = budget.metadata;
  const status = (budget.status ?? {}) as Dict & { observedGeneration?: number; disruptionsAllowed?: number };
  const blocked = (message: string, retryAfterSeconds: number) =>
    tooManyRequests(WOULD_VIOLATE, [{ reason: "DisruptionBudget", message }], retryAfterSeconds);
  if ((status.observedGeneration ?? 0) < (budget.metadata.generation ?? 1))
    throw blocked(`The disruption budget ${name} is still being processed by the server.`, 10);
  const allowed = status.disruptionsAllowed ?? 0;
  if (allowed < 0)
    throw forbidden(
      { group: "policy", resource: "poddisruptionbudgets", name },
      "pdb disruptions allowed is negative",
    );
  if (allowed === 0)
    throw blocked(
      `The disruption budget ${name} needs ${status["desiredHealthy"] ?? 0} healthy pods and has ${status["currentHealthy"] ?? 0} currently`,
      0,
    );
  if (dryRun) return;
  const disruptedPods = {
    ...(status["disruptedPods"] as Dict | undefined),
    [pod.metadata.name]: nowText(state),
  };
  state.store.put(BUDGETS, {
    ...budget,
    status: { ...status, disruptionsAllowed: allowed - 1, disruptedPods },
  });
}

export function evict(state: ClusterState, request: ResourceRequest): ApiAnswer {
  const pod = stored(state, request) as Pod;
  const body = parseBody(request.body, request.contentType);
  const options = isDict(body) && isDict(body["deleteOptions"]) ? body["deleteOptions"] : {};
  const uid = (options["preconditions"] as { uid?: string } | undefined)?.uid;
  if (uid !== undefined && uid !== pod.metadata.uid)
    throw notFound({ ...request.definition, name: request.name });
  const dryRun = isDryRun(request, options);
  if (!ignoresBudget(pod)) {
    const budgets = budgetsOf(state, pod);
    if (budgets.length > 1) {
      const error = new ApiError(500, "", TWO_BUDGETS);
      delete error.status.reason;
      throw error;
    }
    const [budget] = budgets;
    if (budget !== undefined && !unhealthyMayGo(budget, pod)) spend(state, budget, pod, dryRun);
  }
  if (!dryRun) {
    const disrupted = {
      type: "DisruptionTarget",
      status: "True",
      reason: "EvictionByEvictionAPI",
      message: "Eviction API: evicting",
    } as const;
    const marked = state.store.put("pods", {
      ...pod,
      status: { ...pod.status, conditions: withCondition(pod.status.conditions, disrupted, nowText(state)) },
    });
    deleteObject(state, "pods", marked, deletionOf("pods", options));
  }
  return {
    status: 201,
    body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 },
  };
}
