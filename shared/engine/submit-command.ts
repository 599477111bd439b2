/**
 * Takes a command in, whichever way it came: in one transaction its operation record is written and the command added to
 * the cluster's inbox, then a pass is asked for. A repeat answers the same operation and asks again.
 */
import { isDeepStrictEqual } from "node:util";
import type { Transaction } from "../ports/store.ts";
import type { ClusterSpec } from "../spec/cluster.ts";
import type { FieldError } from "../spec/field-error.ts";
import type { ClusterDocument, ClusterStatus, OperationRecord } from "../status/cluster-status.ts";
import type { Command } from "../status/command.ts";
import { type AcceptedCommand, EMPTY_INBOX, INBOX_ENTRIES_MAX, type Inbox } from "../status/inbox.ts";
import { editOf } from "./command-edit.ts";
import { commandRecord, nameOfCommand, requestOf } from "./command-records.ts";
import type { Engine } from "./engine.ts";
import { clusterPath, inboxPath, operationRecordPath, statusPath } from "./paths.ts";
import { contentHash } from "./request-id.ts";

/** Commands that are not done yet: each is in the status until it is. */
export const COMMANDS_OPEN_MAX = 50;
/** Beyond those, of commands that end others: without them fifty drains that are blocked could be taken back by nobody. */
export const WAYS_BACK_MAX = 10;
const WAYS_BACK: readonly Command["command"][] = ["uncordon", "resume"];
/** Commands of the same content, one after another, in the time that records are kept. */
const SAME_MAX = 200;

export type Submitted =
  | { readonly verdict: "accepted"; readonly operation: OperationRecord; readonly repeated: boolean }
  | {
      readonly verdict: "refused";
      /** busy: too much is under way, and a later try may do better. */
      readonly code: "unknown" | "conflict" | "invalid" | "busy";
      readonly message: string;
      readonly errors?: readonly FieldError[];
    };

/** Who asks, in which way. */
export interface Asking {
  readonly by: string;
  /** Stands in for an idempotency key that the command does not have: the id of a message that may come twice. */
  readonly key?: string;
}

/** @throws StoreError, CloudError when a later try may do better: a repeat is harmless */
export async function submitCommand(engine: Engine, command: Command, asking: Asking): Promise<Submitted> {
  const nowMs = engine.clock.nowMs();
  const submitted = await engine.store.transact((transaction) =>
    submit(engine, transaction, command, asking, nowMs),
  );
  if (submitted.verdict === "accepted" && submitted.operation.result === "running") {
    const cause = `${nameOfCommand(contentOf(command))} asked for by ${asking.by}`;
    await engine.wakeups.schedule({ clusterId: command.cluster, atMs: nowMs, cause });
  }
  return submitted;
}

async function submit(
  engine: Engine,
  transaction: Transaction,
  command: Command,
  asking: Asking,
  nowMs: number,
): Promise<Submitted> {
  const { cluster } = command;
  const document = (await transaction.get<ClusterDocument>(clusterPath(cluster)))?.data;
  const status = (await transaction.get<ClusterStatus>(statusPath(cluster)))?.data;
  const inbox = (await transaction.get<Inbox>(inboxPath(cluster)))?.data ?? EMPTY_INBOX;
  if (status?.accepted === undefined)
    return { verdict: "refused", code: "unknown", message: `there is no cluster ${cluster}` };
  if (status.deleting) return conflicting(`cluster ${cluster} is being deleted`);
  const named = await nameIt(transaction, command, asking, status);
  if ("verdict" in named) return named;
  const open = (status.care?.commands.length ?? 0) + inbox.commands.length;
  const most = COMMANDS_OPEN_MAX + (WAYS_BACK.includes(command.command) ? WAYS_BACK_MAX : 0);
  if (open >= most || inbox.commands.length >= INBOX_ENTRIES_MAX)
    return {
      verdict: "refused",
      code: "busy",
      message: `${open} commands of cluster ${cluster} are not done yet; wait for some, or take drains back with uncordon`,
    };
  const accepted = acceptedOf(command, asking, named.id, nowMs);
  const pointless = pointlessness(accepted, status.accepted, nowMs);
  if (pointless !== undefined) return conflicting(pointless);
  const edit = editOf(cluster, accepted, document, status, nowMs, engine.sharedNetworkProjects);
  if (edit.verdict === "refused")
    return { verdict: "refused", code: "invalid", message: edit.message, errors: edit.errors };
  const message = `${nameOfCommand(accepted)} waits for its turn`;
  const operation = commandRecord(accepted, status, { result: "running", message, nowMs });
  transaction.set(operationRecordPath(cluster, status.uid, named.id), { ...operation });
  transaction.set(inboxPath(cluster), { ...inbox, commands: [...inbox.commands, accepted] });
  return { verdict: "accepted", operation, repeated: false };
}

