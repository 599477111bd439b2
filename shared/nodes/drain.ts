/**
 * Decides how the drain of one cordoned node goes on: which pods are evicted now, what is waited for, whether it is
 * done. Pure.
 *
 *   in time ─drainTimeout─► overdue: paused (a person is told; it goes on when the way is free) or forced (and said)
 */
import {
  type Budget,
  budgetClass,
  budgetsOf,
  classify,
  type DrainedPod,
  nameOf,
  type PodClass,
} from "./pod-class.ts";

export type Patience = "in-time" | "paused" | "forcing";
type Answer =
  /** It does not hold up the drain. */
  | "ignore"
  | "evict"
  /** Its end is waited for. */
  | "wait"
  /** Waited for, and a person is told. */
  | "report"
  /** Evicted, or deleted where a budget stands against it. */
  | "force";

/**
 * kubectl's rules, with --ignore-daemonsets, with --delete-emptydir-data (a machine's scratch space goes with the
 * machine, whoever drains it) and without --force: a pod that nothing would make anew holds the drain up.
 */
const ANSWERS: Readonly<Record<PodClass, Readonly<Record<Patience, Answer>>>> = {
  mirror: { "in-time": "ignore", paused: "ignore", forcing: "ignore" },
  daemon: { "in-time": "ignore", paused: "ignore", forcing: "ignore" },
  returned: { "in-time": "ignore", paused: "ignore", forcing: "ignore" },
  lost: { "in-time": "ignore", paused: "ignore", forcing: "ignore" },
  // Its grace is its own; past the deadline the machine goes all the same.
  leaving: { "in-time": "wait", paused: "report", forcing: "ignore" },
  finished: { "in-time": "evict", paused: "evict", forcing: "evict" },
  unmanaged: { "in-time": "wait", paused: "report", forcing: "force" },
  held: { "in-time": "wait", paused: "report", forcing: "force" },
  contested: { "in-time": "report", paused: "report", forcing: "force" },
  free: { "in-time": "evict", paused: "evict", forcing: "evict" },
};

export interface DrainView {
  readonly node: { readonly name: string; readonly ready: boolean };
  /** When it was cordoned for this. */
  readonly sinceMs: number;
  readonly nowMs: number;
  readonly timeoutMs: number;
  readonly onTimeout: "pause" | "force";
  /** All pods of the node. */
  readonly pods: readonly DrainedPod[];
  /** All budgets of the cluster. */
  readonly budgets: readonly Budget[];
}
export interface Eviction {
  readonly pod: DrainedPod;
  /** delete overrides a budget: only by the pool's policy and past the deadline (S16). */
  readonly verb: "evict" | "delete";
  readonly reason: string;
}
export interface Blocker {
  /** `shop/web-1` */
  readonly pod: string;
  /** The disruption budgets that hold it. */
  readonly budgets: readonly string[];
  /** As a clause. */
  readonly why: string;
}
export interface DrainDecision {
  readonly evictions: readonly Eviction[];
  /** Nothing is left on the node that would have to leave it. */
  readonly finished: boolean;
  readonly patience: Patience;
  /** Clauses: what holds it up. */
  readonly waiting: readonly string[];
  /** The same, for programs. */
  readonly blockers: readonly Blocker[];
  readonly problems: readonly string[];
  /** Pods that went without their grace, or against their budget. */
  readonly overridden: readonly string[];
}

export function patienceOf({ sinceMs, nowMs, timeoutMs, onTimeout }: DrainView): Patience {
  if (nowMs < sinceMs + timeoutMs) return "in-time";
  return onTimeout === "force" ? "forcing" : "paused";
}

export function decideDrain(view: DrainView): DrainDecision {
  const patience = patienceOf(view);
  const evictions: Eviction[] = [];
  const blockers: Blocker[] = [];
  const problems: string[] = [];
  const overridden: string[] = [];
  const spent = new Map<string, number>();
  let holding = 0;
  for (const pod of view.pods) {
    const is = classify(pod, view.budgets, view.node, view, spent);
    const answer = ANSWERS[is][patience];
    if (answer === "ignore") {
      if (is === "leaving") overridden.push(`${nameOf(pod)} was still terminating`);
      continue;
    }
    holding += 1;
    if (answer === "evict") {
      spend(spent, pod, view.budgets);
      evictions.push({ pod, verb: "evict", reason: evictionReason(view, pod) });
    } else if (answer === "force") {
      const eviction = forced(view, pod, spent);
      if (eviction.verb === "evict") spend(spent, pod, view.budgets);
      overridden.push(eviction.reason);
      evictions.push(eviction);
    } else {
      blockers.push(blockerOf(is, pod, view.budgets));
      if (answer === "report") problems.push(complaint(view, is, pod, patience));
    }
  }
  const waiting = blockers.map(({ why }) => why);
  return { evictions, finished: holding === 0, patience, waiting, blockers, problems, overridden };
}

