/** What a pod is to a drain, by kubectl's rules and its disruption budgets. Pure. */
import { type LabelSelector, selects } from "./label-selector.ts";

/** The fields of a Pod that a drain reads. */
export interface DrainedPod {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly creationTimestamp?: string;
    /** When its grace ends. */
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly controller?: boolean;
    }[];
  };
  readonly spec?: {
    readonly nodeName?: string;
    readonly tolerations?: readonly {
      readonly key?: string;
      readonly operator?: string;
      readonly effect?: string;
    }[];
    readonly volumes?: readonly { readonly name: string; readonly emptyDir?: unknown }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime?: string;
    }[];
  };
}
/** The fields of a PodDisruptionBudget that a drain reads. */
export interface Budget {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly generation?: number };
  readonly spec?: { readonly selector?: LabelSelector; readonly unhealthyPodEvictionPolicy?: string };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly disruptionsAllowed?: number;
    readonly currentHealthy?: number;
    readonly desiredHealthy?: number;
  };
}

export const POD_CLASSES = [
  /** The kubelet's own, from a file: it cannot be evicted, and goes with its machine. */
  "mirror",
  /** A DaemonSet's: it would be made anew on the same node. */
  "daemon",
  /** Terminating on a node that nobody hears of: nothing will ever confirm its end. */
  "lost",
  /** Terminating. */
  "leaving",
  /** Succeeded or failed. */
  "finished",
  /** No controller would make it anew: kubectl wants --force. */
  "unmanaged",
  /** Its disruption budget allows no disruption now. */
  "held",
  /** Two budgets want a say, and the eviction API answers 500. */
  "contested",
  /** Came after the cordon, which it tolerates: evicted, it would come back for ever. Its budget would let it go. */
  "returned",
  /** May be evicted. */
  "free",
] as const;
export type PodClass = (typeof POD_CLASSES)[number];

const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";

/** The taint that a cordon puts on a Node. Source: https://kubernetes.io/docs/reference/labels-annotations-taints/ */
const CORDON = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" } as const;

/**
 * @param node `sinceMs` is when it was cordoned
 * @param spent disruptions already taken from each budget in this decision, by `namespace/name`
 */
export function classify(
  pod: DrainedPod,
  budgets: readonly Budget[],
  node: { readonly ready: boolean; readonly sinceMs: number },
  nowMs: number,
  spent: ReadonlyMap<string, number>,
): PodClass {
  if (pod.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) return "mirror";
  const controller = pod.metadata.ownerReferences?.find((owner) => owner.controller === true);
  if (controller?.kind === "DaemonSet") return "daemon";
  if (pod.metadata.deletionTimestamp !== undefined)
    return !node.ready && Date.parse(pod.metadata.deletionTimestamp) <= nowMs ? "lost" : "leaving";
  if (isFinished(pod)) return "finished";
  if (controller === undefined) return "unmanaged";
  const is = budgetClass(pod, budgets, spent);
  return is === "free" && hasReturned(pod, node.sinceMs) ? "returned" : is;
}

/** By a clock that is behind ours it is evicted a few times more, until that clock has passed the cordon too. */
function hasReturned({ metadata, spec }: DrainedPod, cordonedMs: number): boolean {
  const tolerates = spec?.tolerations?.some(
    ({ key, operator, effect }) =>
      (effect === undefined || effect === CORDON.effect) &&
      (key === CORDON.key || (key === undefined && operator === "Exists")),
  );
  return tolerates === true && Date.parse(metadata.creationTimestamp ?? "") > cordonedMs;
}

/** As the eviction API decides it. Source: kubernetes/pkg/registry/core/pod/storage/eviction.go */
export function budgetClass(
  pod: DrainedPod,
  budgets: readonly Budget[],
  spent: ReadonlyMap<string, number>,
): "free" | "held" | "contested" {
  if (promisesNothing(pod)) return "free";
  if (budgetsOf(pod, budgets).length > 1) return "contested";
  const budget = spentBudget(pod, budgets);
  if (budget === undefined) return "free";
  const { observedGeneration = 0, disruptionsAllowed = 0 } = budget.status ?? {};
  const processed = observedGeneration >= (budget.metadata.generation ?? 0);
  return processed && disruptionsAllowed > (spent.get(nameOf(budget)) ?? 0) ? "free" : "held";
}

/** The budget that the pod's eviction takes a disruption from; nothing for a pod that goes whatever its budget allows. */
export function spentBudget(pod: DrainedPod, budgets: readonly Budget[]): Budget | undefined {
  if (promisesNothing(pod)) return undefined;
  return budgetsOf(pod, budgets).find((budget) => !unhealthyMayGo(pod, budget));
}
/**
 * Budgets of a namespace that are read. Whoever has a namespace may make as many as they like, and each pod is held against
 * each; one that is not read is still the server's to heed, and refuses the eviction.
 */
const BUDGETS_OF_NAMESPACE_MAX = 500;
const indexes = new WeakMap<readonly Budget[], ReadonlyMap<string | undefined, readonly Budget[]>>();

export function budgetsOf(pod: DrainedPod, budgets: readonly Budget[]): readonly Budget[] {
  const index = indexes.get(budgets) ?? Map.groupBy(budgets, ({ metadata }) => metadata.namespace);
  indexes.set(budgets, index);
  return (index.get(pod.metadata.namespace) ?? [])
    .slice(0, BUDGETS_OF_NAMESPACE_MAX)
    .filter(({ spec }) => selects(spec?.selector, pod.metadata.labels));
}

/** `shop/web` */
export function nameOf({ metadata }: Pick<DrainedPod, "metadata"> | Pick<Budget, "metadata">): string {
  return `${metadata.namespace ?? "default"}/${metadata.name}`;
}

function isFinished(pod: DrainedPod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

/** It serves nobody, or nobody yet. */
function promisesNothing(pod: DrainedPod): boolean {
  return isFinished(pod) || pod.status?.phase === "Pending";
}

function unhealthyMayGo(pod: DrainedPod, { spec, status }: Budget): boolean {
  const ready = pod.status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True");
  if (ready === true) return false;
  if (spec?.unhealthyPodEvictionPolicy === "AlwaysAllow") return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return desiredHealthy > 0 && currentHealthy >= desiredHealthy;
}
