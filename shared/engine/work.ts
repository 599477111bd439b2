/** The status of one cluster while a pass works on it: pure steps from one status to the next. */

import { gathered, keptRepairs } from "../nodes/repair-memory.ts";
import { type CloudError, isCloudError } from "../ports/cloud-error.ts";
import type { Operation } from "../ports/compute-types.ts";
import { operationFailure } from "../ports/operation-error.ts";
import type { Action, Started } from "../resources/resource.ts";
import { type Kept, NO_CARE, type Repair } from "../status/care.ts";
import type {
  ClusterDocument,
  ClusterStatus,
  EventLine,
  Failure,
  InFlight,
  OperationRecord,
} from "../status/cluster-status.ts";
import type { Disruption } from "../status/disruption.ts";
import { ANSWERS, RETRY_AHEAD_MS_MAX, retryDelayMs } from "./backoff.ts";
import { FAILURE_LENGTH_MAX, failuresWithinRoom } from "./room.ts";

/** A status and what happened on the way to it. */
export interface Work {
  readonly status: ClusterStatus;
  readonly lines: readonly EventLine[];
  /** Records of commands that were begun or ended. */
  readonly records?: readonly OperationRecord[];
  /** The document as commands have edited it, to be written. */
  readonly document?: ClusterDocument;
  /** Entries of the ledger of disruptions that have changed. */
  readonly ledger?: LedgerNews;
}

/** Of the ledger of disruptions, by node. */
export interface LedgerNews {
  readonly changed: ReadonlyMap<string, Disruption>;
  readonly ended: ReadonlyMap<string, "gone" | "uncordoned">;
}

/** How long a finished mutation's count is kept: longer than the API remembers request ids. */
export const ATTEMPT_KEPT_MS = 48 * 3_600_000;
/** An operation older than this raises an alarm once (L4); the slowest of ours end within minutes. */
export const OPERATION_ALARM_MS = 20 * 60_000;

/** Of some 500 characters each, a quarter of a status; more than are at work or tried again and again within a day. */
export const REPAIRS_KEPT_MAX = 100;
/** Characters of a reason in an event: it may quote what a program in the cluster said. */
const REASON_LENGTH_MAX = 400;

export function note(work: Work, ...lines: readonly EventLine[]): Work {
  return lines.length === 0 ? work : { ...work, lines: [...work.lines, ...lines] };
}

/** Repeats of one action count the same failure up; anything else starts a new count. */
export function failed(
  work: Work,
  at: { key: string; kind: string },
  error: CloudError,
  nowMs: number,
  fraction: number,
): Work {
  const before = work.status.failures.find((failure) => failure.key === at.key);
  const count = before?.code === error.code ? before.count + 1 : 1;
  const failure: Failure = {
    key: at.key,
    kind: at.kind,
    code: error.code,
    message: error.message.slice(0, FAILURE_LENGTH_MAX).toWellFormed(),
    count,
    firstMs: count > 1 ? (before?.firstMs ?? nowMs) : nowMs,
    retryAtMs: nowMs + retryDelayMs(error.code, count, fraction),
  };
  const others = work.status.failures.filter((other) => other.key !== at.key);
  const failures = failuresWithinRoom(
    count > 1 ? replaced(work.status.failures, failure) : [...others, failure],
  );
  const line: EventLine = {
    level: "warning",
    verb: "failed",
    key: at.key,
    message: `${error.code}: ${failure.message}`,
  };
  // The same trouble again is not news, and what is not remembered would be news each time.
  const next = { ...work, status: { ...work.status, failures } };
  return count === 1 && failures.some(({ key }) => key === failure.key) ? note(next, line) : next;
}

/** In its place: what is known for longest stays known. */
function replaced(failures: readonly Failure[], failure: Failure): readonly Failure[] {
  return failures.map((one) => (one.key === failure.key ? failure : one));
}

/** A mutation was finished, well or not: its next one is a new request. */
export function finishedAttempt(status: ClusterStatus, key: string, nowMs: number): ClusterStatus {
  const kept = Object.entries(status.attempts).filter(
    ([, attempt]) => nowMs - attempt.lastMs < ATTEMPT_KEPT_MS,
  );
  const count = (status.attempts[key]?.count ?? 0) + 1;
  return { ...status, attempts: { ...Object.fromEntries(kept), [key]: { count, lastMs: nowMs } } };
}

export function succeeded(work: Work, key: string, nowMs: number): Work {
  return withoutFailure({ ...work, status: finishedAttempt(work.status, key, nowMs) }, key);
}

function withoutFailure(work: Work, key: string): Work {
  const failures = work.status.failures.filter((failure) => failure.key !== key);
  return { ...work, status: { ...work.status, failures } };
}

/** What an action led to: the mutation was all of it, an operation goes on, or it failed. */
export type Outcome =
  | {
      readonly action: Action;
      readonly kind: string;
      readonly started: Started;
    }
  | { readonly action: Action; readonly kind: string; readonly error: CloudError };

export function performed(work: Work, outcome: Outcome, nowMs: number, fraction: number): Work {
  const { action, kind } = outcome;
  if ("error" in outcome) {
    if (action.verb === "delete" && outcome.error.code === "not-found")
      return succeeded(work, action.key, nowMs);
    return failed(work, { key: action.key, kind }, outcome.error, nowMs, fraction);
  }
  if (outcome.started === "held") return withoutFailure(work, action.key);
  const message = action.reason.slice(0, REASON_LENGTH_MAX).toWellFormed();
  const { verb, key, cause } = action;
  const line: EventLine = { level: "info", verb, key, message, ...(cause === undefined ? {} : { cause }) };
  const repaired = action.repair === undefined ? work : withRepair(work, action.repair);
  const remembered = action.kept === undefined ? repaired : withKept(repaired, action.kept);
  return begun(note(remembered, line), outcome, nowMs);
}

