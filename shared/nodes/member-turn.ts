/**
 * Decides which control-plane member is made anew next, and whether it may go on. Pure, and without a memory: whose turn it
 * is says the cordon on its node.
 *
 *   as it is ─outdated, all others well─► cordoned ─► drained, snapshotted, deleted ─► made anew, up to date ─uncordon─► as it is
 */
import type { Cordon, Why } from "./cordon.ts";
import { type Hold, heldUp } from "./hold.ts";
import { type Member, mayTakeMember } from "./quorum.ts";

export interface MemberView {
  /** Its machine's name. */
  readonly name: string;
  /** Absent while it has no machine. */
  readonly machine?: {
    /** Why it must be made anew, as a clause; absent when it is as it shall be. */
    readonly outdated?: string;
    /** Id of the command that asked for it to be made anew: that waits for no window. */
    readonly operation?: string;
    /** It runs and has not joined yet, but not for longer than that may take. */
    readonly isJoining: boolean;
  };
  /** Its API server answers, and its etcd votes. */
  readonly serving: boolean;
  /** Why it may fall at any moment although it looks well, as a clause: "its host failed". */
  readonly doubt?: string;
  readonly node?: { readonly ready: boolean; readonly cordon: Cordon };
}
export interface ControlPlaneView {
  /** Those that the spec has, each of them. */
  readonly members: readonly MemberView[];
  readonly holds: readonly Hold[];
  /** What must be so before any goes, as a noun phrase. */
  readonly unprepared: string | undefined;
}
export interface MemberTurn {
  /** cordon begins, replace goes on. */
  readonly turn?: Why & { readonly name: string; readonly verb: "cordon" | "replace" };
  /** Members that are as they shall be, and still bear our cordon. */
  readonly keep: readonly string[];
  readonly waiting: readonly string[];
  readonly problems: readonly { readonly name: string; readonly message: string }[];
  /** "1 of 3 control-plane machines replaced" */
  readonly progress?: string;
}

export function decideMember(view: ControlPlaneView): MemberTurn {
  const { members } = view;
  const keep = members.filter((member) => isTaken(member) && !isOutdated(member)).map(({ name }) => name);
  const outdated = members.filter(isOutdated);
  const next = outdated.find(isTaken) ?? outdated.find((member) => !isWell(member)) ?? outdated[0];
  if (next === undefined) return { keep, waiting: [], problems: [] };
  const rest = { keep, waiting: [], problems: [], ...progressOf(members, outdated) };
  if (next.node?.cordon.by === "others")
    return { ...rest, problems: [{ name: next.name, message: foreignCordon(next) }] };
  const wait = obstacle(view, next);
  if (wait !== undefined) return { ...rest, waiting: [wait] };
  const verb = next.node === undefined || isTaken(next) ? "replace" : "cordon";
  return { ...rest, turn: { name: next.name, verb, ...whyOf(view, next) } };
}

/** Of a rollout: what somebody asked for leaves the others as they are. */
function progressOf(
  members: readonly MemberView[],
  outdated: readonly MemberView[],
): Pick<MemberTurn, "progress"> {
  if (outdated.every(({ machine }) => machine?.operation !== undefined)) return {};
  const done = members.length - outdated.length;
  return { progress: `${done} of ${members.length} control-plane machines replaced` };
}

function whyOf(view: ControlPlaneView, next: MemberView): Why {
  const operation = next.machine?.operation;
  const reason = reasonFor(view, next);
  return operation === undefined ? { cause: "upgrade", reason } : { cause: "command", reason, operation };
}

function isOutdated({ machine }: MemberView): boolean {
  return machine?.outdated !== undefined;
}
function isTaken({ node }: MemberView): boolean {
  return node?.cordon.by === "us";
}
function isWell({ machine, serving, node }: MemberView): boolean {
  return machine !== undefined && serving && node?.ready === true;
}

/** With others, all of them are well, which is more than a quorum asks for: an upgrade can wait. The only one goes alone. */
function obstacle({ members, holds, unprepared }: ControlPlaneView, next: MemberView): string | undefined {
  const held = heldUp(holds, { cause: next.machine?.operation === undefined ? "upgrade" : "command" });
  if (held !== undefined) return held.waitsFor;
  if (next.node === undefined && next.machine?.isJoining === true) return `${next.name} to join`;
  const others = members.filter((member) => member !== next);
  const unwell = others.find((member) => !isWell(member));
  if (unwell !== undefined) return `${unwell.name} to serve and be Ready before ${next.name} is taken`;
  const doubted = others.find(({ doubt }) => doubt !== undefined);
  if (doubted !== undefined)
    return `${doubted.name} to be well for certain before ${next.name} is taken: ${doubted.doubt}`;
  if (members.length > 1) {
    const turn = mayTakeMember(members.map(asMember), next.name);
    if (!turn.may) return turn.waitsFor;
  }
  return unprepared;
}

function asMember(member: MemberView): Member {
  const healthy = isWell(member);
  return { name: member.name, healthy, ...(healthy ? {} : { awaits: "it to serve" }) };
}

function reasonFor({ members }: ControlPlaneView, { name, machine }: MemberView): string {
  const downtime =
    members.length > 1 ? "" : "; it is the only one, so the Kubernetes API does not answer until it is back";
  return `control-plane machine ${name} is made anew: ${machine?.outdated}${downtime}`;
}

function foreignCordon({ name, machine }: MemberView): string {
  return (
    `Control-plane machine ${name} is to be made anew (${machine?.outdated}), but its node was cordoned by somebody else ` +
    `and is left alone. Let it go with: kubectl uncordon ${name}.`
  );
}
