/**
 * The Wakeups port on Cloud Tasks, through Google's official client. The queue cannot be asked cheaply what is pending
 * for a cluster, so a small document of the cluster remembers the task.
 *
 * none ─task created, then noted─► pending ─dispatched─► running ─2xx─► none
 *                 ▲                   └─earlier asked for: another created and noted, this one deleted
 *                 └───────────────────────── running ─the pass asks for the next one
 * The task comes before its note: a crash in between costs one pass too many, never one too few.
 */
import { z } from "zod";
import type { Clock } from "../../ports/clock.ts";
import { CloudError, isCloudError } from "../../ports/cloud-error.ts";
import { type Store, StoreError } from "../../ports/store.ts";
import type { Wakeup, Wakeups } from "../../ports/wakeups.ts";
import { type CloudTask, createTaskQueue, type TaskQueueOptions } from "./task-queue.ts";

/** Milliseconds; Cloud Tasks allows 30 days. An hour less leaves room for its clock and ours. A pass too early is harmless. */
const AHEAD_MS_MAX = 30 * 86_400_000 - 3_600_000;
/** Milliseconds that our clock and Cloud Tasks' may differ: a task due that soon may be running already. */
const CLOCK_SKEW_MS = 2_000;
/** Milliseconds; wake-ups of one bucket share a name and so become one task. "± seconds" of the port. */
const BUCKET_MS = 5_000;
/** Names tried for a bucket: a name once used is taken for up to 24 h, so each firing within a bucket needs another. */
const NAMES_PER_BUCKET_MAX = 20;
const NOTE_SCHEMA_VERSION = 1;

const Note = z.object({ task: z.string(), atMs: z.number() });
type Note = z.infer<typeof Note>;

/** Of the task noted: it fires by the time that is wanted; it fires later; or it has fired, runs right now, or is gone. */
type NotedState = "suffices" | "later" | "over";

export interface TaskWakeupsOptions extends TaskQueueOptions {
  readonly clock: Clock;
  /** Where the task that is pending is remembered, at `clusters/{id}/wakeups/next`. */
  readonly store: Store;
}

/** Loads the client with the first call. */
export function createTaskWakeups(options: TaskWakeupsOptions): Wakeups {
  const { clock, store } = options;
  const queue = createTaskQueue(options);

  /** Looks the task up only when its time has come: it may have fired, be running, or wait to be tried again. */
  const stateOf = async (note: Note | undefined, wantedMs: number): Promise<NotedState> => {
    if (note === undefined) return "over";
    if (isAhead(note)) return note.atMs <= wantedMs ? "suffices" : "later";
    const pendingMs = pendingAt(await queue.get(note.task));
    if (pendingMs === undefined) return "over";
    return pendingMs <= Math.max(wantedMs, clock.nowMs()) ? "suffices" : "later";
  };
  const isAhead = (note: Note) => note.atMs > clock.nowMs() + CLOCK_SKEW_MS;
  const create = async (wakeup: Wakeup, spent: string | undefined): Promise<Note> => {
    const bucket = Math.floor(wakeup.atMs / BUCKET_MS).toString(36);
    const prefix = queue.path(`${taskPrefix(wakeup.clusterId)}-${bucket}-`);
    for (let count = firstCount(prefix, spent); count < NAMES_PER_BUCKET_MAX; count++) {
      const task = `${prefix}${count}`;
      if (await queue.create(task, wakeup)) return { task, atMs: wakeup.atMs };
      // The name is taken: by a task that still waits, which is as good as ours, or by one that has fired.
      if (pendingAt(await queue.get(task)) !== undefined) return { task, atMs: wakeup.atMs };
    }
    const message = `${NAMES_PER_BUCKET_MAX} wake-ups of ${wakeup.clusterId} fired within ${BUCKET_MS} ms: try again in some seconds`;
    throw new CloudError("rate-limited", message, { target: wakeup.clusterId });
  };
  /** Notes our task unless an earlier one was noted meanwhile. Answers the task that must go, if any. */
  const note = (clusterId: string, ours: Note, replaced: string | undefined): Promise<string | undefined> =>
    store.transact(async (transaction) => {
      const path = notePath(clusterId);
      const theirs = toNote((await transaction.get(path))?.data);
      const other = theirs !== undefined && theirs.task !== ours.task ? theirs : undefined;
      const ahead = other !== undefined && isAhead(other);
      if (ahead && other.atMs <= ours.atMs) return ours.task;
      transaction.set(path, { schemaVersion: NOTE_SCHEMA_VERSION, ...ours });
      return ahead || other?.task === replaced ? other?.task : undefined;
    });

  return {
    schedule: (wakeup) =>
      mapStoreErrors(async () => {
        if (!Number.isFinite(wakeup.atMs)) {
          throw new CloudError("invalid", `a wake-up at ${wakeup.atMs} is not a time`, {
            target: wakeup.clusterId,
          });
        }
        const { clusterId } = wakeup;
        const nowMs = clock.nowMs();
        const atMs = Math.min(Math.max(wakeup.atMs, nowMs), nowMs + AHEAD_MS_MAX);
        const noted = toNote((await store.get(notePath(clusterId)))?.data);
        const state = await stateOf(noted, atMs);
        if (state === "suffices") return;
        const ours = await create({ ...wakeup, atMs }, noted?.task);
        const superfluous = await note(clusterId, ours, state === "later" ? noted?.task : undefined);
        if (superfluous !== undefined) await queue.delete(superfluous);
      }),
    cancel: (clusterId) =>
      mapStoreErrors(async () => {
        const path = notePath(clusterId);
        const noted = toNote((await store.get(path))?.data);
        if (noted === undefined) return;
        await queue.delete(noted.task);
        await store.transact(async (transaction) => {
          const current = toNote((await transaction.get(path))?.data);
          if (current?.task === noted.task) transaction.delete(path);
        });
      }),
  };
}

/** When a task will be dispatched next; nothing when it is gone, or its handler runs right now. */
function pendingAt(task: CloudTask | undefined): number | undefined {
  return task === undefined || task.running ? undefined : task.atMs;
}

/** The names up to the one last noted are used, when that is of the same bucket. */
function firstCount(prefix: string, spent: string | undefined): number {
  const count = spent?.startsWith(prefix) ? Number(spent.slice(prefix.length)) : Number.NaN;
  return Number.isInteger(count) && count >= 0 ? count + 1 : 0;
}

/** Not among the documents of `status`: the sweep's query reads all of those, and each that it reads is paid for. */
function notePath(clusterId: string): string {
  return `clusters/${encodeURIComponent(clusterId)}/wakeups/next`;
}

/** Whatever else the document holds is as good as none: then one pass more than needed is asked for. */
function toNote(data: unknown): Note | undefined {
  return Note.safeParse(data).data;
}

/** Cluster ids as the engine makes them stand as they are; the name of a task allows letters, digits, _ and -. */
function taskPrefix(clusterId: string): string {
  return /^[a-z0-9][a-z0-9-]{0,99}$/.test(clusterId)
    ? clusterId
    : `_${Buffer.from(clusterId).toString("base64url").slice(0, 400)}`;
}

async function mapStoreErrors<R>(step: () => Promise<R>): Promise<R> {
  try {
    return await step();
  } catch (error) {
    if (isCloudError(error) || !(error instanceof StoreError)) throw error;
    const code = error.code === "invalid" ? "invalid" : "unavailable";
    throw new CloudError(code, `the note of a wake-up: ${error.message}`, { cause: error });
  }
}
