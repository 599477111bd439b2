/** What calls and deliveries run into: the traps that faults have laid, sprung one by one. */
import { KubernetesUnreachable } from "../../../shared/ports/kubernetes.ts";
import type { VirtualClock } from "../../../simulator/clock.ts";
import type { PortCall } from "../../support/unreliable-ports.ts";
import type { Message, Mishap } from "../delivery.ts";
import type { Obstacles } from "../process.ts";
import type { CallTrap, Traps } from "./room.ts";

export function noTraps(): Traps {
  return {
    calls: [],
    deliveries: [],
    outageUntilMs: 0,
    joinDownUntilMs: 0,
    unreachableUntilMs: 0,
    skew: { untilMs: 0, ms: 0 },
  };
}

/** Faults stop: what has not been sprung is taken away. */
export function clearTraps(traps: Traps): void {
  Object.assign(traps, noTraps());
}

export function obstaclesFrom(
  traps: Traps,
  clock: VirtualClock,
  sprung: (what: string) => void,
): Obstacles & { mishap(message: Message): Mishap | undefined } {
  return {
    strike: (call) => {
      const strike = spring(traps, call, (trap) => trap.strike !== undefined)?.strike;
      if (strike !== undefined) sprung(`${strike} at ${call.port}.${call.method} ${call.target}`);
      return strike;
    },
    delayMs: (call) => spring(traps, call, (trap) => trap.sleepMs !== undefined)?.sleepMs ?? 0,
    failure: (call) => {
      if (call.port === "kubernetes" && clock.nowMs() < traps.unreachableUntilMs)
        return new KubernetesUnreachable("no route to host");
      return spring(traps, call, (trap) => trap.failure !== undefined)?.failure?.(call);
    },
    skewMs: () => (clock.nowMs() < traps.skew.untilMs ? traps.skew.ms : 0),
    mishap: (message) => {
      if (clock.nowMs() < traps.outageUntilMs) return { mishap: "lose" };
      const at = traps.deliveries.findIndex(({ what }) => what === "any" || what === message.what);
      return at < 0 ? undefined : traps.deliveries.splice(at, 1)[0]?.fate;
    },
  };
}

/** The first trap of the kind whose turn it is; the others for this port count one call less. */
function spring(traps: Traps, call: PortCall, fits: (trap: CallTrap) => boolean): CallTrap | undefined {
  const concerned = traps.calls.filter(
    (trap) => fits(trap) && (trap.port === undefined || trap.port === call.port),
  );
  const due = concerned.find((trap) => trap.left <= 0);
  for (const trap of concerned) trap.left -= 1;
  if (due === undefined) return undefined;
  due.times = (due.times ?? 1) - 1;
  if (due.times <= 0) traps.calls = traps.calls.filter((trap) => trap !== due);
  return due;
}
