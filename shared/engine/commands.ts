/**
 * The life of a cluster's commands in a pass: what needs no look is done when they are taken in, the rest when a look has
 * found it begun, done or impossible. Each ends its operation record. Pure.
 */
import { isDue } from "../nodes/commands.ts";
import { isOpen } from "../nodes/pause.ts";
import { durationMs } from "../spec/duration.ts";
import { NO_CARE, type Pause } from "../status/care.ts";
import type { ClusterDocument, ClusterStatus, OperationRecord } from "../status/cluster-status.ts";
import { haltIn } from "../status/condition.ts";
import type { AcceptedCommand } from "../status/inbox.ts";
import { editOf, isEdit, saysSo } from "./command-edit.ts";
import { commandRecord, nameOfCommand } from "./command-records.ts";
import type { KindState } from "./plan.ts";
import { unseenIn, verdictOf } from "./verify.ts";
import { note, type Work } from "./work.ts";

type Result = OperationRecord["result"];

/** Expiries, pauses and their end, and what a deletion makes pointless. */
export function settleCommands(before: Work, nowMs: number): Work {
  let work = withoutEndedPauses(before, nowMs);
  for (const command of openOf(work)) {
    if (work.status.deleting) work = end(work, command, "superseded", "the cluster is being deleted", nowMs);
    else if (command.deadlineMs !== undefined && nowMs >= command.deadlineMs)
      work = end(work, command, "expired", expiry(command), nowMs);
    else if (!isDue(command, nowMs)) continue;
    else if (command.command === "pause") work = pause(work, command, nowMs);
    else if (command.command === "resume") work = resume(work, command, nowMs);
    else if (isEdit(command) && command.begunMs !== undefined && !saysSo(work.status, command))
      work = end(work, command, "superseded", "the spec was changed again since", nowMs);
  }
  return work;
}

function openOf({ status }: Work): readonly AcceptedCommand[] {
  return status.care?.commands ?? [];
}

function expiry({ deadlineMs = 0, begunMs }: AcceptedCommand): string {
  const until = new Date(deadlineMs).toISOString();
  const how =
    begunMs === undefined ? "it was never begun" : "what it had begun is taken back, but for a cordon";
  return `it was not done by its deadline, ${until}; ${how}`;
}

function pause(work: Work, command: AcceptedCommand, nowMs: number): Work {
  const { pool, reason, requestedBy: by, value } = command;
  const known = work.status.accepted?.nodePools.map(({ name }) => name) ?? [];
  if (pool !== undefined && !known.includes(pool))
    return end(work, command, "failed", `there is no pool ${pool}; the pools are ${known.join(", ")}`, nowMs);
  const untilMs = value === undefined ? undefined : nowMs + durationMs(value);
  const added: Pause = {
    ...(pool === undefined ? {} : { pool }),
    reason,
    by,
    sinceMs: nowMs,
    ...(untilMs === undefined ? {} : { untilMs }),
  };
  const others = (work.status.care ?? NO_CARE).pauses.filter((one) => one.pool !== pool);
  const until = untilMs === undefined ? "until it is resumed" : `until ${new Date(untilMs).toISOString()}`;
  const message = `${whole(pool)} is paused ${until}: none of its machines is disturbed`;
  return end(withPauses(work, [...others, added]), command, "succeeded", message, nowMs);
}

function resume(work: Work, command: AcceptedCommand, nowMs: number): Work {
  const { pool } = command;
  const { pauses } = work.status.care ?? NO_CARE;
  const others = pauses.filter((one) => one.pool !== pool);
  if (others.length === pauses.length)
    return end(work, command, "succeeded", `${whole(pool)} was not paused`, nowMs);
  return end(resumed(work, others, nowMs), command, "succeeded", `${whole(pool)} goes on`, nowMs);
}

function whole(pool: string | undefined): string {
  return pool === undefined ? "the cluster" : `pool ${pool}`;
}

function withPauses(work: Work, pauses: readonly Pause[]): Work {
  const care = { ...(work.status.care ?? NO_CARE), pauses };
  return { ...work, status: { ...work.status, care } };
}

/** What was paused has lost its time: a drain that was to be forced after an hour would be so at once. */
function resumed(work: Work, pauses: readonly Pause[], nowMs: number): Work {
  const { status } = withPauses(work, pauses);
  const care = { ...(status.care ?? NO_CARE), resumedMs: nowMs };
  return { ...work, status: { ...status, care } };
}

function withoutEndedPauses(work: Work, nowMs: number): Work {
  const pauses = work.status.care?.pauses ?? [];
  const open = pauses.filter((one) => isOpen(one, nowMs));
  if (open.length === pauses.length) return work;
  const lines = pauses
    .filter((one) => !open.includes(one))
    .map(({ pool }) => ({
      level: "info" as const,
      verb: "resume",
      key: pool ?? "cluster",
      message: `the time for which ${whole(pool)} was paused is over`,
    }));
  return note(resumed(work, open, nowMs), ...lines);
}

/** Edits of the spec that are due, made to the document as it stands: the pass writes it when it takes the lease. */
export function editForCommands(
  before: Work,
  id: string,
  written: ClusterDocument | undefined,
  nowMs: number,
  sharedNetworkProjects: readonly string[],
): {
  readonly work: Work;
  readonly document: ClusterDocument | undefined;
  readonly edited: readonly string[];
} {
  let work = before;
  let document = written;
  const edited: string[] = [];
  for (const command of openOf(before)) {
    if (!isEdit(command) || command.begunMs !== undefined || !isDue(command, nowMs)) continue;
    const edit = editOf(id, command, document, work.status, nowMs, sharedNetworkProjects);
    if (edit.verdict === "refused") work = end(work, command, "failed", edit.message, nowMs);
    if (edit.verdict !== "edited") continue;
    document = edit.document;
    edited.push(command.operation);
  }
  return { work, document, edited };
}

