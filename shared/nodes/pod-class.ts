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
  /** May be evicted. */
  "free",
] as const;
export type PodClass = (typeof POD_CLASSES)[number];

const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";

/** @param spent disruptions already taken from each budget in this decision, by `namespace/name` */
export function classify(
  pod: DrainedPod,
  budgets: readonly Budget[],
  node: { readonly ready: boolean },
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
  return budgetClass(pod, budgets, spent);
}

/** As the eviction API decides it. Source: kubernetes/pkg/registry/core/pod/storage/eviction.go */
export function budgetClass(
  pod: DrainedPod,
  budgets: readonly Budget[],
  spent: ReadonlyMap<string, number>,
): "free" | "held" | "contested" {
  if (isFinished(pod) || pod.status?.phase === "Pending") return "free";
  const [budget, second] = budgetsOf(pod, budgets);
  if (budget === undefined) return "free";
  if (second !== undefined) return "contested";
  if (unhealthyMayGo(pod, budget)) return "free";
  const { observedGeneration = 0, disruptionsAllowed = 0 } = budget.status ?? {};
  const processed = observedGeneration >= (budget.metadata.generation ?? 0);
  return processed && disruptionsAllowed > (spent.get(nameOf(budget)) ?? 0) ? "free" : "held";
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

function unhealthyMayGo(pod: DrainedPod, { spec, status }: Budget): boolean {
  const ready = pod.status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True");
  if (ready === true) return false;
  if (spec?.unhealthyPodEvictionPolicy === "AlwaysAllow") return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return desiredHealthy > 0 && currentHealthy >= desiredHealthy;
}
