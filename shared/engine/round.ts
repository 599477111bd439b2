/** One round of a pass: the mutations that are due after a look, and what the status then says. */
import type { ClusterStatus, EventLine } from "../status/cluster-status.ts";
import { haltIn } from "../status/condition.ts";
import { hearCommands } from "./commands.ts";
import type { Deadline } from "./deadline.ts";
import { rememberCare } from "./disruptions.ts";
import type { Engine } from "./engine.ts";
import { mayStillAct } from "./lease.ts";
import { epochOf } from "./look-memory.ts";
import { performActions } from "./perform.ts";
import type { ClusterPlan } from "./plan.ts";
import type { Look } from "./plan-look.ts";
import { careNews, withRepairs } from "./repair-report.ts";
import { report } from "./report.ts";
import { paced } from "./room.ts";
import { forgetStale, note, type Outcome, performed, type Work } from "./work.ts";

export interface RoundResult {
  readonly work: Work;
  /** Something was finished at once, so that another look is worth it now. */
  readonly again: boolean;
  /** Deleting, and nothing is left of it. */
  readonly gone: boolean;
}

export async function act(engine: Engine, seen: Look, deadline: Deadline): Promise<RoundResult> {
  const { cluster, plan, work } = seen;
  const { attempts, lease } = work.status;
  const mayBegin = () => lease === undefined || mayStillAct(lease, engine.clock.nowMs());
  const due = paced(plan.due, work.status.failures, engine.clock.nowMs());
  const outcomes = await performActions(engine.cloud, cluster, due, attempts, mayBegin, deadline);
  tellUnexpected(engine, cluster.id, outcomes);
  engine.memory.acted(cluster.uid, {
    epoch: epochOf(work.status),
    unsure: unsureKinds(plan, outcomes),
    ...(isCloudChanged(engine, outcomes) ? { nowMs: engine.clock.nowMs() } : {}),
  });
  return conclude(engine, seen, outcomes);
}

/** Kinds that must be looked at again, for what was due of them has no operation that will tell how it ended. */
function unsureKinds({ due }: ClusterPlan, outcomes: readonly Outcome[]): ReadonlySet<string> {
  const told = new Set(outcomes.filter(isUnderWay).map(({ action }) => action));
  return new Set(due.filter(({ action }) => !told.has(action)).map(({ kind }) => kind.kind));
}

/** By anything but what is said on Nodes and done with pods: of these a look from inside tells. */
function isCloudChanged({ clusterKinds }: Engine, outcomes: readonly Outcome[]): boolean {
  const inside = new Set(clusterKinds.map(({ kind }) => kind));
  return outcomes.some((outcome) => isUnderWay(outcome) || "error" in outcome || !inside.has(outcome.kind));
}

function isUnderWay(outcome: Outcome): boolean {
  return "started" in outcome && typeof outcome.started === "object";
}

/** What is to be said after a look and what was done about it. */
export function conclude(engine: Engine, seen: Look, outcomes: readonly Outcome[]): RoundResult {
  const { cluster, plan } = seen;
  const nowMs = engine.clock.nowMs();
  const done = outcomes.reduce(
    (sofar, outcome) => performed(sofar, outcome, nowMs, engine.chance.fraction()),
    seen.work,
  );
  const wanted = new Set(plan.states.flatMap((state) => state.actions.map((action) => action.key)));
  const cared = rememberCare(done, plan, cluster.facts, nowMs);
  const status = forgetStale(cared.status, wanted, nowMs);
  const kinds = [...engine.cloudKinds, ...engine.clusterKinds];
  const { facts } = cluster;
  const reported = withRepairs(report({ status, kinds, states: plan.states, facts, nowMs }), cluster, nowMs);
  const isMoving = outcomes.some(isBegun) || haveMoved(status, reported);
  const moved = isMoving ? { ...reported, movedMs: nowMs } : reported;
  const told = note(
    { ...cared, status: moved },
    ...careNews(status, reported),
    ...becameReady(status, reported),
  );
  return {
    work: hearCommands(told, plan.states, nowMs),
    again: outcomes.some((outcome) => "started" in outcome && outcome.started === "done"),
    gone: cluster.deleting && plan.states.every((state) => state.settled) && status.inFlight.length === 0,
  };
}

function isBegun(outcome: Outcome): boolean {
  return "started" in outcome && outcome.started !== "held";
}

function haveMoved({ nodes: before }: ClusterStatus, { nodes: after }: ClusterStatus): boolean {
  return before.ready !== after.ready || before.total !== after.total;
}

function becameReady(before: ClusterStatus, after: ClusterStatus): readonly EventLine[] {
  const { ready, desired } = after.nodes;
  const nodes = `${ready} of ${desired} nodes`;
  const isNew = after.readyGeneration !== before.readyGeneration;
  if (!isNew && (before.phase !== "Degraded" || after.phase !== "Ready")) return [];
  const halt = haltIn(after.conditions);
  if (isNew && halt !== undefined)
    return [{ level: "warning", verb: "halted", key: "cluster", message: halt }];
  const message = isNew ? `generation ${after.readyGeneration} is Ready: ${nodes}` : `Ready again: ${nodes}`;
  return [{ level: "info", verb: "ready", key: "cluster", message }];
}

/** The event names what failed; only the log has the stack of a mistake of ours. */
function tellUnexpected(engine: Engine, id: string, outcomes: readonly Outcome[]): void {
  for (const outcome of outcomes) {
    if (!("error" in outcome) || outcome.error.code !== "unexpected") continue;
    const { cause } = outcome.error;
    const stack = cause instanceof Error ? cause.stack : String(cause);
    engine.log("error", "unexpected failure", { cluster: id, key: outcome.action.key, stack });
  }
}
