/** The operation record of a command, made anew from the command at each step: it needs no reading. Pure. */
import type { OperationRecord } from "../status/cluster-status.ts";
import type { AcceptedCommand } from "../status/inbox.ts";
import { type CommandRequest, operationExpiry } from "../status/operation-record.ts";

export interface CommandState {
  readonly result: OperationRecord["result"];
  readonly message: string;
  readonly nowMs: number;
}

export function commandRecord(
  command: AcceptedCommand,
  { uid, generation }: { readonly uid: string; readonly generation: number },
  { result, message, nowMs }: CommandState,
): OperationRecord {
  const isOver = result !== "running";
  return {
    schemaVersion: 1,
    id: command.operation,
    uid,
    type: "command",
    generation,
    cause: `${command.command} asked for by ${command.requestedBy}`,
    startedMs: command.requestedMs,
    endedMs: isOver ? nowMs : null,
    result,
    steps: [],
    message,
    request: requestOf(command),
    requestedBy: command.requestedBy,
    ...(isOver ? { expireAt: operationExpiry(nowMs) } : {}),
  };
}

/** What makes two commands the same, besides who asked and when. */
export function requestOf(command: CommandRequest): CommandRequest {
  const { command: name, node, pool, value, reason, notBeforeMs, deadlineMs, urgent, force } = command;
  return {
    command: name,
    ...(node === undefined ? {} : { node }),
    ...(pool === undefined ? {} : { pool }),
    ...(value === undefined ? {} : { value }),
    reason,
    ...(notBeforeMs === undefined ? {} : { notBeforeMs }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(urgent === undefined ? {} : { urgent }),
    ...(force === undefined ? {} : { force }),
  };
}

/** `drain of n-1`, `pause of pool general`, `verify` */
export function nameOfCommand({ command, node, pool, value }: CommandRequest): string {
  const target = node ?? (pool === undefined ? undefined : `pool ${pool}`);
  const to = value === undefined ? "" : ` ${command === "pause" ? "for" : "to"} ${value}`;
  return `${command}${target === undefined ? "" : ` of ${target}`}${to}`;
}