/** Repairs that began are counted, however they end. */
function withRepair(work: Work, repair: Repair): Work {
  const care = work.status.care ?? NO_CARE;
  const repairs = [...care.repairs, repair];
  const kept = keptRepairs(gathered(repairs), REPAIRS_KEPT_MAX);
  return { ...work, status: { ...work.status, care: { ...care, repairs: kept } } };
}

/** Once a machine, however often it is asked to leave. */
function withKept(work: Work, kept: Kept): Work {
  const care = work.status.care ?? NO_CARE;
  const others = care.kept.filter(({ machine }) => machine !== kept.machine);
  return { ...work, status: { ...work.status, care: { ...care, kept: [...others, kept] } } };
}

function begun(
  work: Work,
  { action, kind, started }: Extract<Outcome, { readonly started: unknown }>,
  nowMs: number,
): Work {
  // Repeating what is done at once is harmless by itself: only what the API remembers by request id is counted.
  if (typeof started !== "object") return withoutFailure(work, action.key);
  const { operation } = started;
  const flight: InFlight = {
    key: action.key,
    kind,
    verb: action.verb,
    operation: operationPath(operation),
    startedMs: nowMs,
    reason: action.reason,
  };
  const inFlight = [...work.status.inFlight.filter((other) => other.key !== action.key), flight];
  return { ...work, status: { ...work.status, inFlight } };
}

/** `projects/p/zones/z/operations/o` of the operation's self link. */
export function operationPath(operation: Operation): string {
  const match = /projects\/.+$/.exec(operation.selfLink ?? "");
  if (match === null) throw new RangeError(`operation ${operation.name} has no self link`);
  return match[0];
}

/** Takes in what the cloud says about the operations under way that it was asked after. One that it no longer knows is over. */
export function settleOperations(
  before: Work,
  asked: readonly InFlight[],
  operations: readonly Operation[],
  nowMs: number,
  fraction: number,
): Work {
  const known = new Map(operations.map((operation) => [operationPath(operation), operation]));
  let work = before;
  for (const flight of asked) {
    const operation = known.get(flight.operation);
    if (operation === undefined || operation.status === "DONE")
      work = land(work, flight, operation, nowMs, fraction);
  }
  return work;
}

function land(
  work: Work,
  flight: InFlight,
  operation: Operation | undefined,
  nowMs: number,
  fraction: number,
): Work {
  const inFlight = work.status.inFlight.filter((other) => other.key !== flight.key);
  const landed: Work = { ...work, status: { ...work.status, inFlight } };
  const error = operation === undefined ? undefined : operationFailure(operation);
  if (error === undefined || alreadySo(flight, error)) return succeeded(landed, flight.key, nowMs);
  const counted = { ...landed, status: finishedAttempt(landed.status, flight.key, nowMs) };
  return failed(counted, flight, error, nowMs, fraction);
}

/** The wish was fulfilled, if not by us: a delete of what is gone. */
function alreadySo(flight: InFlight, error: CloudError): boolean {
  return flight.verb === "delete" && isCloudError(error, "not-found");
}

/** Tells of each operation that takes too long, once (L4). It is asked after all the same. */
export function raiseAlarms(work: Work, nowMs: number): Work {
  const late = work.status.inFlight.filter(
    ({ startedMs, alarmed }) => nowMs - startedMs > OPERATION_ALARM_MS && alarmed !== true,
  );
  if (late.length === 0) return work;
  const inFlight = work.status.inFlight.map((flight) =>
    late.includes(flight) ? { ...flight, alarmed: true } : flight,
  );
  const lines = late.map(({ key, verb, operation }): EventLine => {
    const minutes = OPERATION_ALARM_MS / 60_000;
    const message = `${verb} has been under way for more than ${minutes} minutes: look at ${operation}`;
    return { level: "warning", verb: "overdue", key, message };
  });
  return note({ ...work, status: { ...work.status, inFlight } }, ...lines);
}

/** Keys that failed and wait. A wait that is longer than any was begun by a clock that is wrong, and is void. */
export function backingOff(status: ClusterStatus, nowMs: number): ReadonlySet<string> {
  const isWaiting = (atMs: number) => atMs > nowMs && atMs <= nowMs + RETRY_AHEAD_MS_MAX;
  return new Set(status.failures.filter(({ retryAtMs }) => isWaiting(retryAtMs)).map(({ key }) => key));
}

/** Zones where a machine could not be had a moment ago. */
export function blockedZones(status: ClusterStatus, nowMs: number): readonly string[] {
  const zones = status.failures
    .filter((failure) => failure.code === "stockout" && failure.retryAtMs > nowMs)
    .map((failure) => /\/zones\/([^/]+)\//.exec(failure.key)?.[1]);
  return [...new Set(zones.filter((zone) => zone !== undefined))];
}

/**
 * Failures whose action is no longer wanted are forgotten once their wait is over and nothing brought them back. One for
 * want of room is remembered longer: its machine is tried in the next zone, and comes back here with a longer wait.
 */
export function forgetStale(
  status: ClusterStatus,
  wanted: ReadonlySet<string>,
  nowMs: number,
): ClusterStatus {
  const keptMs = (failure: Failure) => (failure.code === "stockout" ? ANSWERS.stockout.maxMs : 0);
  const failures = status.failures.filter(
    (failure) => wanted.has(failure.key) || failure.retryAtMs + keptMs(failure) > nowMs,
  );
  return failures.length === status.failures.length ? status : { ...status, failures };
}
