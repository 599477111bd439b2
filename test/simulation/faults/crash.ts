/** Processes die before or after a call, sleep past their lease, and have wrong clocks. */
import type { Strike } from "../../support/unreliable-ports.ts";
import { between, type FaultKind, pick } from "./room.ts";

const MINUTE_MS = 60_000;
const PORTS = ["store", "compute", "kubernetes", "wakeups", "secrets", undefined] as const;
/** Calls that pass before the one that is struck, at most. */
const CALLS_BEFORE_MAX = 60;

function dying(strike: Strike): FaultKind {
  return (room, { which, amount }) => {
    const port = pick(PORTS, which);
    const left = between(0, CALLS_BEFORE_MAX, amount);
    room.traps.calls.push({ left, strike, ...(port === undefined ? {} : { port }) });
    return `${strike} at a call to ${port ?? "any port"}, ${left} calls from now`;
  };
}

export const CRASH_FAULTS: Readonly<Record<string, FaultKind>> = {
  "before-a-call": dying("crash-before"),
  "after-a-call": dying("crash-after"),
  "a-deadly-minute": (room, { amount }) => {
    const times = between(3, 10, amount);
    for (let left = 0; left < times; left++)
      room.traps.calls.push({ left: left * 7, strike: left % 2 === 0 ? "crash-after" : "crash-before" });
    return `${times} processes die soon after one another`;
  },
  sleep: (room, { which, amount }) => {
    const sleepMs = between(20_000, 4 * MINUTE_MS, amount);
    const port = pick(PORTS, which);
    room.traps.calls.push({ left: 4, sleepMs, ...(port === undefined ? {} : { port }) });
    return `a process sleeps ${sleepMs} ms before a call to ${port ?? "any port"}`;
  },
  "wrong-clock": (room, { which, amount }) => {
    const ms = between(5_000, 60 * MINUTE_MS, amount) * (which < 0.5 ? -1 : 1);
    room.traps.skew = { untilMs: room.clock.nowMs() + 20_000, ms };
    return `processes of the next 20 s have clocks that are ${ms} ms off`;
  },
};
