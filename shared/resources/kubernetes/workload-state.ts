/** Is a workload available, and if not, what do its pods say? */

import { objectTitle, type ServedObject } from "./object.ts";
import type { ServedCondition } from "./observe.ts";

/** The fields of a Pod that tell why it does not run. */
export interface PodFacts {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly ServedCondition[];
    readonly initContainerStatuses?: readonly ContainerFacts[];
    readonly containerStatuses?: readonly ContainerFacts[];
  };
}
interface ContainerFacts {
  readonly name: string;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: { readonly exitCode?: number; readonly reason?: string };
  };
}

interface Workload {
  readonly metadata: { readonly generation?: number };
  readonly spec?: {
    readonly replicas?: number;
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly template?: { readonly metadata?: { readonly labels?: Readonly<Record<string, string>> } };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly readyReplicas?: number;
    readonly conditions?: readonly ServedCondition[];
  };
}

/** Undefined when there is nothing to wait for; else a noun phrase: "DaemonSet kube-system/x on 2 of 3 nodes (…)". */
export function unavailable(object: ServedObject, pods: readonly PodFacts[] = []): string | undefined {
  const state = progress(object.kind, object as unknown as Workload);
  if (state === undefined) return undefined;
  const trouble = podTrouble(object, pods);
  return `${objectTitle(object)} ${state}${trouble === undefined ? "" : ` (${trouble})`}`;
}

function progress(kind: string, workload: Workload): string | undefined {
  const { spec, status, metadata } = workload;
  const seen =
    status?.observedGeneration === undefined || status.observedGeneration >= (metadata.generation ?? 0);
  if (kind === "DaemonSet") {
    if (status?.desiredNumberScheduled === undefined || !seen) return "to be scheduled";
    const wanted = status.desiredNumberScheduled;
    const available = Math.min(status.numberAvailable ?? 0, status.updatedNumberScheduled ?? wanted);
    return available >= wanted ? undefined : `to run on every node: ${available} of ${wanted}`;
  }
  if (kind === "Deployment" || kind === "StatefulSet") {
    if (status === undefined || !seen) return "to be scheduled";
    const wanted = spec?.replicas ?? 1;
    const running = (kind === "Deployment" ? status.availableReplicas : status.readyReplicas) ?? 0;
    const available = Math.min(running, status.updatedReplicas ?? running);
    return available >= wanted ? undefined : `to be available: ${available} of ${wanted} replicas`;
  }
  if (kind === "Job") return jobState(workload) === "complete" ? undefined : "to complete";
  return undefined;
}

export type JobState = "running" | "complete" | { readonly failedMs: number; readonly message: string };
export function jobState(job: object): JobState {
  const { status } = job as { readonly status?: unknown };
  const { conditions = [] } = (status ?? {}) as { conditions?: readonly ServedCondition[] };
  if (conditions.some((condition) => condition.type === "Complete" && condition.status === "True"))
    return "complete";
  const failed = conditions.find((condition) => condition.type === "Failed" && condition.status === "True");
  if (failed === undefined) return "running";
  const failedMs = Date.parse(failed.lastTransitionTime ?? "");
  const message = [failed.reason, failed.message]
    .filter((text) => text !== undefined && text !== "")
    .join(": ");
  return { failedMs: Number.isNaN(failedMs) ? 0 : failedMs, message };
}

const WELL: ReadonlySet<string> = new Set(["ContainerCreating", "PodInitializing"]);
/** The first pod of the workload that says why it does not run. */
export function podTrouble(object: ServedObject, pods: readonly PodFacts[]): string | undefined {
  const { spec } = object as unknown as Workload;
  const labels = spec?.selector?.matchLabels ?? spec?.template?.metadata?.labels;
  if (labels === undefined) return undefined;
  const own = pods.filter(
    (pod) =>
      pod.metadata.namespace === object.metadata.namespace &&
      Object.entries(labels).every(([key, value]) => pod.metadata.labels?.[key] === value),
  );
  for (const pod of own) {
    const reason = troubleOf(pod);
    if (reason !== undefined) return `pod ${pod.metadata.name}: ${reason}`;
  }
  return undefined;
}
function troubleOf({ status }: PodFacts): string | undefined {
  const unscheduled = status?.conditions?.find(
    (condition) => condition.type === "PodScheduled" && condition.status === "False",
  );
  if (unscheduled !== undefined) return join(unscheduled.reason ?? "Unschedulable", unscheduled.message);
  for (const { state } of [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]) {
    const reason = state?.waiting?.reason;
    if (reason !== undefined && !WELL.has(reason)) return join(reason, state?.waiting?.message);
    const code = state?.terminated?.exitCode ?? 0;
    if (code !== 0) return `${state?.terminated?.reason ?? "Error"}, exit code ${code}`;
  }
  return undefined;
}
/** Kubelets' messages can be whole pages. */
const MESSAGE_MAX = 200;
function join(reason: string, message: string | undefined): string {
  return message === undefined || message === "" ? reason : `${reason}: ${message.slice(0, MESSAGE_MAX)}`;
}
