/**
 * Time that moves only when told to: timers fire in the order of their times, equal times in the order they were set,
 * and between two of them all code that was waiting for a promise runs on.
 */
import type { Clock } from "../shared/ports/clock.ts";
import { createTimerHeap, type Timer } from "./timer-heap.ts";

/** Timers; more than this without an end means that something sets timers for ever. */
const IDLE_STEPS_MAX = 10_000_000;

export interface VirtualClock extends Clock {
  /** Moves time by `ms`, firing what is due on the way, and what that sets. */
  advance(ms: number): Promise<void>;
  /** Moves time to `timeMs` likewise; a time in the past moves nothing but fires what is due. */
  advanceTo(timeMs: number): Promise<void>;
  /** Moves time to the next timer and fires it. Says whether there was one. */
  step(): Promise<boolean>;
  /** Fires timers until none is left, or none before `untilMs`. Answers how many fired. Time stays at the last one. */
  runUntilIdle(options?: { readonly untilMs?: number }): Promise<number>;
  /**
   * Moves time from timer to timer until `done` says so. @throws Error when no timer is left before `untilMs`, which
   * names the time that was reached
   */
  runUntil(done: () => boolean, options: { readonly untilMs: number }): Promise<void>;
  /** When the next timer is due, or nothing. */
  nextMs(): number | undefined;
  /** How many timers are set. */
  pending(): number;
}

/**
 * `settle` lets waiting code run on after a timer. By default it gives the event loop one turn, which runs chains of
 * promises of any length but does not wait for files or sockets: pass a longer one where those matter.
 */
export function createVirtualClock(
  startMs: number,
  options: { readonly settle?: () => Promise<void> } = {},
): VirtualClock {
  const settle = options.settle ?? oneTurn;
  const timers = createTimerHeap();
  let nowMs = startMs;
  let order = 0;

  const fire = async (timer: Timer) => {
    nowMs = Math.max(nowMs, timer.atMs);
    timer.run();
    await settle();
  };
  const stepUntil = async (untilMs: number): Promise<boolean> => {
    const timer = timers.take(untilMs);
    if (timer !== undefined) await fire(timer);
    return timer !== undefined;
  };
  const advanceTo = async (timeMs: number) => {
    await settle();
    while (await stepUntil(timeMs));
    nowMs = Math.max(nowMs, timeMs);
  };

  return {
    nowMs: () => nowMs,
    after: (delayMs, run) =>
      timers.add({ atMs: nowMs + Math.ceil(Math.max(0, delayMs)), order: order++, run }),
    advance: (ms) => advanceTo(nowMs + ms),
    advanceTo,
    step: async () => {
      await settle();
      return stepUntil(Number.POSITIVE_INFINITY);
    },
    runUntilIdle: async ({ untilMs = Number.POSITIVE_INFINITY } = {}) => {
      await settle();
      let fired = 0;
      while (await stepUntil(untilMs)) {
        fired += 1;
        if (fired >= IDLE_STEPS_MAX) throw new Error(neverIdle(fired, nowMs));
      }
      return fired;
    },
    runUntil: async (done, { untilMs }) => {
      await settle();
      while (!done()) {
        if (!(await stepUntil(untilMs))) throw new Error(notReached(nowMs, untilMs, timers.size()));
      }
    },
    nextMs: () => timers.peek()?.atMs,
    pending: () => timers.size(),
  };
}

function oneTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function neverIdle(fired: number, nowMs: number): string {
  return `${fired} timers fired by ${at(nowMs)} and there is no end: pass untilMs, or find what repeats for ever`;
}
function notReached(nowMs: number, untilMs: number, left: number): string {
  return `not reached: ${left} timers are left at ${at(nowMs)}, none of them due by ${at(untilMs)}`;
}
function at(timeMs: number): string {
  return Number.isFinite(timeMs) ? new Date(timeMs).toISOString() : "the end of time";
}
