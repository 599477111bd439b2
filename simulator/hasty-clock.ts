/** A clock whose timers ring sooner: what the simulated cloud takes time for is over `speed` times faster, and yet it is now. */
import type { Clock } from "../shared/ports/clock.ts";

export interface HastyClock extends Clock {
  readonly speed: number;
  /** The world ends: no timer rings any more. */
  stop(): void;
}

export function createHastyClock(clock: Clock, speed: number): HastyClock {
  const pending = new Set<() => void>();
  let stopped = false;
  return {
    speed,
    nowMs: () => clock.nowMs(),
    after: (delayMs, run) => {
      if (stopped) return () => {};
      const cancelTimer = clock.after(delayMs / speed, () => {
        pending.delete(cancel);
        run();
      });
      const cancel = (): void => {
        pending.delete(cancel);
        cancelTimer();
      };
      pending.add(cancel);
      return cancel;
    },
    stop: () => {
      stopped = true;
      for (const cancel of [...pending]) cancel();
    },
  };
}

/** How much faster than the clock's own time the world is. */
export function speedOf(clock: Clock): number {
  return "speed" in clock && typeof clock.speed === "number" ? clock.speed : 1;
}
