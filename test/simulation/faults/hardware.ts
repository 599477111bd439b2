/** Machines die, hang, are preempted, boot slowly, do not get through to join; and lies are told of them. */
import { LABEL_POOL } from "../../../shared/resources/owner.ts";
import { EMPTY_INBOX, type Inbox, type Incident } from "../../../shared/status/inbox.ts";
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
/** Their kubelets are stuck until somebody restarts the machines, or else for so long. */
function hang(room: FaultRoom, machines: readonly Machine[], forMs: number): string | undefined {
  const stuck = machines.filter((machine) => {
    const kubelet = room.cloud.guests.clusterOf(machine)?.kubelet(machine.name);
    if (kubelet?.isAlive() !== true) return false;
    kubelet.hang();
    room.undoLater(forMs, () => {
      if (kubelet.isOn()) kubelet.resume();
    });
    return true;
  });
  const names = stuck.map(({ name }) => name);
  return names.length === 0 ? undefined : `${names.join(" and ")} hang for ${forMs} ms`;
}

const isMember = (machine: Machine): boolean => machine.labels["clusterwright-role"] === "control-plane";
const isWorker = (machine: Machine): boolean => machine.labels[LABEL_POOL] !== undefined;

const HOST_ERROR = "compute.instances.hostError";
const STRANGERS = [
  "nobody",
  "stranger@elsewhere.example",
  "invoker@control.iam.gserviceaccount.com",
] as const;
const REPEATED_MAX = 50;
const entryOf = createAuditLog();

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
    return machine === undefined
      ? undefined
      : hang(room, [machine], between(MINUTE_MS, 60 * MINUTE_MS, amount));
  },
  "hang-all": (room, { which, amount }) => {
    const machine = running(room, which, isWorker);
    if (machine === undefined) return undefined;
    const all = [...room.cloud.compute.machines(PROJECT)].filter(
      ({ labels, status }) =>
        status === "RUNNING" &&
        labels["clusterwright-uid"] === machine.labels["clusterwright-uid"] &&
        labels[LABEL_POOL] === machine.labels[LABEL_POOL],
    );
    return hang(room, all, between(MINUTE_MS, 40 * MINUTE_MS, amount));
  },
  "members-hang": (room, { which, amount }) => {
    const machine = running(room, which, isMember);
    const uid = machine?.labels["clusterwright-uid"];
    const members = [...room.cloud.compute.machines(PROJECT)].filter(
      (one) => isMember(one) && one.labels["clusterwright-uid"] === uid,
    );
    return hang(room, members.slice(0, 2), between(MINUTE_MS, 40 * MINUTE_MS, amount));
  },
  /** Its kubelet goes on, and its node stays Ready. A boot mends it, or somebody after so long. */
  "member-part-dies": (room, { which, amount }) => {
    const serves = (machine: Machine) => room.cloud.guests.serving(machine) !== undefined;
    const machine = running(room, which, (one) => isMember(one) && serves(one));
    const kubernetes = machine && room.cloud.guests.serving(machine);
    if (machine === undefined || kubernetes === undefined) return undefined;
    const part = amount < 1 / 2 ? "etcd" : "kube-apiserver";
    const forMs = between(MINUTE_MS, 60 * MINUTE_MS, (2 * amount) % 1);
    kubernetes.killPart(machine.name, part);
    room.undoLater(forMs, () => kubernetes.mendParts(machine.name));
    return `${part} of ${machine.name} dies for ${forMs} ms`;
  },
  "read-only": (room, { which }) => {
    const machine = running(room, which, isWorker);
    const kubelet = machine && room.cloud.guests.clusterOf(machine)?.kubelet(machine.name);
    if (machine === undefined || kubelet?.isAlive() !== true) return undefined;
    const reason = "FilesystemIsReadOnly";
    kubelet.setCondition({
      type: "ReadonlyFilesystem",
      status: "True",
      reason,
      message: "remounted read-only",
    });
    return `the file system of ${machine.name} turns read-only`;
  },
  "stale-incident": (room, { which }) => {
    const machine = running(room, which, isWorker);
    const uid = machine?.labels["clusterwright-uid"];
    const cluster = room.clusters.find((one) => room.uidOf(one) === uid);
    if (machine === undefined || cluster === undefined) return undefined;
    const nowMs = room.clock.nowMs();
    const incident: Incident = {
      id: `stale-${nowMs}`,
      kind: "preempted",
      method: "compute.instances.preempted",
      machine: machine.path,
      instanceId: "4711",
      atMs: nowMs,
      receivedMs: nowMs,
      message: "of a machine that had this name before",
    };
    const path = `clusters/${cluster}/inbox/current`;
    room.planted(incident.id);
    void room.store.transact(async (transaction) => {
      const { incidents, ...rest } = (await transaction.get<Inbox>(path))?.data ?? EMPTY_INBOX;
      transaction.set(path, { ...rest, incidents: [...incidents, incident] });
    });
    return `it is told that the ${machine.name} of before was preempted`;
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
