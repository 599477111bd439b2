/** The conditions Repairing and Paused, and what NodesReady says of repairs. Pure. */
import { heldUp } from "../nodes/hold.ts";
import { isOpen } from "../nodes/pause.ts";
import { decideRepairs, isDraining, type PoolRepairs } from "../nodes/repair.ts";
import { careView } from "../resources/node-care/care-view.ts";
import { type MembersPlan, planMembers } from "../resources/node-care/plan-members.ts";
import { planSilence } from "../resources/node-care/silent-api-care.ts";
import type { Cluster } from "../resources/resource.ts";
import type { ClusterStatus, EventLine } from "../status/cluster-status.ts";
import { setCondition, type Verdict } from "../status/condition.ts";
import type { Reason } from "../status/reasons.ts";

/** How many things one message names before it counts the rest. */
const NAMED_MAX = 3;
const MESSAGE_LENGTH_MAX = 4_000;

/** Each appears once there is something to say, and stays: False is the good news. */
export function withRepairs(status: ClusterStatus, cluster: Cluster, nowMs: number): ClusterStatus {
  if (status.deleting) return status;
  const repairing = repairVerdict(cluster, status, nowMs);
  const paused = pauseVerdict(status, nowMs);
  let { conditions } = status;
  for (const [type, verdict] of [
    ["Repairing", repairing],
    ["Paused", paused],
  ] as const) {
    if (verdict === QUIET[type] && !conditions.some((one) => one.type === type)) continue;
    const next = { type, ...short(verdict), observedGeneration: status.generation };
    conditions = setCondition(conditions, next, nowMs);
  }
  return withProgress({ ...status, conditions }, repairing);
}

/** Characters of a line. */
const NEWS_LENGTH_MAX = 1_000;
/** Told once, or who follows events must guess why nothing happens. Brakes and what is done have events of their own. */
const NEWS: Readonly<Record<string, string>> = {
  Watching: "watching",
  Waiting: "waiting",
  RetryLater: "waiting",
};

export function careNews(before: ClusterStatus, after: ClusterStatus): readonly EventLine[] {
  const repairing = after.conditions.find(({ type }) => type === "Repairing");
  const last = before.conditions.find(({ type }) => type === "Repairing");
  // What is being made, or made anew, is not well yet.
  if (before.readyGeneration === 0 || before.readyGeneration < before.generation) return [];
  if (repairing === undefined || repairing.reason === last?.reason) return [];
  const verb = NEWS[repairing.reason];
  if (verb === undefined) return [];
  const message = repairing.message.slice(0, NEWS_LENGTH_MAX).toWellFormed();
  return [{ level: "warning", verb, key: "cluster", message }];
}

const QUIET: Readonly<Record<"Repairing" | "Paused", Verdict>> = {
  Repairing: { status: "False", reason: "NothingToRepair", message: "" },
  Paused: { status: "False", reason: "NotPaused", message: "" },
};

function repairVerdict(cluster: Cluster, { care }: ClusterStatus, nowMs: number): Verdict {
  if (cluster.facts.kubernetes === undefined) {
    if (care?.lostMs === undefined || care.lostMs === null) return QUIET.Repairing;
    const since = new Date(care.lostMs).toISOString();
    const { actions, waiting } = planSilence(cluster, nowMs);
    const doing = actions.map(({ verb, reason }) => `${verb} (${reason})`);
    const then = [...doing, ...waiting.map((wait) => `waiting for ${wait}`)];
    const message =
      `Nothing of a pool is repaired while the cluster's API does not answer, which it has not since ${since}` +
      `${then.length === 0 ? "" : `; ${named(then)}`}.`;
    return { status: actions.length > 0 ? "True" : "False", reason: "ObservationLost", message };
  }
  const pools = [...decideRepairs(careView(cluster, nowMs)).values()];
  const members = planMembers(cluster, nowMs);
  const told = [...tellMembers(members), ...pools.flatMap(tellPool)];
  const working = pools.some(isWorking) || members.actions.length > 0;
  const held = pools.find((pool) => pool.held !== undefined)?.held;
  if (told.length > 0)
    return {
      status: working ? "True" : "False",
      reason: working ? "Repairing" : (held?.reason ?? idleReason(pools)),
      message: told.join(" "),
    };
  const brake = pools.flatMap(({ holds }) => holds).find(({ reason }) => reason === "CoolingDown");
  if (brake === undefined) return QUIET.Repairing;
  return { status: "False", reason: brake.reason, message: `Repairs would wait for ${brake.waitsFor}.` };
}