/**
 * What could only fail is refused at once: whoever asks is still there to read it. Of nodes only a look can tell. A resume
 * may be of a pool that went meanwhile.
 */
export function pointlessness(
  { command, pool, deadlineMs }: AcceptedCommand,
  { nodePools }: ClusterSpec,
  nowMs: number,
): string | undefined {
  if (deadlineMs !== undefined && deadlineMs <= nowMs)
    return `the deadline, ${new Date(deadlineMs).toISOString()}, is past; give a later one, or none`;
  if (command !== "pause" || pool === undefined || nodePools.some(({ name }) => name === pool))
    return undefined;
  return `there is no pool ${pool}; the pools are ${nodePools.map(({ name }) => name).join(", ")}`;
}

function conflicting(message: string): Submitted {
  return { verdict: "refused", code: "conflict", message };
}

/**
 * By its key the operation has one name for ever. By its content it has the name of the one that still runs; when that has
 * ended, the same command is a new one.
 */
async function nameIt(
  transaction: Transaction,
  command: Command,
  { key }: Asking,
  status: ClusterStatus,
): Promise<{ readonly id: string } | Submitted> {
  const content = contentOf(command);
  const given = command.idempotencyKey ?? key;
  if (given !== undefined) {
    const id = idOf(command, { key: given });
    const found = await recordOf(transaction, command, status, id);
    if (found === undefined) return { id };
    if (isDeepStrictEqual(found.request, content))
      return { verdict: "accepted", operation: found, repeated: true };
    return conflicting(
      `idempotency key ${given} was used for another command (operation ${id}); choose a new key for this one`,
    );
  }
  for (let count = 0; count < SAME_MAX; count++) {
    const id = idOf(command, { content, count });
    const found = await recordOf(transaction, command, status, id);
    if (found === undefined) return { id };
    if (found.result === "running") return { verdict: "accepted", operation: found, repeated: true };
  }
  return conflicting("this very command was given too often; send an idempotencyKey with it");
}

async function recordOf(
  transaction: Transaction,
  { cluster }: Command,
  { uid }: ClusterStatus,
  id: string,
): Promise<OperationRecord | undefined> {
  return (await transaction.get<OperationRecord>(operationRecordPath(cluster, uid, id)))?.data;
}

function idOf({ command }: Command, by: unknown): string {
  return `${command}-${contentHash(by)}`;
}

/** What the record keeps of it. */
export function contentOf(command: Command) {
  return requestOf({
    ...command,
    reason: command.reason ?? "no reason was given",
    notBeforeMs: command.notBefore === undefined ? undefined : Date.parse(command.notBefore),
    deadlineMs: command.deadline === undefined ? undefined : Date.parse(command.deadline),
    urgent: command.urgent ? true : undefined,
    force: command.force ? true : undefined,
  });
}

export function acceptedOf(
  command: Command,
  { by }: Asking,
  operation: string,
  nowMs: number,
): AcceptedCommand {
  return { ...contentOf(command), operation, requestedBy: by, requestedMs: nowMs };
}
