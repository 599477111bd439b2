/** What a pod is to a drain, by kubectl's rules and its disruption budgets. Pure. */
import { type LabelSelector, selects } from "./label-selector.ts";

interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly effect?: string;
}
/** The fields of a Pod that a drain reads. */
export interface DrainedPod {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly creationTimestamp?: string;
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
    readonly tolerations?: readonly Toleration[];
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
  /** It came after the cordon, which it tolerates: it would be made anew on the same node, over and over. */
  "returned",
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
  { sinceMs, nowMs }: { readonly sinceMs: number; readonly nowMs: number },
  spent: ReadonlyMap<string, number>,
): PodClass {
  if (pod.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) return "mirror";
  const controller = pod.metadata.ownerReferences?.find((owner) => owner.controller === true);
  if (controller?.kind === "DaemonSet") return "daemon";
  if (controller !== undefined && cameBack(pod, sinceMs)) return "returned";
  if (pod.metadata.deletionTimestamp !== undefined)
    return !node.ready && Date.parse(pod.metadata.deletionTimestamp) <= nowMs ? "lost" : "leaving";
  if (isFinished(pod)) return "finished";
  if (controller === undefined) return "unmanaged";
  return budgetClass(pod, budgets, spent);
}

/** What the node lifecycle controller puts on a Node that is cordoned; a NoSchedule taint, which the scheduler heeds. */
const CORDON_TAINT = "node.kubernetes.io/unschedulable";

/**
 * kubectl drain looks at a node once and does not wait for such pods either. Operators of networks tolerate everything:
 * whoever evicts them as often as they come never ends.
 */
function cameBack({ metadata, spec }: DrainedPod, sinceMs: number): boolean {
  const isLater = Date.parse(metadata.creationTimestamp ?? "") >= sinceMs;
  const tolerates = ({ key, operator, effect }: Toleration) =>
    (key === CORDON_TAINT || (key === undefined && operator === "Exists")) &&
    (effect === undefined || effect === "NoSchedule");
  return isLater && spec?.tolerations?.some(tolerates) === true;
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

export function budgetsOf(pod: DrainedPod, budgets: readonly Budget[]): readonly Budget[] {
  return budgets.filter(
    ({ metadata, spec }) =>
      metadata.namespace === pod.metadata.namespace && selects(spec?.selector, pod.metadata.labels),
  );
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
