/** Machines die, are preempted, boot slowly, and do not get through to join. */
import { LABEL_POOL } from "../../../shared/resources/owner.ts";
import { PROJECT } from "../../../simulation/world.ts";
import type { Machine } from "../../../simulator/compute/machine.ts";
import { between, type FaultKind, type FaultRoom, pick } from "./room.ts";

const MINUTE_MS = 60_000;

function running(room: FaultRoom, which: number, fits: (machine: Machine) => boolean): Machine | undefined {
  const machines = [...room.cloud.compute.machines(PROJECT)].filter(
    (machine) => machine.status === "RUNNING" && fits(machine),
  );
  machines.sort((one, other) => (one.path < other.path ? -1 : 1));
  return pick(machines, which);
}
const isWorker = (machine: Machine): boolean => machine.labels[LABEL_POOL] !== undefined;

export const HARDWARE_FAULTS: Readonly<Record<string, FaultKind>> = {
  "host-error": (room, { which }) => {
    const machine = running(room, which, () => true);
    if (machine === undefined) return undefined;
    room.cloud.compute.hostError(machine.path);
    return `the host of ${machine.name} fails`;
  },
  preemption: (room, { which }) => {
    const machine = running(room, which, ({ labels }) => labels[LABEL_POOL] === "batch");
    if (machine === undefined) return undefined;
    room.cloud.compute.preempt(machine.path);
    return `${machine.name} is preempted`;
  },
  maintenance: (room, { which }) => {
    const machine = running(room, which, isWorker);
    if (machine === undefined) return undefined;
    room.cloud.compute.maintain(machine.path);
    return `the host of ${machine.name} is maintained`;
  },
  "slow-boots": (room, { amount }) => {
    const factor = between(3, 20, amount);
    room.setSlowness(factor);
    room.undoLater(15 * MINUTE_MS, () => room.setSlowness(1));
    return `boots take ${factor} times as long for 15 minutes`;
  },
  "no-join": (room, { amount }) => {
    const forMs = between(MINUTE_MS, 20 * MINUTE_MS, amount);
    room.traps.joinDownUntilMs = room.clock.nowMs() + forMs;
    return `machines do not reach node-join for ${forMs} ms`;
  },
};
