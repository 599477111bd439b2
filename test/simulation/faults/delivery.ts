/** Triggers, wake-ups, sweeps and machines' events are lost, doubled and late. */
import type { Delivered } from "../delivery.ts";
import { between, type FaultKind, type FaultRoom, pick } from "./room.ts";

const MINUTE_MS = 60_000;
const KINDS = ["trigger", "wake-up", "sweep", "any", "machine-event"] as const satisfies readonly (
  | Delivered
  | "any"
)[];

function lay(room: FaultRoom, trap: FaultRoom["traps"]["deliveries"][number], times: number): void {
  for (let count = 0; count < times; count++) room.traps.deliveries.push(trap);
}

export const DELIVERY_FAULTS: Readonly<Record<string, FaultKind>> = {
  lost: (room, { which, amount }) => {
    const what = pick(KINDS, which) ?? "any";
    const times = between(1, 4, amount);
    lay(room, { what, fate: { mishap: "lose" } }, times);
    return `the next ${times} deliveries (${what}) are lost`;
  },
  doubled: (room, { which, amount }) => {
    const what = pick(KINDS, which) ?? "any";
    lay(room, { what, fate: { mishap: "double", afterMs: between(0, 3_000, amount) } }, 3);
    return `the next 3 deliveries (${what}) come twice`;
  },
  late: (room, { which, amount }) => {
    const what = pick(KINDS, which) ?? "any";
    lay(room, { what, fate: { mishap: "delay", byMs: between(100, 10 * MINUTE_MS, amount) } }, 2);
    return `the next 2 deliveries (${what}) are late`;
  },
  outage: (room, { amount }) => {
    const forMs = between(MINUTE_MS, 60 * MINUTE_MS, amount);
    room.traps.outageUntilMs = room.clock.nowMs() + forMs;
    room.undoLater(forMs, () => {
      room.traps.outageUntilMs = 0;
    });
    return `nothing is delivered for ${forMs} ms`;
  },
};
