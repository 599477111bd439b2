/** The queue that controllers work through: by key, under the clock, and only while the cluster can be written. */
import type { Clock } from "../../../shared/ports/clock.ts";

/** Work by key: adding a key that waits already keeps the earlier time, so bursts cost one run. */
export interface WorkQueue {
  add(key: string, run: () => void, delayMs?: number): void;
  cancel(key: string): void;
  /** Runs what was due while the cluster could not be written. */
  resume(): void;
  stop(): void;
}

interface Waiting {
  readonly dueMs: number;
  readonly run: () => void;
  readonly cancel: () => void;
}

/** `writable` says whether etcd has a quorum: without it, no controller can do anything. */
export function createWorkQueue(clock: Clock, writable: () => boolean): WorkQueue {
  const waiting = new Map<string, Waiting>();
  const held = new Map<string, () => void>();
  let stopped = false;
  function fire(key: string, run: () => void) {
    waiting.delete(key);
    if (stopped) return;
    if (writable()) run();
    else held.set(key, run);
  }
  return {
    add(key, run, delayMs = 0) {
      if (stopped) return;
      const dueMs = clock.nowMs() + delayMs;
      const before = waiting.get(key);
      if (before !== undefined && before.dueMs <= dueMs) return;
      before?.cancel();
      const cancel = clock.after(delayMs, () => fire(key, run));
      waiting.set(key, { dueMs, run, cancel });
    },
    cancel(key) {
      waiting.get(key)?.cancel();
      waiting.delete(key);
      held.delete(key);
    },
    resume() {
      const due = [...held];
      held.clear();
      for (const [key, run] of due) this.add(key, run);
    },
    stop() {
      stopped = true;
      for (const { cancel } of waiting.values()) cancel();
      waiting.clear();
      held.clear();
    },
  };
}
