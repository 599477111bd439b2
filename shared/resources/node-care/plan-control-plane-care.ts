/** Plans the care of the control plane: the decision whose turn it is becomes actions, waits and problems. Pure. */
import type { Cause } from "../../nodes/cause.ts";
import { isParked } from "../../nodes/commands.ts";
import type { Cordon, Why } from "../../nodes/cordon.ts";
import { decideDrain } from "../../nodes/drain.ts";
import { type Hold, heldBy } from "../../nodes/hold.ts";
import { decideMember, type MemberTurn, type MemberView } from "../../nodes/member-turn.ts";
import type { Budget, DrainedPod } from "../../nodes/pod-class.ts";
import type { Snapshot } from "../../ports/compute-types.ts";
import type { Reason } from "../../status/reasons.ts";
import { pathOf } from "../change-table.ts";
import { JOIN_LATE_MS } from "../gce/group-members.ts";
import { askedFor, nodeNamed, outdatedBecause } from "../gce/outdated-members.ts";
import { kubeadmUnready } from "../kubernetes/kubernetes-version.ts";
import { membersOf as seenMembers } from "../member-health.ts";
import { servesAt } from "../member-signs.ts";
import { controlPlaneMachineName } from "../names.ts";
import type { Cluster, ControlPlaneMachine, NodeFacts, Plan, Problem } from "../resource.ts";
import { cordoning, evicting, uncordoning } from "./action.ts";
import { cordonIn } from "./cordon-in.ts";
import { controlPlaneHolds } from "./maintenance-holds.ts";
import {
  deletingMember,
  droppingSnapshot,
  isOfATurn,
  type MemberAction,
  SNAPSHOT_KEPT_MS,
  snapshotName,
  snapshotting,
} from "./member-action.ts";
import { hasMemberRoom, noMemberRoom } from "./member-room.ts";
import { REMOVED_POOL_DRAIN } from "./views.ts";

/** A member whose turn it is, with what runs on it and the snapshots of its disk that were taken for such turns. */
export interface LeavingMember {
  /** Its machine's name. */
  readonly name: string;
  readonly pods: readonly DrainedPod[];
  readonly budgets: readonly Budget[];
  readonly snapshots: readonly Snapshot[];
}

interface Input {
  readonly cluster: Cluster;
  readonly observed: readonly LeavingMember[];
  readonly nowMs: number;
}
/** What one step of a turn comes to: something to do, or to wait for. */
type Step =
  | { readonly actions: readonly MemberAction[] }
  | { readonly wait: string; readonly problem?: string; readonly because?: Reason };

/** A sentence must stay readable with a hundred pods on the node. */
const NAMED_MAX = 3;

export function planControlPlaneCare(input: Input): Plan<MemberAction> {
  const { cluster, nowMs } = input;
  if (cluster.deleting || cluster.facts.kubernetes === undefined)
    return { actions: [], waiting: [], problems: [] };
  const holds = controlPlaneHolds(cluster, nowMs);
  const decision = decide(cluster, holds, nowMs);
  const kept = decision.keep.flatMap((name) => {
    const node = nodeNamed(cluster, name);
    return node === undefined ? [] : [uncordoning(node, `control-plane machine ${name} is as it shall be`)];
  });
  const step = decision.turn === undefined ? undefined : stepOf(input, decision.turn);
  const waits = [...decision.waiting, ...(step !== undefined && "wait" in step ? [step.wait] : [])];
  const progress = decision.progress === undefined ? {} : { progress: decision.progress };
  const told = step !== undefined && "wait" in step ? [step] : [];
  const stuck = decision.problems.map(({ name, message }) => problem(name, "CordonedByOthers", message));
  return {
    actions: [...kept, ...(step !== undefined && "actions" in step ? step.actions : [])],
    waiting: [
      ...waits.map((reason) => ({
        key: "control-plane-care",
        reason,
        ...progress,
        ...heldBy(holds, reason),
      })),
      // Noticed when it happens: so it is also waited for.
      ...decision.problems.map(({ name }) => ({
        key: name,
        reason: `node ${name} to be uncordoned by whoever cordoned it`,
      })),
    ],
    problems: [
      ...stuck,
      ...told.flatMap(({ problem: message, because: why }) =>
        message === undefined ? [] : [problem(decision.turn?.name ?? "", why, message)],
      ),
    ],
  };
}

function decide(cluster: Cluster, holds: readonly Hold[], nowMs: number): MemberTurn {
  const unprepared = kubeadmUnready(cluster);
  return decideMember({ members: membersOf(cluster, nowMs), holds, unprepared });
}

/** Whether a member's turn is about to begin: it comes before more nodes of pools. */
export function isMemberNext(cluster: Cluster, nowMs: number): boolean {
  if (cluster.deleting || cluster.facts.kubernetes === undefined) return false;
  return decide(cluster, controlPlaneHolds(cluster, nowMs), nowMs).turn?.verb === "cordon";
}

function stepOf(input: Input, turn: NonNullable<MemberTurn["turn"]>): Step {
  const isFull = turn.verb === "cordon" && !hasMemberRoom(input.cluster, input.nowMs);
  return isFull ? { wait: noMemberRoom(turn.name) } : takeTurn(input, turn);
}

function problem(name: string, why: Reason | undefined, message: string): Problem {
  const named = why === undefined ? {} : { because: why };
  return { key: `/api/v1/nodes/${name}`, code: "blocked", ...named, message };
}

