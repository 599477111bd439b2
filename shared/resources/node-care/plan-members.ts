/**
 * Plans the repair of control-plane members that fell silent, or whose API server or etcd is dead: taken from the load
 * balancer, restarted, then made anew with their disk and address, one at a time, and never when too few others are well
 * (S5). Pure.
 */
import { type Brake, brakesFor } from "../../nodes/brake.ts";
import { heldUp } from "../../nodes/hold.ts";
import { ladderAfter, rungOf } from "../../nodes/ladder.ts";
import { mayTakeMember } from "../../nodes/quorum.ts";
import { triedInSlot } from "../../nodes/slot.ts";
import { parseComputePath } from "../../ports/compute.ts";
import { NO_CARE, type Repair } from "../../status/care.ts";
import { type ComputeAction, calling, deletion } from "../gce/action.ts";
import { computeUrl, controlPlaneGroupRef, zoneOf } from "../gce/places.ts";
import { CONTROL_PLANE, membersOf, type SeenMember } from "../member-health.ts";
import { memberPatienceMs, signOf } from "../member-signs.ts";
import type { Cluster } from "../resource.ts";
import { careView } from "./care-view.ts";

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
  const afterMs = memberPatienceMs(cluster);
  const view = careView(cluster, nowMs);
  const brakes = brakesFor(view, {
    pool: CONTROL_PLANE,
    size: members.length,
    policy: {
      enabled: true,
      afterMs,
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
    const sign = signOf(cluster, member);
    if (sign === undefined) continue;
    const { sinceMs, reason } = sign;
    const boundMs = Math.max(sinceMs, cluster.care?.regainedMs ?? 0) + afterMs;
    const held = nowMs < boundMs ? until(member, boundMs, reason) : obstacle(members, member, brakes);
    if (held !== undefined) {
      waiting.push(held);
      continue;
    }
    const step = actions.length > 0 ? undefined : stepOf(cluster, member, reason, nowMs);
    if (step === undefined) waiting.push(`${member.name} to be well again: ${reason}`);
    else if (typeof step === "string") waiting.push(step);
    else actions.push(step);
  }
  const unhealthy = members.filter(({ healthy }) => !healthy).length;
  return { actions, waiting, unhealthy, all: members.length };
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
  // Others that could be well there are none. An API that is silent too is reset by itself (decision 0027).
  if (members.length === 1)
    return `somebody to reset ${name}, the only control-plane machine, which nothing takes while the Kubernetes API answers`;
  const turn = mayTakeMember(members, name);
  return turn.may ? undefined : turn.waitsFor;
}

/**
 * What is done now, what is waited for, as a noun phrase, or nothing.
 *
 * @param asked the step that a person asks for, whatever was tried before; the ladder's when left out
 */
export function stepOf(
  cluster: Cluster,
  { name, path, machine }: SeenMember,
  reason: string,
  nowMs: number,
  asked?: Repair["step"],
): ComputeAction | string | undefined {
  if (path === undefined || machine === undefined) return undefined;
  const { care = NO_CARE } = cluster;
  const ref = { ...parseComputePath(path), kind: "instances" as const };
  const tried = care.repairs.filter((one) => one.machine === path && one.instanceId === machine.instanceId);
  const restarts = triedInSlot(care.repairs, { path }, "restart", nowMs).length;
  const rung = rungOf(ladderAfter(LADDER, restarts), tried, false, nowMs);
  const step = rung.is === "trying" ? undefined : (asked ?? (rung.is === "due" ? rung.step : undefined));
  if (step === undefined) return undefined;
  const leave = leaving(cluster, name, path, reason);
  if (leave !== undefined) return leave;
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

/**
 * The load balancer is told first: connections to its API server end in order, and none begins. It comes back when it is
 * well (gce/group-members.ts). The only member stays: there is nobody else to send to.
 */
function leaving(
  cluster: Cluster,
  name: string,
  path: string,
  reason: string,
): ComputeAction | string | undefined {
  if (cluster.spec.controlPlane.replicas === 1) return undefined;
  const { groupMembers } = cluster.facts;
  if (groupMembers === undefined) return `a look at who is behind the load balancer, before ${name} is taken`;
  if (!groupMembers.includes(path)) return undefined;
  const ref = parseComputePath(path);
  const group = controlPlaneGroupRef(cluster, zoneOf(ref));
  const instances = [{ instance: computeUrl(ref) }];
  const why = `${name} leaves the load balancer before it is repaired: ${reason}`;
  return { ...calling("instanceGroups.removeInstances", group, { instances }, why), cause: "repair" };
}
