/** Decides, kind by kind in order of dependency, what is to be done now. Pure. */
import type { CommandNews } from "../nodes/commands.ts";
import type { CloudError } from "../ports/cloud-error.ts";
import type { Action, Cluster, Named, Plan, Problem, Waiting } from "../resources/resource.ts";
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
  /** Of commands that it carries out. */
  readonly commands?: readonly CommandNews[];
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
/** What one kind's own planning came to, and on which observation it rests. */
export interface KindPlan {
  readonly observation: Observation;
  readonly desired: readonly Named[] | Waiting;
  readonly observed: number;
  readonly plan: Plan<Action>;
}

export interface ClusterPlan {
  readonly states: readonly KindState[];
  /** Of the kinds that were planned, by kind. */
  readonly plans: ReadonlyMap<string, KindPlan>;
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
  /** Plans of an earlier look with the same spec, pins and facts: those of steady kinds that look the same still hold. */
  readonly earlier?: ReadonlyMap<string, KindPlan>;
}): ClusterPlan {
  const { kinds, cluster, observations, inFlight, backingOff, nowMs, earlier } = input;
  const plans = new Map<string, KindPlan>();
  const states = new Map<string, KindState>();
  const due: PlannedAction[] = [];
  /** Kinds that stand on a stranger's resource, if only by way of one that has nothing to do. */
  const misplaced = new Set<string>();
  for (const kind of cluster.deleting ? [...kinds].reverse() : kinds) {
    const first = cluster.deleting ? dependents(kind, kinds) : kind.after;
    const blockedBy = first.filter((name) => states.get(name)?.settled === false || misplaced.has(name));
    const observation = observations.get(kind.kind);
    const before = kind.steady === true ? earlier?.get(kind.kind) : undefined;
    const own =
      before !== undefined && before.observation === observation
        ? before
        : planOwn(kind, cluster, observation, nowMs);
    if (own !== undefined) plans.set(kind.kind, own);
    const state = stateOf(kind, cluster, observation, own, inFlight, blockedBy);
    states.set(kind.kind, state);
    if (blocks(state) || first.some((name) => misplaced.has(name))) misplaced.add(kind.kind);
    if (blockedBy.length > 0) continue;
    for (const action of state.actions) {
      if (!inFlight.has(action.key) && !backingOff.has(action.key)) due.push({ kind, action });
    }
  }
  return {
    states: kinds.map((kind) => states.get(kind.kind)).filter((state) => state !== undefined),
    plans,
    due,
  };
}

/** A name taken by somebody else: what stands on it would stand on a stranger's resource. */
function blocks(state: KindState): boolean {
  return state.problems.some((problem) => problem.code === "conflict");
}

function dependents(kind: AnyKind, kinds: readonly AnyKind[]): readonly string[] {
  return kinds.filter((other) => other.after.includes(kind.kind)).map((other) => other.kind);
}

const NO_PLAN: Plan<Action> = { actions: [], waiting: [], problems: [] };

/** Nothing of a kind that was not seen. */
function planOwn(
  kind: AnyKind,
  cluster: Cluster,
  observation: Observation | undefined,
  nowMs: number,
): KindPlan | undefined {
  if (observation?.seen !== true) return undefined;
  const observed = kind.own?.(observation.observed, cluster) ?? observation.observed;
  const desired: readonly Named[] | Waiting = cluster.deleting ? [] : kind.desire(cluster);
  const plan = Array.isArray(desired) ? kind.plan({ cluster, desired, observed, nowMs }) : NO_PLAN;
  return { observation, desired, observed: observed.length, plan };
}

function stateOf(
  kind: AnyKind,
  cluster: Cluster,
  observation: Observation | undefined,
  own: KindPlan | undefined,
  inFlight: ReadonlyMap<string, string>,
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
  if (own === undefined) throw new Error(`${kind.kind} was seen and not planned`);
  const { desired, observed, plan } = own;
  if (!Array.isArray(desired)) {
    const waiting = [desired as Waiting];
    return { ...nothing, observed, waiting, undecided: true, unseen: undefined, settled: false };
  }
  const underWay = [...inFlight.values()].includes(kind.kind);
  const moving = plan.actions.length > 0 || plan.waiting.length > 0 || underWay;
  return { ...nothing, desired: desired.length, observed, ...plan, unseen: undefined, settled: !moving };
}

/** A kind inside the cluster, whose API does not answer (yet, or any more). */
function unreached(state: Omit<KindState, "unseen" | "settled">, cluster: Cluster): KindState {
  if (cluster.deleting) return { ...state, unseen: undefined, settled: true };
  const waiting = [{ key: state.kind, reason: "the cluster's Kubernetes API to answer" }];
  return { ...state, waiting, undecided: true, unseen: undefined, settled: false };
}
