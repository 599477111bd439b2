/**
 * One pass over one cluster: look, and where something is due take the lease, act, save, ask for the next pass. It never
 * waits for the cloud, and may die at any point: the next pass looks afresh and carries on.
 */
import type { Transaction } from "../ports/store.ts";
import type { ClusterDocument, ClusterStatus, EventLine, OperationRecord } from "../status/cluster-status.ts";
import type { Inbox } from "../status/inbox.ts";
import { type Deadline, startDeadline } from "./deadline.ts";
import { ledgerWrites } from "./disruptions.ts";
import type { Engine } from "./engine.ts";
import { glance, isNews, type Versions } from "./glance.ts";
import { LEASE_MS, type Lease, releaseLease, stillMine, takeLease } from "./lease.ts";
import { look } from "./look.ts";
import { nextWakeMs } from "./next-wake.ts";
import { clusterPath, eventRecordPath, inboxPath, operationRecordPath, statusPath } from "./paths.ts";
import type { Look } from "./plan-look.ts";
import { eventRecord, operationRecord, superseded } from "./records.ts";
import { statusWithinRoom } from "./room.ts";
import { act } from "./round.ts";
import { takeIn } from "./take-in.ts";
import type { Work } from "./work.ts";

/** Rounds of one pass; each further one follows only when something was finished at once. */
export const ROUNDS_MAX = 4;
/** No further round starts after this long. */
export const PASS_BUDGET_MS = 20_000;
/** What has not answered by then is given up: LEASE_MS and the functions' own limits leave time to save. */
export const CALLS_MS_MAX = 45_000;

/** A look counts under the lease for no longer than it would have under one of its own: a process may sleep in between. */
const LOOK_COUNTS_MS = LEASE_MS;

export type PassOutcome =
  /** There is no such cluster. */
  | { readonly outcome: "absent" }
  /** Another pass holds it and was told to look again. */
  | { readonly outcome: "held" }
  /** The lease was lost in the meantime: nothing was saved, whoever took it carries on. */
  | { readonly outcome: "fenced" }
  /** All was as the status says: nothing was written. */
  | { readonly outcome: "quiet"; readonly status: ClusterStatus }
  | { readonly outcome: "saved"; readonly status: ClusterStatus }
  /** Deleted to nothing, its documents too. */
  | { readonly outcome: "gone" };

interface Begun {
  readonly lease: Lease;
  readonly work: Work;
  /** All is still as the glance before saw it, nothing came in since, and it is not long ago, so that its look counts. */
  readonly asSeen: boolean;
}

/** What the look before the lease was based on. */
interface Basis {
  readonly versions: Versions;
  readonly startedMs: number;
}

export async function pass(engine: Engine, id: string, cause: string): Promise<PassOutcome> {
  const startedMs = engine.clock.nowMs();
  let deadline = startDeadline(engine.clock, CALLS_MS_MAX);
  try {
    const first = await glance(engine, id, deadline);
    if (first.verdict === "absent") return { outcome: "absent" };
    if (first.verdict === "quiet") return rest(engine, id, first);
    const seen = first.verdict === "due" ? first.seen : undefined;
    const basis = "versions" in first ? { versions: first.versions, startedMs } : undefined;
    const begun = await engine.store.transact((transaction) => begin(engine, transaction, id, cause, basis));
    if ("heldUntilMs" in begun) return await held(engine, id, begun.heldUntilMs);
    if ("outcome" in begun) return begun;
    if (isLongAgo(engine, startedMs)) deadline = startDeadline(engine.clock, CALLS_MS_MAX);
    const { status } = begun.work;
    if (begun.asSeen) engine.memory.goOn(status.uid, begun.lease.epoch);
    const ended = await carryOut(engine, id, begun, begun.asSeen ? seen : undefined, deadline);
    return await finish(engine, { id, cause, lease: begun.lease, before: begun.work.status, ...ended });
  } finally {
    deadline.end();
  }
}