function membersOf(cluster: Cluster, nowMs: number): readonly MemberView[] {
  const { replicas } = cluster.spec.controlPlane;
  const doubts = new Map(seenMembers(cluster, nowMs).map(({ name, doubt }) => [name, doubt]));
  return Array.from({ length: replicas }, (_, member) => {
    const view = memberView(cluster, member, nowMs);
    const doubt = doubts.get(view.name);
    return doubt === undefined ? view : { ...view, doubt };
  });
}

function memberView(cluster: Cluster, member: number, nowMs: number): MemberView {
  const { controlPlane = [], kubernetes } = cluster.facts;
  const machine = controlPlane.find((one) => one.member === member);
  const name = machine?.name ?? controlPlaneMachineName(cluster, member);
  const node = nodeNamed(cluster, name);
  const outdated = machine === undefined ? undefined : outdatedBecause(cluster, machine);
  const operation = machine === undefined ? undefined : askedFor(cluster, machine)?.operation;
  const isYoung = machine?.startedMs === undefined || nowMs < machine.startedMs + JOIN_LATE_MS;
  return {
    name,
    ...(machine === undefined
      ? {}
      : {
          machine: {
            isJoining: isYoung,
            ...(outdated === undefined ? {} : { outdated }),
            ...(operation === undefined ? {} : { operation }),
          },
        }),
    serving: machine?.running === true && kubernetes !== undefined && servesAt(kubernetes, name),
    ...(node === undefined
      ? {}
      : { node: { ready: node.ready, cordon: cordonOf(node, operation !== undefined) } }),
  };
}

/** One that a command parked is left alone like one that a person cordoned, unless it is asked for now. */
function cordonOf(node: NodeFacts, isAsked: boolean): Cordon {
  const cordon = cordonIn(node);
  return isParked(cordon) && !isAsked ? { by: "others" } : cordon;
}

function takeTurn(input: Input, { name, verb, ...why }: NonNullable<MemberTurn["turn"]>): Step {
  const { cluster, nowMs } = input;
  const machine = cluster.facts.controlPlane?.find((one) => one.name === name);
  const node = nodeNamed(cluster, name);
  if (machine === undefined) return { wait: `a look at ${name}` };
  if (node === undefined) return replace(input, machine, machine.startedMs ?? 0, why);
  if (verb === "cordon") return { actions: [cordoning(node, why, nowMs)] };
  return leave(input, machine, node, why);
}

/** Cordoned: its pods go while the load balancer lets it go, then its disk is snapshotted, then its machine goes. */
function leave(input: Input, machine: ControlPlaneMachine, node: NodeFacts, why: Why): Step {
  const seen = input.observed.find(({ name }) => name === machine.name);
  const { cordoned } = node;
  if (seen === undefined || cordoned === undefined)
    return { wait: `a look at the pods of node ${node.name}` };
  const { pods, budgets } = seen;
  const drain = decideDrain({ node, ...cordoned, nowMs: input.nowMs, ...REMOVED_POOL_DRAIN, pods, budgets });
  if (drain.evictions.length > 0) return { actions: drain.evictions.map((one) => evicting(one, why.cause)) };
  if (!drain.finished) {
    const more = drain.waiting.length > NAMED_MAX ? [`${drain.waiting.length - NAMED_MAX} more`] : [];
    const holds = [...drain.waiting.slice(0, NAMED_MAX), ...more].join(", ");
    const wait = `node ${node.name} to be drained, since ${new Date(cordoned.sinceMs).toISOString()}: ${holds}`;
    const [message] = drain.problems;
    return { wait, ...(message === undefined ? {} : { problem: message, because: "DrainBlocked" }) };
  }
  return replace(input, machine, cordoned.sinceMs, why);
}

function replace(input: Input, machine: ControlPlaneMachine, sinceMs: number, why: Why): Step {
  const { cluster } = input;
  const { facts, spec } = cluster;
  const snapshot = snapshotStep(input, machine, sinceMs, why.cause);
  if (snapshot !== undefined) return snapshot;
  if (spec.controlPlane.replicas > 1 && facts.groupMembers?.includes(pathOf(machine.selfLink)) !== false)
    return { wait: `${machine.name} to leave the load balancer's group` };
  if (machine.isProtected === true)
    return { wait: `the deletion protection of ${machine.name} to be lifted` };
  return { actions: [{ ...deletingMember(cluster, machine, why.reason), cause: why.cause }] };
}

function snapshotStep(
  { cluster, observed, nowMs }: Input,
  machine: ControlPlaneMachine,
  sinceMs: number,
  cause: Cause,
): Step | undefined {
  const snapshots = observed.find(({ name }) => name === machine.name)?.snapshots ?? [];
  const name = snapshotName(cluster, machine.member, sinceMs);
  const found = snapshots.find((one) => one.name === name);
  if (found?.status === "READY") return undefined;
  const what = `the snapshot ${name} of etcd's disk of ${machine.name}`;
  if (found?.status === "FAILED")
    return { wait: what, problem: `${name} could not be made. Delete it, and it is made anew.` };
  if (found !== undefined) return { wait: `${what} to be ready` };
  const isOld = (time: string | undefined) => nowMs - Date.parse(time ?? "") > SNAPSHOT_KEPT_MS;
  const old = snapshots.filter((one) => isOfATurn(one) && isOld(one.creationTimestamp));
  const why = `etcd's disk of ${machine.name} is kept as it is, before the machine is made anew`;
  return {
    actions: [
      ...old.map((one) => droppingSnapshot(cluster, one.name)),
      { ...snapshotting(cluster, machine, sinceMs, why), cause },
    ],
  };
}
