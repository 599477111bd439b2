/**
 * What the commands about nodes come to, given the nodes as they are: machines that shall leave, cordons to set and to take
 * away, and which commands are begun, done, or can never be. Pure.
 *
 *   waits ─its moment─► due ─begun─► running ─► succeeded, failed, superseded        expired: engine/commands.ts
 */
import type { AcceptedCommand } from "../status/inbox.ts";
import type { Leave } from "./cause.ts";
import type { Cordon, Why } from "./cordon.ts";

export interface CommandedNode {
  readonly name: string;
  /** Absent for one of the control plane, or of nobody. */
  readonly pool?: string;
  /** It has joined. */
  readonly node?: {
    readonly ready: boolean;
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
export interface NodeOrders {
  /** By machine. */
  readonly leaves: ReadonlyMap<string, Leave>;
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
    leaves: new Map(),
    cordons: [],
    uncordons: [],
    news: [],
    waits: [],
    busy: new Map(),
    nowMs,
  };
  const due = commands.filter(isOfNode).filter((command) => isDue(command, nowMs));
  const undone = overruled(due);
  for (const command of undone.keys()) {
    const message = `${undone.get(command)} asked for the opposite`;
    draft.news.push({ operation: command.operation, news: "superseded", message });
  }
  for (const command of due) if (!undone.has(command)) decide(draft, command, nodes);
  return draft;
}

interface Draft {
  readonly leaves: Map<string, Leave>;
  readonly cordons: { readonly node: string; readonly why: Why }[];
  readonly uncordons: { readonly node: string; readonly reason: string }[];
  readonly news: CommandNews[];
  readonly waits: string[];
  /** By node, the command that it is busy with. */
  readonly busy: Map<string, Of>;
  readonly nowMs: number;
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
  repair: (draft, command, found) => take(draft, command, found),
  "rotate-machine": (draft, command, found) => take(draft, command, found),
  restart: (draft, command, found) => {
    const { name, node } = found;
    const isBack = command.begunMs !== undefined && node?.ready === true && node.bootId !== command.mark;
    if (isBack) tell(draft, command, "succeeded", `machine ${name} was restarted and its node is Ready`);
    else take(draft, command, found, "restart");
  },
};

function take(
  draft: Draft,
  command: Of,
  { name, pool, node }: CommandedNode,
  afterwards?: Leave["afterwards"],
): void {
  if (pool === undefined) {
    tell(
      draft,
      command,
      "failed",
      `${name} is in no node pool; machines of the control plane are not taken by command`,
    );
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
