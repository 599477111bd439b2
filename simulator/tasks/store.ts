/**
 * The queues of the simulated cloud and the life of a task:
 * `waiting ─due─► dispatched ─2xx─► gone (name taken for a day)`; a failure goes back to waiting until attempts run out.
 */
import type { Clock } from "../../shared/ports/clock.ts";
import { type Delivery, deliver } from "./dispatch.ts";
import { backoffMs, burstSize, type QueueConfig } from "./queue.ts";
import type { StoredTask } from "./stored-task.ts";

/** Source: https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/create (de-duplication). */
export const TOMBSTONE_MS = 24 * 3600 * 1000;
const MS_PER_SECOND = 1000;

export interface StoredQueue {
  readonly name: string;
  config: QueueConfig;
  state: "RUNNING" | "PAUSED";
  purgedMs: number | undefined;
  running: number;
  /** When the dispatches so far would be through at the queue's steady rate; a burst may run ahead of it. */
  pacedMs: number;
}

export interface TaskStore {
  readonly clock: Clock;
  readonly queues: Map<string, StoredQueue>;
  tasksOf(queue: string): readonly StoredTask[];
  find(name: string): StoredTask | undefined;
  /** Whether the name is taken by a task, or by one that is gone for less than a day. */
  isTaken(name: string): boolean;
  add(task: StoredTask): void;
  remove(name: string): void;
  /** Looks soon at what is due in a queue. */
  wake(queue: string): void;
}

export function createTaskStore(delivery: Delivery): TaskStore {
  const { clock } = delivery;
  const queues = new Map<string, StoredQueue>();
  const tasks = new Map<string, StoredTask>();
  const tombstones = new Map<string, number>();
  const timers = new Map<string, () => void>();

  const remove = (name: string): void => {
    if (tasks.delete(name)) tombstones.set(name, clock.nowMs() + TOMBSTONE_MS);
  };
  const tasksOf = (queue: string): readonly StoredTask[] =>
    [...tasks.values()].filter((task) => task.queue === queue);

  const wakeAt = (queue: string, atMs: number): void => {
    timers.get(queue)?.();
    timers.set(
      queue,
      clock.after(Math.max(0, atMs - clock.nowMs()), () => pump(queue)),
    );
  };
  const pump = (name: string): void => {
    const queue = queues.get(name);
    if (queue === undefined || queue.state !== "RUNNING") return;
    const waiting = tasksOf(name)
      .filter((task) => !task.running)
      .sort((a, b) => a.scheduleMs - b.scheduleMs);
    for (const task of waiting) {
      const dueMs = Math.max(task.scheduleMs, queue.pacedMs - burstMs(queue.config));
      if (queue.running >= queue.config.maxConcurrentDispatches) return;
      if (dueMs > clock.nowMs()) {
        wakeAt(name, dueMs);
        return;
      }
      void dispatch(queue, task);
    }
  };
  const dispatch = async (queue: StoredQueue, task: StoredTask): Promise<void> => {
    const nowMs = clock.nowMs();
    queue.pacedMs = Math.max(nowMs, queue.pacedMs) + MS_PER_SECOND / queue.config.maxDispatchesPerSecond;
    queue.running += 1;
    task.running = true;
    task.dispatchCount += 1;
    task.firstDispatchMs ??= nowMs;
    task.lastDispatchMs = nowMs;
    task.lastResponseMs = undefined;
    const status = await deliver(delivery, task);
    queue.running -= 1;
    task.running = false;
    task.lastStatus = status;
    task.lastResponseMs = clock.nowMs();
    if (status !== undefined) task.responseCount += 1;
    settle(queue, task, status);
    pump(queue.name);
  };
  const settle = (queue: StoredQueue, task: StoredTask, status: number | undefined): void => {
    if (tasks.get(task.name) !== task) return;
    const nowMs = clock.nowMs();
    const succeeded = status !== undefined && status >= 200 && status < 300;
    if (succeeded || isExhausted(queue.config, task, nowMs)) remove(task.name);
    else task.scheduleMs = nowMs + backoffMs(queue.config, task.dispatchCount);
  };
  return {
    clock,
    queues,
    tasksOf,
    find: (name) => tasks.get(name),
    isTaken: (name) => tasks.has(name) || (tombstones.get(name) ?? 0) > clock.nowMs(),
    add(task) {
      for (const [name, untilMs] of tombstones) if (untilMs <= clock.nowMs()) tombstones.delete(name);
      tasks.set(task.name, task);
      wakeAt(task.queue, clock.nowMs());
    },
    remove,
    wake: (queue) => wakeAt(queue, clock.nowMs()),
  };
}

/** Pure. How far dispatches may run ahead of the steady rate. */
function burstMs(config: QueueConfig): number {
  return ((burstSize(config) - 1) * MS_PER_SECOND) / config.maxDispatchesPerSecond;
}

/** Pure. Both limits have to be reached where both are set, as Cloud Tasks documents it. */
function isExhausted(config: QueueConfig, task: StoredTask, nowMs: number): boolean {
  const attempts = config.maxAttempts !== -1 && task.dispatchCount >= config.maxAttempts;
  if (config.maxRetryDurationMs === 0) return attempts;
  const overtime = nowMs - (task.firstDispatchMs ?? nowMs) >= config.maxRetryDurationMs;
  return overtime && (attempts || config.maxAttempts === -1);
}
