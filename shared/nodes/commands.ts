/**
 * What the commands about nodes come to, given the nodes as they are: machines that shall leave, cordons to set and to take
 * away, and which commands are begun, done, or can never be. Pure.
 *
 *   waits ─its moment─► due ─begun─► running ─► succeeded, failed, superseded        expired: engine/commands.ts
 */
import type { AcceptedCommand } from "../status/inbox.ts";
import type { Leave } from "./cause.ts";
import { restartsCountFromMs } from "./commanded-restart.ts";
import type { Cordon, Why } from "./cordon.ts";
import { type CommandedMember, decideMemberCommand, STAYS_WELL_MS } from "./member-commands.ts";

export interface CommandedNode {
  readonly name: string;
  /** Absent for one of the control plane, or of nobody. */
  readonly pool?: string;
  /** What speaks against its machine, as a clause, once its repair was asked for; absent when nothing does. */
  readonly trouble?: { readonly reason: string; readonly isExhausted: boolean };
  /** It is one of the control plane. */
  readonly member?: CommandedMember;
  /** It has joined. */
  readonly node?: {
    readonly ready: boolean;
    /** When its readiness changed last. */
    readonly readinessSinceMs?: number;
    readonly unschedulable: boolean;
    readonly bootId: string;
    readonly cordon: Cordon;
  };
}
export interface CommandNews {
  readonly operation: string;
  readonly news: "begun" | "succeeded" | "failed" | "superseded";
  /** A sentence. */
  readonly message: string;
  /** What it is known by when it is done: the boot that it ends, the keys of what it makes. */
  readonly mark?: string;
}
export interface MemberOrder {
  readonly take: "restart" | "repair";
  readonly reason: string;
  /** From when on what is done to it counts. */
  readonly sinceMs: number;
  /** The boot that it was in when that was begun. */
  readonly mark?: string;
}
export interface NodeOrders {
  /** By machine. */
  readonly leaves: ReadonlyMap<string, Leave>;
  /** Machines whose repair was asked for: they go up their pool's ladder now. */
  readonly repairs: ReadonlySet<string>;
  /** By machine of the control plane, what is done to it as soon as its quorum allows. */
  readonly members: ReadonlyMap<string, MemberOrder>;
  readonly cordons: readonly { readonly node: string; readonly why: Why }[];
  readonly uncordons: readonly { readonly node: string; readonly reason: string }[];
  readonly news: readonly CommandNews[];
  /** Noun phrases. */
  readonly waits: readonly string[];
}

export const NODE_COMMANDS = ["repair", "drain", "cordon", "uncordon", "restart", "rotate-machine"] as const;
type NodeCommand = (typeof NODE_COMMANDS)[number];
type Of = AcceptedCommand & { readonly command: NodeCommand; readonly node: string };

export function isDue({ notBeforeMs = 0 }: AcceptedCommand, nowMs: number): boolean {
  return nowMs >= notBeforeMs;
}
function isOfNode(command: AcceptedCommand): command is Of {
  return NODE_COMMANDS.some((one) => one === command.command) && command.node !== undefined;
}

/** A cordon that a command left behind: it stays until somebody takes it away, as a person's does. */
export function isParked(cordon: Cordon): boolean {
  return cordon.by === "us" && /^(drain|cordon)-/.test(cordon.operation ?? "");
}

/** Parked, and drained before: nothing serves there. */
export function isEmptied(cordon: Cordon): boolean {
  return cordon.by === "us" && /^drain-/.test(cordon.operation ?? "");
}

/** Its machine does not leave for the command that cordoned it. */
export function staysInPool(cordon: Cordon): boolean {
  return isParked(cordon) || (cordon.by === "us" && /^restart-/.test(cordon.operation ?? ""));
}

export function decideCommands(
  commands: readonly AcceptedCommand[],
  nodes: readonly CommandedNode[],
  nowMs: number,
): NodeOrders {
  const draft: Draft = {
    nowMs,
    leaves: new Map(),
    repairs: new Set(),
    members: new Map(),
    cordons: [],
    uncordons: [],
    news: [],
    waits: [],
    busy: new Map(),
  };
  const due = dueOf(commands, nowMs);
  const undone = overruled(due);
  for (const command of undone.keys()) {
    const message = `${undone.get(command)} asked for the opposite`;
    draft.news.push({ operation: command.operation, news: "superseded", message });
  }
  for (const command of due) if (!undone.has(command)) decide(draft, command, nodes);
  return draft;
}

function dueOf(commands: readonly AcceptedCommand[], nowMs: number): readonly Of[] {
  return commands.filter(isOfNode).filter((command) => isDue(command, nowMs));
}