/** Those whose edit is in the spec now are begun: they are done when its generation is Ready. */
export function editsBegun(work: Work, operations: readonly string[], nowMs: number): Work {
  return openOf(work)
    .filter(({ operation }) => operations.includes(operation))
    .reduce(
      (sofar, command) =>
        begin(
          sofar,
          command,
          "the spec says so now and is carried out",
          String(sofar.status.generation),
          nowMs,
        ),
      work,
    );
}

/** What a look found of commands, after what was due has been begun. */
export function hearCommands(before: Work, states: readonly KindState[], nowMs: number): Work {
  let work = before;
  for (const command of openOf(before)) work = concluded(work, command, states, nowMs);
  for (const { operation, news, message, mark } of states.flatMap((state) => state.commands ?? [])) {
    const command = openOf(work).find((one) => one.operation === operation);
    if (command === undefined) continue;
    if (news !== "begun") work = end(work, command, news, message, nowMs);
    else if (command.begunMs === undefined && wasStarted(work.status, command, mark))
      work = begin(work, command, message, mark, nowMs);
  }
  return work;
}

function concluded(work: Work, command: AcceptedCommand, states: readonly KindState[], nowMs: number): Work {
  const { status } = work;
  if (!isDue(command, nowMs)) return work;
  if (command.command === "verify") return verified(work, command, states, nowMs);
  if (command.begunMs === undefined) return work;
  if (isEdit(command) && status.readyGeneration >= Number(command.mark)) {
    const halt = haltIn(status.conditions);
    if (halt !== undefined) return end(work, command, "failed", halt, nowMs);
    return end(work, command, "succeeded", `generation ${command.mark} of the spec is Ready`, nowMs);
  }
  return command.command === "backup" ? backedUp(work, command, nowMs) : work;
}

/** What cannot be seen is said once; a whole look is tried until there is one. */
function verified(work: Work, command: AcceptedCommand, states: readonly KindState[], nowMs: number): Work {
  const verdict = verdictOf(work.status, states);
  if (verdict !== undefined) return end(work, command, verdict.result, verdict.message, nowMs);
  const message = unseenIn(states);
  if (message === undefined || command.begunMs !== undefined) return work;
  return begin(work, command, message, undefined, nowMs);
}

/** Snapshots that have no operation under way any more are there, or have failed. */
function backedUp(work: Work, command: AcceptedCommand, nowMs: number): Work {
  const keys = (command.mark ?? "").split(" ");
  const left = work.status.inFlight.filter(({ key }) => keys.includes(key)).length;
  if (left > 0) {
    const message = `${keys.length - left} of ${keys.length} snapshots are taken`;
    return recorded(work, command, "running", message, nowMs);
  }
  const failure = work.status.failures.find(
    ({ key, code }) => keys.includes(key) && code !== "already-exists",
  );
  if (failure !== undefined)
    return end(work, command, "failed", `a snapshot could not be taken: ${failure.message}`, nowMs);
  return end(work, command, "succeeded", `snapshots taken: ${keys.map(nameIn).join(", ")}`, nowMs);
}
function nameIn(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

/** A backup whose calls did not go out in this pass is begun by the next one. */
function wasStarted({ inFlight, failures }: ClusterStatus, { command }: AcceptedCommand, mark = ""): boolean {
  if (command !== "backup") return true;
  const known = new Set([...inFlight, ...failures].map(({ key }) => key));
  return mark.split(" ").every((key) => known.has(key));
}

function begin(
  work: Work,
  command: AcceptedCommand,
  message: string,
  mark: string | undefined,
  nowMs: number,
): Work {
  const begun: AcceptedCommand = { ...command, begunMs: nowMs, ...(mark === undefined ? {} : { mark }) };
  const commands = openOf(work).map((one) => (one.operation === command.operation ? begun : one));
  return recorded(withCommands(work, commands), begun, "running", message, nowMs);
}

function end(work: Work, command: AcceptedCommand, result: Result, message: string, nowMs: number): Work {
  const commands = openOf(work).filter(({ operation }) => operation !== command.operation);
  const line = {
    level: result === "failed" || result === "expired" ? "warning" : "info",
    verb: result,
    key: command.node ?? command.pool ?? "cluster",
    message: `${nameOfCommand(command)} (operation ${command.operation}): ${message}`,
  } as const;
  return note(recorded(withCommands(work, commands), command, result, message, nowMs), line);
}

function withCommands(work: Work, commands: readonly AcceptedCommand[]): Work {
  const care = { ...(work.status.care ?? NO_CARE), commands };
  return { ...work, status: { ...work.status, care } };
}

function recorded(
  work: Work,
  command: AcceptedCommand,
  result: Result,
  message: string,
  nowMs: number,
): Work {
  const record = commandRecord(command, work.status, { result, message, nowMs });
  const others = (work.records ?? []).filter(({ id }) => id !== record.id);
  return { ...work, records: [...others, record] };
}

/** When the next of them must be looked at, although nothing else wakes the cluster. */
export function commandWakesMs({ care }: ClusterStatus, nowMs: number): readonly number[] {
  const commands = care?.commands ?? [];
  return [
    ...commands.flatMap(({ deadlineMs }) => deadlineMs ?? []),
    ...commands.flatMap(({ notBeforeMs }) => notBeforeMs ?? []),
    ...(care?.pauses ?? []).flatMap(({ untilMs }) => untilMs ?? []),
  ].filter((atMs) => atMs > nowMs);
}
