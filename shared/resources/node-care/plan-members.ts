/**
 * Plans the repair of control-plane members that fell silent: restarted, then made anew with their disk and address, one
 * at a time, and never when too few others are well (S5). Pure.
 */
import { type Brake, brakesFor } from "../../nodes/brake.ts";
import { heldUp } from "../../nodes/hold.ts";
import { rungOf } from "../../nodes/ladder.ts";
import { mayTakeMember } from "../../nodes/quorum.ts";
import { parseComputePath } from "../../ports/compute.ts";
import { NO_CARE, type Repair } from "../../status/care.ts";
import { type ComputeAction, calling, deletion } from "../gce/action.ts";
import { CONTROL_PLANE, membersOf, type SeenMember } from "../member-health.ts";
import type { Cluster } from "../resource.ts";
import { careView, patienceMs } from "./care-view.ts";

/** As the default of pools: Compute Engine has had its time to restart it. */
const SILENT_MS = 10 * 60_000;
const LADDER = ["restart", "recreate"] as const;

export interface MembersPlan {
  readonly actions: readonly ComputeAction[];
  /** Noun phrases. */
  readonly waiting: readonly string[];
  /** Members that are not well, of how many. */
  readonly unhealthy: number;
  readonly all: number;
}

export function planMembers(cluster: Cluster, nowMs: number): MembersPlan {
  const members = membersOf(cluster, nowMs);
  const silentMs = patienceMs(SILENT_MS, cluster);
  const view = careView(cluster, nowMs);
  const brakes = brakesFor(view, {
    pool: CONTROL_PLANE,
    size: members.length,
    policy: {
      enabled: true,
      afterMs: silentMs,
      maxInFlight: 1,
      maxUnhealthy: 0,
      ladder: LADDER,
      drainMs: 0,
    },
    machines: [],
  });
  const actions: ComputeAction[] = [];
  const waiting: string[] = [];
  for (const member of members) {
    const silent = silenceOf(member);
    if (silent === undefined) continue;
    const { sinceMs, reason } = silent;
    const boundMs = Math.max(sinceMs, cluster.care?.regainedMs ?? 0) + silentMs;
    const held = nowMs < boundMs ? until(member, boundMs, reason) : obstacle(members, member, brakes);
    if (held !== undefined) {
      waiting.push(held);
      continue;
    }
    const step = actions.length > 0 ? undefined : stepOf(cluster, member, reason, nowMs);
    if (step === undefined) waiting.push(`${member.name} to be well again: ${reason}`);
    else actions.push(step);
  }
  const unhealthy = members.filter(({ healthy }) => !healthy).length;
  return { actions, waiting, unhealthy, all: members.length };
}

/** Ready once with this machine: one that never joined needs a person, who is told by its console (decision 0015). */
export function silenceOf({ name, node, machine }: SeenMember) {
  if (node === undefined || node.ready || machine?.status !== "RUNNING") return undefined;
  const sinceMs = node.readinessSinceMs;
  if (sinceMs === undefined || sinceMs < (machine.createdMs ?? 0)) return undefined;
  const how = node.readiness === "Unknown" ? "silent" : "not Ready";
  return { sinceMs, reason: `node ${name} has been ${how} since ${new Date(sinceMs).toISOString()}` };
}

function until({ name }: SeenMember, boundMs: number, reason: string): string {
  return `${name} to be well again, or ${new Date(boundMs).toISOString()}: ${reason}`;
}

function obstacle(
  members: readonly SeenMember[],
  { name, path, awaits }: SeenMember,
  brakes: readonly Brake[],
): string | undefined {
  if (awaits !== undefined) return `${awaits} (${name})`;
  const zone = path === undefined ? undefined : parseComputePath(path).scope;
  const brake = heldUp(brakes, { cause: "repair", ...(zone === undefined ? {} : { zone }) });
  if (brake !== undefined) return brake.waitsFor;
  const turn = mayTakeMember(members, name);
  return turn.may ? undefined : turn.waitsFor;
}

export function stepOf(
  { care = NO_CARE }: Cluster,
  { path, machine }: SeenMember,
  reason: string,
  nowMs: number,
  ladder: readonly Repair["step"][] = LADDER,
): ComputeAction | undefined {
  if (path === undefined || machine === undefined) return undefined;
  const ref = { ...parseComputePath(path), kind: "instances" as const };
  const tried = care.repairs.filter((one) => one.machine === path && one.instanceId === machine.instanceId);
  const rung = rungOf(ladder, tried, false, nowMs);
  if (rung.is !== "due") return undefined;
  const { step } = rung;
  const repair: Repair = {
    pool: CONTROL_PLANE,
    machine: path,
    instanceId: machine.instanceId,
    step,
    atMs: nowMs,
    reason,
  };
  const cause = "repair";
  if (step === "restart") return { ...calling("instances.reset", ref, {}, reason), cause, repair };
  const why = `${reason}, also after a restart; its disk and its address are kept`;
  const isDecided = tried.some((one) => one.step === "recreate");
  if (machine.protected === true) {
    const lift = calling("instances.setDeletionProtection", ref, { deletionProtection: false }, why);
    return isDecided ? { ...lift, cause } : { ...lift, cause, repair };
  }
  return isDecided ? { ...deletion(ref, why), cause } : { ...deletion(ref, why), cause, repair };
}