/** By machine, repairs whose turn it is: each is the oldest command about its node that nobody took back. */
export function askedRepairs(
  commands: readonly AcceptedCommand[],
  nowMs: number,
): ReadonlyMap<string, { readonly operation: string; readonly reason: string }> {
  const due = dueOf(commands, nowMs);
  const undone = overruled(due);
  const first = new Map<string, Of>();
  for (const command of due)
    if (!undone.has(command) && !first.has(command.node)) first.set(command.node, command);
  const repairs = [...first].filter(([, { command, force }]) => command === "repair" && force !== true);
  return new Map(
    repairs.map(([node, one]) => [node, { operation: one.operation, reason: reasonOf(one) }] as const),
  );
}

interface Draft {
  readonly nowMs: number;
  readonly leaves: Map<string, Leave>;
  readonly repairs: Set<string>;
  readonly members: Map<string, MemberOrder>;
  readonly cordons: { readonly node: string; readonly why: Why }[];
  readonly uncordons: { readonly node: string; readonly reason: string }[];
  readonly news: CommandNews[];
  readonly waits: string[];
  /** By node, the command that it is busy with. */
  readonly busy: Map<string, Of>;
}

/** Whoever asks for an uncordon takes back what was asked for before. */
function overruled(due: readonly Of[]): ReadonlyMap<Of, string> {
  const pairs = due.flatMap((uncordon, index) =>
    uncordon.command !== "uncordon"
      ? []
      : due
          .slice(0, index)
          .filter((earlier) => earlier.node === uncordon.node && earlier.command !== "uncordon")
          .map((earlier): [Of, string] => [earlier, uncordon.operation]),
  );
  return new Map(pairs);
}

function decide(draft: Draft, command: Of, nodes: readonly CommandedNode[]): void {
  const first = draft.busy.get(command.node);
  if (first !== undefined) {
    draft.waits.push(`${first.operation} to be done with node ${command.node}`);
    return;
  }
  const found = nodes.find(({ name }) => name === command.node);
  draft.busy.set(command.node, command);
  if (found === undefined) absent(draft, command, nodes);
  else if (found.member !== undefined && command.command !== "cordon" && command.command !== "uncordon")
    takeMember(draft, command, found.name, found.member);
  else DECISIONS[command.command](draft, command, found);
}

const DECISIONS: Readonly<Record<NodeCommand, (draft: Draft, command: Of, found: CommandedNode) => void>> = {
  cordon: (draft, command, { name, node }) => {
    if (node === undefined) {
      tell(draft, command, "failed", `machine ${name} has not joined the cluster`);
      return;
    }
    if (node.cordon.by === "nobody")
      draft.cordons.push({
        node: name,
        why: { cause: "command", reason: reasonOf(command), operation: command.operation },
      });
    else
      tell(
        draft,
        command,
        "succeeded",
        `node ${name} is cordoned${node.cordon.by === "others" ? ", by somebody else" : ""}`,
      );
  },
  uncordon: (draft, command, { name, node }) => {
    if (node === undefined) {
      tell(draft, command, "failed", `machine ${name} has not joined the cluster`);
      return;
    }
    if (!node.unschedulable) {
      tell(draft, command, "succeeded", `node ${name} takes pods`);
      return;
    }
    if (node.cordon.by === "us" && !isParked(node.cordon) && node.cordon.cause !== "command") {
      tell(
        draft,
        command,
        "failed",
        `node ${name} is on its way out of its pool (${node.cordon.reason}) and would be cordoned again; pause its pool first`,
      );
      return;
    }
    draft.uncordons.push({ node: name, reason: reasonOf(command) });
  },
  drain: (draft, command, found) => take(draft, command, found, "stay"),
  repair: (draft, command, found) =>
    command.force === true ? take(draft, command, found) : mend(draft, command, found),
  "rotate-machine": (draft, command, found) => take(draft, command, found),
  restart: (draft, command, found) => {
    const { name, node } = found;
    const isBack = command.begunMs !== undefined && node?.ready === true && node.bootId !== command.mark;
    if (isBack) tell(draft, command, "succeeded", `machine ${name} was restarted and its node is Ready`);
    else take(draft, command, found, "restart");
  },
};

