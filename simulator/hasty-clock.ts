/** A clock whose timers ring sooner: what the simulated cloud takes time for is over `speed` times faster, and yet it is now. */
import type { Clock } from "../shared/ports/clock.ts";

export function createHastyClock(clock: Clock, speed: number): Clock {
  return {
    nowMs: () => clock.nowMs(),
    after: (delayMs, run) => clock.after(delayMs / speed, run),
  };
}
