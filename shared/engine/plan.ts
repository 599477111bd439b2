/** Decides, kind by kind in order of dependency, what is to be done now. Pure. */
import type { CloudError } from "../ports/cloud-error.ts";
import type { Action, Cluster, Problem, Waiting } from "../resources/resource.ts";
import type { AnyKind } from "./kind.ts";
import type { Observation } from "./observe.ts";

/** One kind in one pass. */
export interface KindState {
  readonly kind: string;
  readonly desired: number;
  readonly observed: number;
  readonly actions: readonly Action[];
  readonly waiting: readonly Waiting[];
  readonly problems: readonly Problem[];
  /** Kinds that must settle first. */
  readonly blockedBy: readonly string[];
  /** What it should be is not known yet, for facts are missing. */
  readonly undecided: boolean;
  /** It could not be observed. */
  readonly unseen: CloudError | undefined;
  /** Nothing to do, nothing going on, nothing waited for. Problems do not unsettle: only a person ends them. */
  readonly settled: boolean;
}

export interface PlannedAction {
  readonly kind: AnyKind;
  readonly action: Action;
}
export interface ClusterPlan {
  readonly states: readonly KindState[];
  /** What may be performed now. */
  readonly due: readonly PlannedAction[];
}

export function planCluster(input: {
  readonly kinds: readonly AnyKind[];
  readonly cluster: Cluster;
  readonly observations: ReadonlyMap<string, Observation>;
  /** Keys with an operation under way, and their kinds: left alone until it ends. */
  readonly inFlight: ReadonlyMap<string, string>;
  /** Keys that failed and wait for their next try. */
  readonly backingOff: ReadonlySet<string>;
  readonly nowMs: number;
}): ClusterPlan {
  const { kinds, cluster, observations, inFlight, backingOff, nowMs } = input;
  const states = new Map<string, KindState>();
  const due: PlannedAction[] = [];
  /** Kinds that stand on a stranger's resource, if only by way of one that has nothing to do. */
  const misplaced = new Set<string>();
  for (const kind of cluster.deleting ? [...kinds].reverse() : kinds) {
    const first = cluster.deleting ? dependents(kind, kinds) : kind.after;
    const blockedBy = first.filter((name) => states.get(name)?.settled === false || misplaced.has(name));
    const state = planKind(kind, cluster, observations.get(kind.kind), inFlight, nowMs, blockedBy);
    states.set(kind.kind, state);
    if (blocks(state) || first.some((name) => misplaced.has(name))) misplaced.add(kind.kind);
    if (blockedBy.length > 0) continue;
    for (const action of state.actions) {
      if (!inFlight.has(action.key) && !backingOff.has(action.key)) due.push({ kind, action });
    }
  }
  return { states: kinds.map((kind) => states.get(kind.kind)).filter((state) => state !== undefined), due };
}

/** A name taken by somebody else: what stands on it would stand on a stranger's resource. */
function blocks(state: KindState): boolean {
  return state.problems.some((problem) => problem.code === "conflict");
}

function dependents(kind: AnyKind, kinds: readonly AnyKind[]): readonly string[] {
  return kinds.filter((other) => other.after.includes(kind.kind)).map((other) => other.kind);
}

function planKind(
  kind: AnyKind,
  cluster: Cluster,
  observation: Observation | undefined,
  inFlight: ReadonlyMap<string, string>,
  nowMs: number,
  blockedBy: readonly string[],
): KindState {
  const nothing = {
    kind: kind.kind,
    desired: 0,
    observed: 0,
    actions: [],
    waiting: [],
    problems: [],
    blockedBy,
    undecided: false,
  };
  if (observation === undefined) return unreached(nothing, cluster);
  if (!observation.seen) return { ...nothing, unseen: observation.error, settled: false };
  const observed = kind.own?.(observation.observed, cluster) ?? observation.observed;
  const desired = cluster.deleting ? [] : kind.desire(cluster);
  if (!Array.isArray(desired)) {
    const waiting = [desired as Waiting];
    const state = { ...nothing, observed: observed.length, waiting, undecided: true };
    return { ...state, unseen: undefined, settled: false };
  }
  const plan = kind.plan({ cluster, desired, observed, nowMs });
  const underWay = [...inFlight.values()].includes(kind.kind);
  const moving = plan.actions.length > 0 || plan.waiting.length > 0 || underWay;
  return {
    ...nothing,
    desired: desired.length,
    observed: observed.length,
    ...plan,
    unseen: undefined,
    settled: !moving,
  };
}

/** A kind inside the cluster, whose API does not answer (yet, or any more). */
function unreached(state: Omit<KindState, "unseen" | "settled">, cluster: Cluster): KindState {
  if (cluster.deleting) return { ...state, unseen: undefined, settled: true };
  const waiting = [{ key: state.kind, reason: "the cluster's Kubernetes API to answer" }];
  return { ...state, waiting, undecided: true, unseen: undefined, settled: false };
}
