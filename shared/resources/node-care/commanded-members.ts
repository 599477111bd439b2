/**
 * Control-plane machines that somebody asked for: what is known of each, and their restart or repair now, one at a time and
 * never when too few others are well (S5). Pure.
 */
import type { NodeOrders } from "../../nodes/commands.ts";
import { rungOf } from "../../nodes/ladder.ts";
import type { CommandedMember } from "../../nodes/member-commands.ts";
import { pauseHolds } from "../../nodes/pause.ts";
import { mayTakeMember } from "../../nodes/quorum.ts";
import { NO_CARE } from "../../status/care.ts";
import type { ComputeAction } from "../gce/action.ts";
import { isOnItsWayOut } from "../gce/outdated-members.ts";
import { membersOf, type SeenMember } from "../member-health.ts";
import { signOf } from "../member-signs.ts";
import type { Cluster } from "../resource.ts";
import { hadNoEffect } from "./command-plan.ts";
import { hasMemberRoom, noMemberRoom } from "./member-room.ts";
import { stepOf } from "./plan-members.ts";

export function commandedMember(cluster: Cluster, member: SeenMember, nowMs: number): CommandedMember {
  const { machine, node, healthy } = member;
  // One that was made anew booted as well.
  const born = machine?.createdMs === undefined ? [] : [machine.createdMs];
  const boots = [...restartsOf(cluster, member).map(({ atMs }) => atMs), ...born];
  const reason = troubleOf(cluster, member);
  // What is not known to be silent or dead is not made anew by a repair: a restart is all that it is worth.
  const isClimbing = signOf(cluster, member) !== undefined;
  const rung = rungOf(["restart"], restartsOf(cluster, member), false, nowMs);
  const isExhausted =
    member.path !== undefined && !isClimbing && (node === undefined || rung.is === "exhausted");
  return {
    ...(machine === undefined ? {} : { instanceId: machine.instanceId }),
    ...(node === undefined ? {} : { bootId: node.bootId }),
    isWell: healthy,
    ...(node?.readinessSinceMs === undefined ? {} : { readySinceMs: node.readinessSinceMs }),
    ...(boots.length === 0 ? {} : { restartedMs: Math.max(...boots) }),
    ...(reason === undefined ? {} : { trouble: { reason, isExhausted } }),
  };
}

function restartsOf({ care = NO_CARE }: Cluster, { path, machine }: SeenMember) {
  return care.repairs.filter(
    (one) => one.machine === path && one.instanceId === machine?.instanceId && one.step === "restart",
  );
}

function troubleOf(cluster: Cluster, member: SeenMember): string | undefined {
  const { name, healthy, path, machine, node, doubt } = member;
  if (healthy) return doubt;
  if (path === undefined) return `${name} has no machine`;
  if (machine?.status !== "RUNNING") return `machine ${name} does not run`;
  if (node === undefined) return `machine ${name} has not joined`;
  return (
    signOf(cluster, member)?.reason ??
    (node.ready ? `the API server of ${name} does not answer` : `node ${name} is not Ready`)
  );
}

/** @param isBusy a member is being repaired by itself in this pass */
export function planCommandedMembers(
  cluster: Cluster,
  { members: asked }: NodeOrders,
  isBusy: boolean,
  nowMs: number,
): { readonly actions: readonly ComputeAction[]; readonly waiting: readonly string[] } {
  const actions: ComputeAction[] = [];
  const waiting: string[] = [];
  const members = membersOf(cluster, nowMs);
  for (const member of members) {
    const wish = asked.get(member.name);
    if (wish === undefined) continue;
    const isTaken = isBusy || actions.length > 0;
    const held = isTaken
      ? "another control-plane machine to be done"
      : obstacle(cluster, members, member, wish.take, nowMs);
    const step = held === undefined ? actionFor(cluster, member, wish, nowMs) : held;
    if (typeof step === "object") actions.push({ ...step, cause: "command" });
    else waiting.push(step ?? `control-plane machine ${member.name} to be well: ${wish.reason}`);
  }
  return { actions, waiting };
}

type Wish = NonNullable<ReturnType<NodeOrders["members"]["get"]>>;

/** Restarted once for the command; for a repair what is silent or dead goes up the members' own ladder. */
function actionFor(
  cluster: Cluster,
  member: SeenMember,
  { take, reason, sinceMs, mark }: Wish,
  nowMs: number,
): ComputeAction | string | undefined {
  const sign = signOf(cluster, member);
  if (take === "repair" && sign !== undefined)
    return stepOf(cluster, member, `${sign.reason}; ${reason}`, nowMs);
  const isRestarted = restartsOf(cluster, member).some(
    ({ atMs }) => atMs >= sinceMs && !hadNoEffect(member.node, mark, atMs, nowMs),
  );
  // Made anew since: another restart would come in the middle of its joining.
  const isNew = (member.machine?.createdMs ?? 0) >= sinceMs;
  return isRestarted || isNew ? undefined : stepOf(cluster, member, reason, nowMs, "restart");
}

/** The only one may go by command: who asks for it knows that the API does not answer meanwhile. */
function obstacle(
  cluster: Cluster,
  members: readonly SeenMember[],
  { name, path, machine, awaits }: SeenMember,
  take: Wish["take"],
  nowMs: number,
): string | undefined {
  const [pause] = pauseHolds(cluster.care?.pauses ?? [], undefined, nowMs);
  if (pause !== undefined) return pause.waitsFor;
  if (path === undefined || machine === undefined || awaits !== undefined)
    return `${awaits ?? "its machine to be seen"} (${name})`;
  const leaving = cluster.facts.controlPlane?.find((one) => one.name !== name && isOnItsWayOut(cluster, one));
  if (leaving !== undefined) return `control-plane machine ${leaving.name} to be made anew`;
  if (take === "restart" && !hasMemberRoom(cluster, nowMs)) return noMemberRoom(name);
  if (members.length === 1) return undefined;
  const turn = mayTakeMember(members, name);
  return turn.may ? undefined : turn.waitsFor;
}