function isLongAgo({ clock }: Engine, startedMs: number): boolean {
  return clock.nowMs() - startedMs > LOOK_COUNTS_MS;
}

/** Rounds of looking and acting under the lease; `seen` is the look that led to it. */
async function carryOut(
  engine: Engine,
  id: string,
  begun: Begun,
  seen: Look | undefined,
  deadline: Deadline,
): Promise<{ readonly work: Work; readonly gone: boolean }> {
  const spec = begun.work.status.accepted;
  if (spec === undefined) return { work: begun.work, gone: begun.work.status.deleting };
  const startedMs = engine.clock.nowMs();
  let next = seen === undefined ? undefined : underLease(seen, begun.work);
  let work = begun.work;
  for (let round = 1; ; round++) {
    next ??= await look(engine, id, spec, work, deadline, round > 1);
    const result = await act(engine, next, deadline);
    next = undefined;
    work = result.work;
    const late = engine.clock.nowMs() - startedMs > PASS_BUDGET_MS;
    if (!result.again || late || round === ROUNDS_MAX) return { work, gone: result.gone };
  }
}

function underLease(seen: Look, { status: { lease, wakeAtMs } }: Work): Look {
  const status = { ...seen.work.status, lease, wakeAtMs };
  return { ...seen, work: { ...seen.work, status } };
}

/** Nothing to do and nothing to say: only the next look is asked for. */
async function rest(
  engine: Engine,
  id: string,
  { status, wakeAtMs }: { readonly status: ClusterStatus; readonly wakeAtMs: number | null },
): Promise<PassOutcome> {
  if (wakeAtMs !== null)
    await engine.wakeups.schedule({ clusterId: id, atMs: wakeAtMs, cause: "look again" });
  return { outcome: "quiet", status };
}

/** The holder looks again when it releases; should it have died, this wake-up finds the lease expired. */
async function held(engine: Engine, id: string, untilMs: number): Promise<PassOutcome> {
  await engine.wakeups.schedule({ clusterId: id, atMs: untilMs, cause: "another pass held it" });
  return { outcome: "held" };
}

/** Reads, takes the lease, and takes in what the document asks for. */
async function begin(
  engine: Engine,
  transaction: Transaction,
  id: string,
  cause: string,
  basis: Basis | undefined,
): Promise<Begun | PassOutcome | { readonly heldUntilMs: number }> {
  const document = await transaction.get<ClusterDocument>(clusterPath(id));
  const current = await transaction.get<ClusterStatus>(statusPath(id));
  if (document === undefined && current === undefined) return { outcome: "absent" };
  const inbox = await transaction.get<Inbox>(inboxPath(id));
  const nowMs = engine.clock.nowMs();
  const taking = takeLease(current?.data.lease, engine.holder(), nowMs);
  if (!taking.taken) {
    if (current?.data.lease?.dirty !== true)
      transaction.set(statusPath(id), { ...current?.data, lease: taking.lease });
    return { heldUntilMs: taking.lease.untilMs };
  }
  const work = takeIn(engine, id, document, current?.data, inbox?.data, nowMs);
  const { epoch, untilMs } = taking.lease;
  // Should this pass die, the cluster is overdue once its lease has expired.
  const status = statusWithinRoom({ ...work.status, lease: taking.lease, wakeAtMs: untilMs });
  transaction.set(statusPath(id), { ...status });
  // It is in the status now, both or neither.
  if (inbox !== undefined) transaction.delete(inboxPath(id));
  if (work.document !== undefined) transaction.set(clusterPath(id), { ...work.document });
  writeRecords(transaction, id, work);
  // What was taken in is told even if this pass dies.
  if (work.lines.length > 0)
    writeEvents(transaction, id, { uid: status.uid, epoch }, work.lines, cause, nowMs);
  const asSeen =
    basis !== undefined &&
    basis.versions.document === document?.version &&
    basis.versions.status === current?.version &&
    !isNews(work, current?.data) &&
    !isLongAgo(engine, basis.startedMs);
  return { lease: taking.lease, work: { ...work, status }, asSeen };
}

