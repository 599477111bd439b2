/** What people asked for by command, as the operation records say: what was asked for is no violation. */
import type { Node } from "../../../simulator/kubernetes/objects/object.ts";
import type { Commit } from "../observer.ts";
import { isOurs } from "./leaving.ts";

const BY_OPERATION = "clusterwright.dev/cordoned-by-operation";
const RECORD = /^clusters\/([^/]+)\/operations\/([a-z0-9]{6})-(.+)$/;

interface Recorded {
  readonly type: string;
  readonly result: string;
  readonly message: string;
  readonly endedMs: number | null;
  readonly request?: {
    readonly command: string;
    readonly node?: string;
    readonly force?: boolean;
    readonly deadlineMs?: number;
  };
}
export interface AskedCommand {
  readonly cluster: string;
  readonly uid: string;
  readonly operation: string;
  readonly command: string;
  readonly node: string | undefined;
  readonly force: boolean;
  readonly deadlineMs: number | undefined;
  /** running, and what it ended as. */
  readonly result: string;
  readonly message: string;
}

/** The cluster that a commit gives or takes a record of a command. */
export interface News {
  readonly before: AskedCommand | undefined;
  readonly now: AskedCommand;
}
export interface Asked {
  /** @returns nothing when it is about no command that somebody asked for */
  committed(commit: Commit): News | undefined;
  all(): Iterable<AskedCommand>;
  /** One of these was asked for of the node, and goes on. */
  isAsked(uid: string, node: string, commands: readonly string[], force?: true): boolean;
  /** A command left our cordon there: it stays until somebody takes it away. */
  isParked(uid: string, node: Node | undefined): boolean;
}

export function createAsked(): Asked {
  const commands = new Map<string, AskedCommand>();
  return {
    committed: ({ process, path, data }) => {
      const [, cluster = "", uid = "", operation = ""] = RECORD.exec(path) ?? [];
      const before = commands.get(`${uid} ${operation}`);
      const now = data === undefined ? undefined : asked(cluster, uid, operation, data as Recorded);
      // Nobody but who asks gives a command its record: a pass cannot make one up.
      if (now === undefined || (before === undefined && process !== undefined)) return undefined;
      commands.set(`${uid} ${operation}`, now);
      return { before, now };
    },
    all: () => commands.values(),
    isAsked: (uid, node, names, force) =>
      [...commands.values()].some(
        (one) =>
          one.uid === uid &&
          one.node === node &&
          one.result === "running" &&
          names.includes(one.command) &&
          (force === undefined || one.force),
      ),
    isParked: (uid, node) => {
      const operation = operationOf(node);
      if (!isOurs(node) || operation === undefined) return false;
      const command = commands.get(`${uid} ${operation}`);
      return command?.command === "cordon" || (command?.command === "drain" && command.result !== "running");
    },
  };
}

/** Id of the command that a cordon of ours names. */
function operationOf(node: Node | undefined): string | undefined {
  return node?.metadata.annotations?.[BY_OPERATION];
}

function asked(
  cluster: string,
  uid: string,
  operation: string,
  { type, request, result, message }: Recorded,
): AskedCommand | undefined {
  if (type !== "command" || request === undefined) return undefined;
  const { command, node, force = false, deadlineMs } = request;
  return { cluster, uid, operation, command, node, force, deadlineMs, result, message };
}
