/** Machines die, hang, are preempted, boot slowly, do not get through to join; and lies are told of them. */
import { LABEL_POOL } from "../../../shared/resources/owner.ts";
import { pushed } from "../../../simulation/machine-event.ts";
import { PROJECT } from "../../../simulation/world.ts";
import type { Machine } from "../../../simulator/compute/machine.ts";
import { createAuditLog } from "../../../simulator/logging/audit-log.ts";
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

const HOST_ERROR = "compute.instances.hostError";
const STRANGERS = [
  "nobody",
  "stranger@elsewhere.example",
  "invoker@control.iam.gserviceaccount.com",
] as const;
const REPEATED_MAX = 50;
const entryOf = createAuditLog();

function kubeletOf({ cloud }: FaultRoom, machine: Machine) {
  const kubelet = cloud.guests.clusterOf(machine)?.kubelet(machine.name);
  return kubelet?.isAlive() === true ? kubelet : undefined;
}
function readOnly(status: "True" | "False") {
  const reason = status === "True" ? "FilesystemIsReadOnly" : "FilesystemIsNotReadOnly";
  return { type: "ReadonlyFilesystem", status, reason, message: reason };
}

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
  hang: (room, { which, amount }) => {
    const machine = running(room, which, isWorker);
    const kubelet = machine === undefined ? undefined : kubeletOf(room, machine);
    if (machine === undefined || kubelet === undefined) return undefined;
    const forMs = between(MINUTE_MS, 8 * MINUTE_MS, amount);
    kubelet.hang();
    // What hangs comes back by a reset; whoever has reset or replaced it meanwhile has done so already.
    room.undoLater(forMs, () => {
      if (kubelet.isOn() && !kubelet.isAlive()) kubelet.restart();
    });
    return `${machine.name} hangs, and is reset after ${forMs} ms`;
  },
  "disk-read-only": (room, { which, amount }) => {
    const machine = running(room, which, isWorker);
    const kubelet = machine === undefined ? undefined : kubeletOf(room, machine);
    if (machine === undefined || kubelet === undefined) return undefined;
    kubelet.setCondition(readOnly("True"));
    room.undoLater(between(MINUTE_MS, 20 * MINUTE_MS, amount), () => kubelet.setCondition(readOnly("False")));
    return `the disk of ${machine.name} is read-only`;
  },
  "maintenance-notice": (room, { which, amount }) => {
    const machine = running(room, which, isWorker);
    if (machine === undefined) return undefined;
    const afterMs = between(MINUTE_MS, 30 * MINUTE_MS, amount);
    const startMs = room.clock.nowMs() + afterMs;
    const window = { afterMs, startMs, endMs: startMs + 60 * MINUTE_MS };
    room.cloud.compute.announce(machine.path, {
      ...window,
      reasons: ["PLANNED_UPDATE"],
      canReschedule: false,
    });
    return `maintenance of the host of ${machine.name} is announced, in ${afterMs} ms`;
  },
  /** Of a machine that bore the name before: another id, and hours old. */
  "stale-event": (room, { which, amount }) => {
    const machine = running(room, which, () => true);
    if (machine === undefined) return undefined;
    const atMs = room.clock.nowMs() - between(MINUTE_MS, 22 * 60 * MINUTE_MS, amount);
    room.push(pushed(entryOf({ method: HOST_ERROR, path: machine.path, id: "4242424242424242", atMs })));
    return `an old host error is told of a machine that was called ${machine.name}`;
  },
  /** What was said before is said again, all of it, in another order. */
  "events-again": (room, { which }) => {
    if (room.entries.length === 0) return undefined;
    const from = Math.floor(which * room.entries.length);
    const turned = [...room.entries.slice(from), ...room.entries.slice(0, from)].slice(0, REPEATED_MAX);
    for (const entry of turned) room.push(pushed(entry));
    return `${turned.length} events are told again`;
  },
  "forged-event": (room, { which, amount }) => {
    const machine = running(room, which, () => true);
    if (machine === undefined) return undefined;
    const event = { method: HOST_ERROR, path: machine.path, id: machine.id, atMs: room.clock.nowMs() };
    room.push(pushed(entryOf(event)), pick(STRANGERS, amount));
    return `a stranger tells of a host error of ${machine.name}`;
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