/** One machine may be mended while others are held: in a zone that is not dark, or as the one that is tried. */
function isWorking({ leaves, restarts, judged, held, holds }: PoolRepairs): boolean {
  if (restarts.length > 0) return true;
  const isLeaving = judged.some(({ machine: { name, zone } }) => {
    const leave = leaves.get(name);
    return leave !== undefined && heldUp(holds, { ...leave, zone }) === undefined;
  });
  return isLeaving || (held === undefined && judged.some(isDraining));
}

function idleReason(pools: readonly PoolRepairs[]): Reason {
  const failed = pools.some(({ judged }) => judged.some(({ verdict }) => verdict.is === "failed"));
  return failed ? "Waiting" : "Watching";
}

function tellMembers({ actions, waiting, unhealthy, all }: MembersPlan): readonly string[] {
  if (actions.length + waiting.length === 0) return [];
  const doing = actions.map(({ verb, reason }) => `${verb} (${reason})`);
  const waits = waiting.map((wait) => `waiting for ${wait}`);
  return [`${unhealthy} of ${all} control-plane machines are not well; ${named([...doing, ...waits])}.`];
}

function tellPool({ pool, judged, unhealthy, leaves, restarts, waiting }: PoolRepairs): readonly string[] {
  const doing = [
    ...[...leaves.values()].map(({ reason }) => `replacing (${reason})`),
    ...restarts.map(({ reason }) => `restarting (${reason})`),
  ];
  if (doing.length + waiting.length === 0) return [];
  const numbers = `${unhealthy} of ${judged.length} nodes of pool ${pool} are unhealthy`;
  const does = doing.length === 0 ? "" : `; ${named(doing)}`;
  const waits = waiting.length === 0 ? "" : `; waiting for ${named(waiting)}`;
  return [`${numbers}${does}${waits}.`];
}

function named(things: readonly string[]): string {
  const all = [...new Set(things)];
  const rest = all.length > NAMED_MAX ? `; and ${all.length - NAMED_MAX} more` : "";
  return `${all.slice(0, NAMED_MAX).join("; ")}${rest}`;
}

function pauseVerdict({ care }: ClusterStatus, nowMs: number): Verdict {
  const active = (care?.pauses ?? []).filter((pause) => isOpen(pause, nowMs));
  if (active.length === 0) return QUIET.Paused;
  const each = active.map(({ pool, by, reason, sinceMs, untilMs }) => {
    const what = pool === undefined ? "The cluster" : `Pool ${pool}`;
    const until = untilMs === undefined ? "" : `, until ${new Date(untilMs).toISOString()} at the latest`;
    return `${what} was paused by ${by} at ${new Date(sinceMs).toISOString()} (${reason})${until}: no machine of it is taken until it is resumed.`;
  });
  return { status: "True", reason: "Paused", message: each.join(" ") };
}

/** Who waits for nodes reads there what is done about them. */
function withProgress(status: ClusterStatus, { message }: Verdict): ClusterStatus {
  if (message === "") return status;
  const conditions = status.conditions.map((condition) =>
    condition.type === "NodesReady" && condition.status === "False"
      ? { ...condition, message: cut(`${condition.message} ${message}`) }
      : condition,
  );
  return { ...status, conditions };
}

function short({ status, reason, message }: Verdict): Verdict {
  return { status, reason, message: cut(message) };
}
function cut(message: string): string {
  return message.slice(0, MESSAGE_LENGTH_MAX).toWellFormed();
}