interface Finishing {
  readonly id: string;
  readonly cause: string;
  readonly lease: Lease;
  readonly before: ClusterStatus;
  readonly work: Work;
  readonly gone: boolean;
}

/** Saves everything at once, fenced by the lease's epoch, and asks for the next pass. */
async function finish(engine: Engine, finishing: Finishing): Promise<PassOutcome> {
  const { id, lease, work } = finishing;
  const saved = await engine.store.transact((transaction) => save(engine, transaction, finishing));
  if (saved.outcome === "fenced") {
    engine.log("warning", "pass fenced", { cluster: id, epoch: lease.epoch });
    return saved;
  }
  for (const line of work.lines)
    engine.log(line.level, line.message, { cluster: id, verb: line.verb, key: line.key });
  if (saved.outcome === "gone") await engine.wakeups.cancel(id);
  if (saved.outcome === "saved" && saved.status.wakeAtMs !== null) {
    await engine.wakeups.schedule({ clusterId: id, atMs: saved.status.wakeAtMs, cause: "carry on" });
  }
  return saved;
}

async function save(engine: Engine, transaction: Transaction, finishing: Finishing): Promise<PassOutcome> {
  const { id, cause, lease, work, gone } = finishing;
  const { uid } = work.status;
  const current = await transaction.get<ClusterStatus>(statusPath(id));
  // Another cluster of that name may have come meanwhile, with epochs of its own.
  const isSame = current?.data.uid === uid;
  if (!isSame || !stillMine(lease, current.data.lease)) return { outcome: "fenced" };
  const nowMs = engine.clock.nowMs();
  // The store's own time of a moment ago: with a clock that is behind, the next pass would follow at once, for ever.
  const latestMs = Math.max(nowMs, current?.updatedMs ?? nowMs);
  const writeLedger = await ledgerWrites(transaction, { id, gone, nowMs }, work);
  const record = operationRecord(finishing.before, work.status, cause, gone, nowMs);
  const older = finishing.before.operation;
  if (older !== null && older !== record?.id)
    await supersede(transaction, operationRecordPath(id, uid, older), nowMs);
  writeLedger();
  if (record !== undefined) transaction.set(operationRecordPath(id, uid, record.id), { ...record });
  writeRecords(transaction, id, work);
  if (work.lines.length > 0)
    writeEvents(transaction, id, { uid, epoch: lease.epoch }, work.lines, cause, nowMs);
  if (gone) {
    transaction.delete(clusterPath(id));
    transaction.delete(statusPath(id));
    transaction.delete(inboxPath(id));
    return { outcome: "gone" };
  }
  const dirty = current?.data.lease?.dirty === true;
  const { operationCause: _before, ...rest } = work.status;
  const status = statusWithinRoom({
    ...rest,
    ...(record?.result === "running"
      ? { operation: record.id, operationCause: record.cause }
      : { operation: null }),
    lease: releaseLease(lease),
    wakeAtMs: dirty ? nowMs : nextWakeMs(work.status, latestMs, engine.haste),
  });
  transaction.set(statusPath(id), { ...status });
  return { outcome: "saved", status };
}

function writeRecords(transaction: Transaction, id: string, { status, records = [] }: Work): void {
  for (const record of records)
    transaction.set(operationRecordPath(id, status.uid, record.id), { ...record });
}

function writeEvents(
  transaction: Transaction,
  id: string,
  pass: { readonly uid: string; readonly epoch: number },
  lines: readonly EventLine[],
  cause: string,
  nowMs: number,
): void {
  const record = eventRecord(lines, pass, cause, nowMs);
  transaction.set(eventRecordPath(id, pass.uid, pass.epoch), { ...record });
}

async function supersede(transaction: Transaction, path: string, nowMs: number): Promise<void> {
  const older = await transaction.get<OperationRecord>(path);
  if (older?.data.result === "running") transaction.set(path, { ...superseded(older.data, nowMs) });
}
