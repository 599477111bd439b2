/** The Clock port on the machine's own time. */
import type { Clock } from "../../ports/clock.ts";

/** Milliseconds; Node fires a longer `setTimeout` at once. Source: nodejs.org/api/timers.html#settimeoutcallback-delay-args. */
const TIMER_DELAY_MS_MAX = 2_147_483_647;

/** A clock whose timers keep the process alive while they are pending, however far ahead they lie. */
export function createRealClock(): Clock {
  return {
    nowMs: () => Date.now(),
    after: (delayMs, run) => startTimer(delayMs, run),
  };
}

function startTimer(delayMs: number, run: () => void): () => void {
  let remainingMs = Math.max(0, delayMs);
  let timer: NodeJS.Timeout;
  const step = () => {
    const sliceMs = Math.min(remainingMs, TIMER_DELAY_MS_MAX);
    remainingMs -= sliceMs;
    timer = setTimeout(remainingMs > 0 ? step : run, sliceMs);
  };
  step();
  return () => clearTimeout(timer);
}
