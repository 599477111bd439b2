/**
 * One pass over one cluster: take the lease, look, decide, act, save, ask for the next pass. It never waits for the
 * cloud, and may die at any point: the next pass looks afresh and carries on.
 */
import type { Document, Transaction } from "../ports/store.ts";
import type { ClusterSpec } from "../spec/cluster.ts";
import type { ClusterDocument, ClusterStatus, EventLine, OperationRecord } from "../status/cluster-status.ts";
import { acceptSpec, deletionWish } from "./accept.ts";
import { admit, confirmSpec, newStatus, refuseDeletion, refuseSpec, startDeleting } from "./admit.ts";
import type { Engine } from "./engine.ts";
import { type Lease, releaseLease, stillMine, takeLease } from "./lease.ts";
import { nextWakeMs } from "./next-wake.ts";
import { censusPath, clusterPath, eventsPath, operationsPath, statusPath } from "./paths.ts";
import { eventRecord, operationRecord, superseded } from "./records.ts";
import { contentHash } from "./request-id.ts";
import { runRound } from "./round.ts";
import type { Work } from "./work.ts";

/** Rounds of one pass; each further one follows only when something was finished at once. */
export const ROUNDS_MAX = 4;
/** No further round starts after this long. A round that outlasts the lease all the same begins no action any more. */
export const PASS_BUDGET_MS = 20_000;

export type PassOutcome =
  /** There is no such cluster. */
  | { readonly outcome: "absent" }
  /** Another pass holds it and was told to look again. */
  | { readonly outcome: "held" }
  /** The lease was lost in the meantime: nothing was saved, whoever took it carries on. */
  | { readonly outcome: "fenced" }
  | { readonly outcome: "saved"; readonly status: ClusterStatus }
  /** Deleted to nothing, its documents too. */
  | { readonly outcome: "gone" };

interface Begun {
  readonly lease: Lease;
  readonly work: Work;
  readonly spec: ClusterSpec | undefined;
}

export async function pass(engine: Engine, id: string, cause: string): Promise<PassOutcome> {
  const begun = await engine.store.transact((transaction) => begin(engine, transaction, id, cause));
  if ("heldUntilMs" in begun) return held(engine, id, begun.heldUntilMs);
  if ("outcome" in begun) return begun;
  const { lease, spec } = begun;
  const startedMs = engine.clock.nowMs();
  let work = begun.work;
  let gone = work.status.deleting && spec === undefined;
  for (let round = 0; spec !== undefined && round < ROUNDS_MAX; round++) {
    const result = await runRound(engine, id, spec, work);
    work = result.work;
    gone = result.gone;
    if (!result.again || engine.clock.nowMs() - startedMs > PASS_BUDGET_MS) break;
  }
  return finish(engine, { id, cause, lease, before: begun.work.status, work, gone });
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
): Promise<Begun | PassOutcome | { readonly heldUntilMs: number }> {
  const document = await transaction.get<ClusterDocument>(clusterPath(id));
  const current = await transaction.get<ClusterStatus>(statusPath(id));
  if (document === undefined && current === undefined) return { outcome: "absent" };
  const nowMs = engine.clock.nowMs();
  const taking = takeLease(current?.data.lease, engine.holder(), nowMs);
  if (!taking.taken) {
    if (current?.data.lease?.dirty !== true)
      transaction.set(statusPath(id), { ...current?.data, lease: taking.lease });
    return { heldUntilMs: taking.lease.untilMs };
  }
  const work = takeIn(engine, id, document, current?.data, nowMs);
  const { epoch, untilMs } = taking.lease;
  // Should this pass die, the cluster is overdue once its lease has expired.
  const status: ClusterStatus = { ...work.status, lease: taking.lease, wakeAtMs: untilMs };
  transaction.set(statusPath(id), { ...status });
  // What was taken in is told even if this pass dies.
  if (work.lines.length > 0)
    transaction.set(`${eventsPath(id)}/${epoch}`, { ...eventRecord(work.lines, epoch, cause, nowMs) });
  return { lease: taking.lease, work: { ...work, status }, spec: status.accepted };
}

function takeIn(
  engine: Engine,
  id: string,
  document: Document<ClusterDocument> | undefined,
  current: ClusterStatus | undefined,
  nowMs: number,
): Work {
  const seenHash = document === undefined ? "" : contentHash(document.data);
  const status = { ...(current ?? newStatus(engine.chance)), seenHash };
  const before: Work = { status, lines: interruption(current?.lease) };
  const acceptance = acceptSpec(id, document?.data, current, nowMs, engine.sharedNetworkProjects);
  const admitted = acceptance.verdict === "accepted" ? admit(before, acceptance, nowMs) : before;
  const wish = deletionWish(document?.data, admitted.status);
  if (wish.wish === "delete") return startDeleting(admitted, nowMs);
  if (wish.wish === "refused") return refuseDeletion(admitted, wish, nowMs);
  return acceptance.verdict === "refused"
    ? refuseSpec(admitted, acceptance, nowMs)
    : confirmSpec(admitted, nowMs);
}

/** A lease that was never released: its pass died, and what it had begun has no record of its own (S15). */
function interruption(lease: Lease | undefined): readonly EventLine[] {
  if (lease === undefined || lease.untilMs === 0) return [];
  const message = `pass ${lease.epoch} ended without a record; whatever it began is found and carried on`;
  return [{ level: "warning", verb: "interrupted", key: "cluster", message }];
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
  const current = await transaction.get<ClusterStatus>(statusPath(id));
  // Another cluster of that name may have come meanwhile, with epochs of its own.
  const isSame = current?.data.uid === work.status.uid;
  if (!isSame || !stillMine(lease, current.data.lease)) return { outcome: "fenced" };
  const nowMs = engine.clock.nowMs();
  const record = operationRecord(finishing.before, work.status, cause, gone, nowMs);
  const older = finishing.before.operation;
  if (older !== null && older !== record?.id)
    await supersede(transaction, `${operationsPath(id)}/${older}`, nowMs);
  if (record !== undefined) transaction.set(`${operationsPath(id)}/${record.id}`, { ...record });
  if (work.lines.length > 0) {
    transaction.set(`${eventsPath(id)}/${lease.epoch}`, {
      ...eventRecord(work.lines, lease.epoch, cause, nowMs),
    });
  }
  if (gone) {
    transaction.delete(clusterPath(id));
    transaction.delete(statusPath(id));
    transaction.delete(censusPath(id));
    return { outcome: "gone" };
  }
  const dirty = current?.data.lease?.dirty === true;
  const { operationCause: _before, ...rest } = work.status;
  const status: ClusterStatus = {
    ...rest,
    ...(record?.result === "running"
      ? { operation: record.id, operationCause: record.cause }
      : { operation: null }),
    lease: releaseLease(lease),
    wakeAtMs: dirty ? nowMs : nextWakeMs(work.status, nowMs),
  };
  transaction.set(statusPath(id), { ...status });
  return { outcome: "saved", status };
}

async function supersede(transaction: Transaction, path: string, nowMs: number): Promise<void> {
  const older = await transaction.get<OperationRecord>(path);
  if (older?.data.result === "running") transaction.set(path, { ...superseded(older.data, nowMs) });
}