function blockerOf(is: PodClass, pod: DrainedPod, budgets: readonly Budget[]): Blocker {
  const its = is === "held" || is === "contested" ? budgetsOf(pod, budgets).map(nameOf) : [];
  return { pod: nameOf(pod), budgets: its, why: obstacle(is, pod, budgets) };
}

/** One eviction takes one disruption: the next pod of the same budget finds one less. */
function spend(spent: Map<string, number>, pod: DrainedPod, budgets: readonly Budget[]): void {
  for (const budget of budgetsOf(pod, budgets))
    spent.set(nameOf(budget), (spent.get(nameOf(budget)) ?? 0) + 1);
}

function evictionReason({ node }: DrainView, pod: DrainedPod): string {
  const scratch = pod.spec?.volumes?.some(({ emptyDir }) => emptyDir !== undefined) === true;
  return `node ${node.name} is being drained${scratch ? "; the pod's emptyDir goes with it" : ""}`;
}

function forced(view: DrainView, pod: DrainedPod, spent: ReadonlyMap<string, number>): Eviction {
  const free = budgetClass(pod, view.budgets, spent) === "free";
  const against = budgetsOf(pod, view.budgets).map((budget) => `budget ${nameOf(budget)}`);
  const cost = free ? "although no controller makes it anew" : `against ${against.join(" and ")}`;
  const since = new Date(view.sinceMs).toISOString();
  const reason =
    `forced, for onDrainTimeout is force and the drain of node ${view.node.name}, begun ${since}, is past its ` +
    `drainTimeout: pod ${nameOf(pod)} goes ${cost}`;
  return { pod, verb: free ? "evict" : "delete", reason };
}

function obstacle(is: PodClass, pod: DrainedPod, budgets: readonly Budget[]): string {
  const name = nameOf(pod);
  if (is === "leaving") return `pod ${name} is terminating`;
  if (is === "unmanaged") return `pod ${name} has no controller that would make it anew`;
  const its = budgetsOf(pod, budgets);
  const [budget] = its;
  if (is === "held" && budget !== undefined) {
    const { desiredHealthy = 0, currentHealthy = 0 } = budget.status ?? {};
    return `budget ${nameOf(budget)} (wants ${desiredHealthy} healthy pods, has ${currentHealthy}) holds pod ${name}`;
  }
  return `pod ${name} has more than one budget (${its.map(nameOf).join(", ")})`;
}

function complaint(view: DrainView, is: PodClass, pod: DrainedPod, patience: Patience): string {
  const name = nameOf(pod);
  const names = budgetsOf(pod, view.budgets).map(nameOf).join(" and ");
  const late =
    patience === "paused"
      ? `The drain of node ${view.node.name} is past its drainTimeout and pauses. `
      : `Node ${view.node.name} cannot be drained. `;
  return late + WAYS_OUT[is](name, names);
}

const GOES_ON = (name: string) => `It waits for pod ${name}.`;
const WAYS_OUT: Readonly<Record<PodClass, (pod: string, budgets: string) => string>> = {
  mirror: GOES_ON,
  daemon: GOES_ON,
  returned: GOES_ON,
  lost: GOES_ON,
  finished: GOES_ON,
  free: GOES_ON,
  leaving: (pod) => `Pod ${pod} does not end: look at its finalizers and its grace period.`,
  unmanaged: (pod) =>
    `No controller would make pod ${pod} anew: delete it, or set upgrade.onDrainTimeout: force.`,
  held: (pod, budgets) =>
    `Budget ${budgets} does not let pod ${pod} go: give its workload another replica, change the budget, or set upgrade.onDrainTimeout: force.`,
  contested: (pod, budgets) =>
    `Pod ${pod} has more than one disruption budget (${budgets}), which the eviction API refuses: keep one of them.`,
};
