/** How much of what failed and of what happened is kept: a document has room for some of it, and must always be saved. Pure. */
import { keptRepairs } from "../nodes/repair-memory.ts";
import type { Action } from "../resources/resource.ts";
import type { ClusterStatus, EventLine, Failure } from "../status/cluster-status.ts";

/** Characters: what a webhook or the cloud says may be whole pages. */
export const FAILURE_LENGTH_MAX = 1_000;
/** Of the 200 KB of a status, a spec may take 120 and its conditions 36. */
export const FAILURES_BYTES_MAX = 36_000;
/** Where there are too many, so many keep all that was said of them; of the others this many characters are kept. */
const TOLD_WHOLE = 8;
const TOLD_LENGTH_MAX = 80;
/** Evictions of a pass while more have failed than are remembered, of which nobody knows how long they must wait. */
export const EVICTIONS_WHEN_FULL = 8;
/** Of the 200 KB of a document, with some to spare for its lease and its wake-up. */
export const STATUS_BYTES_MAX = 195_000;

/** Of the 200 KB of an event document: a pass of four rounds may have hundreds of lines. */
export const LINES_BYTES_MAX = 150_000;

/**
 * What failed in the cloud before what failed inside of the cluster, and what is known for longest first: hundreds of pods
 * may refuse to go.
 */
export function failuresWithinRoom(failures: readonly Failure[]): readonly Failure[] {
  if (bytesOf(failures) <= FAILURES_BYTES_MAX) return failures;
  const rank = ({ key }: Failure) => (key.startsWith("/api") ? 1 : 0);
  const ranked = failures.toSorted((one, other) => rank(one) - rank(other));
  return within(
    ranked.map((failure, at) => (at < TOLD_WHOLE ? failure : short(failure))),
    FAILURES_BYTES_MAX,
  );
}

/**
 * A status that can be saved, whatever came together: a large spec, a storm of incidents, a day of repairs. What is told for
 * people goes first, and of what decisions rest on the newest stays, and what was tried most.
 */
export function statusWithinRoom(status: ClusterStatus): ClusterStatus {
  return SHEDDING.reduce((all, shed) => (bytesOf(all) <= STATUS_BYTES_MAX ? all : shed(all)), status);
}

const CONDITION_LENGTH_MAX = 400;
const INCIDENTS_MIN = 10;
const REPAIRS_MIN = 30;
const SHEDDING: readonly ((status: ClusterStatus) => ClusterStatus)[] = [
  ({ conditions, ...rest }) => ({
    ...rest,
    conditions: conditions.map((one) => ({ ...one, message: cut(one.message, CONDITION_LENGTH_MAX) })),
  }),
  ({ failures, ...rest }) => ({ ...rest, failures: within(failures.map(short), FAILURES_BYTES_MAX / 4) }),
  ({ care, ...rest }) => ({
    ...rest,
    ...(care && { care: { ...care, incidents: care.incidents.slice(-INCIDENTS_MIN) } }),
  }),
  ({ care, ...rest }) => {
    const repairs = keptRepairs(care?.repairs ?? [], REPAIRS_MIN).map((one) => {
      return { ...one, reason: cut(one.reason, TOLD_LENGTH_MAX) };
    });
    return { ...rest, ...(care && { care: { ...care, repairs } }) };
  },
];

/** All that is due; of evictions a few, others each second, while there is no room to remember which of them fail. */
export function paced<A extends { readonly action: Action }>(
  due: readonly A[],
  failures: readonly Failure[],
  nowMs: number,
): readonly A[] {
  const isFull = bytesOf(failures) > FAILURES_BYTES_MAX - FAILURE_LENGTH_MAX;
  const evictions = isFull ? due.filter(({ action }) => action.verb === "evict") : [];
  if (evictions.length <= EVICTIONS_WHEN_FULL) return due;
  const first = (Math.floor(nowMs / 1000) * EVICTIONS_WHEN_FULL) % evictions.length;
  const now = new Set([...evictions.slice(first), ...evictions].slice(0, EVICTIONS_WHEN_FULL));
  return due.filter((one) => one.action.verb !== "evict" || now.has(one));
}

/** The first ones, and how many more there were. */
export function linesWithinRoom(lines: readonly EventLine[]): readonly EventLine[] {
  const kept = within(lines, LINES_BYTES_MAX);
  const left = lines.length - kept.length;
  if (left === 0) return lines;
  const message = `${left} more lines than this record has room for; the log has all of them`;
  return [...kept, { level: "warning", verb: "cut", key: "cluster", message }];
}

function short({ message, ...failure }: Failure): Failure {
  return { ...failure, message: cut(message, TOLD_LENGTH_MAX) };
}
function cut(text: string, lengthMax: number): string {
  return text.slice(0, lengthMax).toWellFormed();
}

function within<T>(items: readonly T[], bytesMax: number): readonly T[] {
  // The brackets, and a comma each.
  let bytes = 2;
  const end = items.findIndex((item) => {
    bytes += bytesOf(item) + 1;
    return bytes > bytesMax;
  });
  return end < 0 ? items : items.slice(0, end);
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