/** Looked at first: what nothing speaks against is not touched, unless it is forced. */
function mend(draft: Draft, command: Of, { name, pool, trouble, node }: CommandedNode): void {
  if (pool === undefined) {
    tell(draft, command, "failed", notTaken(name));
    return;
  }
  const provenMs = (node?.readinessSinceMs ?? Number.NEGATIVE_INFINITY) + STAYS_WELL_MS;
  // Nothing is known against it while it is switched on or made.
  if (trouble === undefined && command.begunMs !== undefined && node?.ready !== true) {
    draft.waits.push(`machine ${name} to be well again, or gone`);
    return;
  }
  if (trouble === undefined && command.begunMs !== undefined) {
    if (draft.nowMs < provenMs)
      draft.waits.push(`node ${name} to stay Ready until ${new Date(provenMs).toISOString()}`);
    else tell(draft, command, "succeeded", `machine ${name} is well again, and its node is Ready`);
    return;
  }
  if (trouble === undefined) {
    const how = node === undefined ? "which is still being made" : "whose node is Ready";
    const message = `nothing speaks against machine ${name}, ${how}; to replace it all the same, add --force (force: true), or rotate it`;
    tell(draft, command, "failed", message);
    return;
  }
  if (trouble.isExhausted) {
    const message = `all of its pool's repair.ladder was tried, and ${trouble.reason}; to replace it all the same, add --force (force: true)`;
    tell(draft, command, "failed", message);
    return;
  }
  draft.repairs.add(name);
  if (command.begunMs !== undefined) return;
  const mark = node === undefined ? {} : { mark: node.bootId };
  const message = `${trouble.reason}: its pool's repair.ladder is gone up now`;
  draft.news.push({ operation: command.operation, news: "begun", message, ...mark });
}

function takeMember(draft: Draft, command: Of, name: string, member: CommandedMember): void {
  const { news, take: step, waitsFor } = decideMemberCommand(command, name, member, draft.nowMs);
  if (news !== undefined) draft.news.push({ operation: command.operation, ...news });
  if (waitsFor !== undefined) draft.waits.push(waitsFor);
  if (step === undefined) return;
  const { requestedMs, notBeforeMs = 0 } = command;
  const askedMs = Math.max(requestedMs, notBeforeMs);
  const sinceMs = step === "restart" ? restartsCountFromMs(command, draft.nowMs) : askedMs;
  const mark = command.mark === undefined ? {} : { mark: command.mark };
  draft.members.set(name, { take: step, reason: reasonOf(command), sinceMs, ...mark });
}

function notTaken(name: string): string {
  return `${name} is a machine of no node pool and not of the control plane: it is left to whoever joined it`;
}

function take(
  draft: Draft,
  command: Of,
  { name, pool, node }: CommandedNode,
  afterwards?: Leave["afterwards"],
): void {
  if (pool === undefined) {
    tell(draft, command, "failed", notTaken(name));
    return;
  }
  if (node === undefined && afterwards !== undefined) {
    tell(draft, command, "failed", `machine ${name} has not joined the cluster; repair replaces it`);
    return;
  }
  draft.leaves.set(name, {
    cause: "command",
    reason: reasonOf(command),
    operation: command.operation,
    // Somebody may have had the node cordoned days ago: its pods get the whole of their time all the same.
    sinceMs: command.begunMs ?? draft.nowMs,
    ...(afterwards === undefined ? {} : { afterwards }),
  });
  if (command.begunMs !== undefined) return;
  const mark = node === undefined ? {} : { mark: node.bootId };
  draft.news.push({
    operation: command.operation,
    news: "begun",
    message: `node ${name} is taken as soon as its pool can spare it`,
    ...mark,
  });
}

/** Gone is what a machine that shall leave is in the end. */
function absent(draft: Draft, command: Of, nodes: readonly CommandedNode[]): void {
  const { node: name } = command;
  if (command.begunMs === undefined) {
    tell(draft, command, "failed", `there is no node ${name}; the nodes are ${listed(nodes)}`);
  } else if (command.command === "repair" || command.command === "rotate-machine") {
    tell(draft, command, "succeeded", `machine ${name} is gone, and its pool has another in its place`);
  } else tell(draft, command, "failed", `machine ${name} went before it was done`);
}

/** A sentence must stay readable in a pool of hundreds. */
const NAMED_MAX = 10;
function listed(nodes: readonly CommandedNode[]): string {
  const names = nodes.map(({ name }) => name).toSorted();
  if (names.length === 0) return "none";
  const more = names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : "";
  return names.slice(0, NAMED_MAX).join(", ") + more;
}

function tell(draft: Draft, { operation }: Of, news: CommandNews["news"], message: string): void {
  draft.news.push({ operation, news, message });
}

/** `drain asked for by alice@example.com (a noisy disk)` */
export function reasonOf({ command, requestedBy, reason }: AcceptedCommand): string {
  return `${command} asked for by ${requestedBy} (${reason})`;
}
