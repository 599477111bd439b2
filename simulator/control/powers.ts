/** What people may let happen in a simulated cloud: machines fail, hang and are taken; zones go dark. */
import { z } from "zod";
import type { SimulatedCloud } from "../cloud.ts";
import type { Machine } from "../compute/machine.ts";
import type { Part } from "../kubernetes/workloads/dead-parts.ts";
import { Refusal } from "../refusal.ts";

export const MACHINE_POWERS = [
  "host-error",
  "preemption",
  "maintenance-notice",
  "hang",
  "disk-read-only",
  "api-server-crash",
  "etcd-crash",
] as const;
export const POWERS = [...MACHINE_POWERS, "zone-outage"] as const;
export type Power = (typeof POWERS)[number];

export const powerSchema = z.strictObject({
  power: z.enum(POWERS),
  /** Name of a machine, which is that of its node. */
  node: z.string().optional(),
  zone: z.string().optional(),
  restart: z.literal("never").optional(),
  /** Until maintenance begins, or how long an outage lasts: in the cloud's own, faster time. */
  forMs: z.number().min(0).max(86_400_000).optional(),
});
export type PowerRequest = z.infer<typeof powerSchema>;

/** A host's maintenance is announced this long before. Source: machines with GPUs are told 60 minutes ahead, others a minute. */
const NOTICE_MS = 10 * 60_000;
const MAINTENANCE_MS = 60 * 60_000;
const OUTAGE_MS = 15 * 60_000;

/** Lets it happen. @param speed how much faster than everybody's clock the cloud's timers are @returns what happened, in a sentence @throws Refusal when there is nothing that it could happen to */
export function usePower(cloud: SimulatedCloud, asked: PowerRequest, speed = 1): string {
  if (asked.power === "zone-outage") return zoneOutage(cloud, asked.zone, asked.forMs ?? OUTAGE_MS);
  const machine = machineNamed(cloud, asked.node);
  const { compute } = cloud;
  switch (asked.power) {
    case "host-error": {
      mustRun(machine);
      compute.hostError(machine.path, asked.restart);
      const then = asked.restart === "never" ? "it is not started again" : "Compute Engine starts it again";
      return `the host of ${machine.name} has failed; ${then}`;
    }
    case "preemption":
      mustRun(machine);
      compute.preempt(machine.path);
      return `${machine.name} is preempted: it stops within 30 seconds`;
    case "maintenance-notice": {
      mustRun(machine);
      const afterMs = asked.forMs ?? NOTICE_MS;
      const startMs = compute.world.clock.nowMs() + afterMs / speed;
      const window = { afterMs, startMs, endMs: startMs + MAINTENANCE_MS / speed };
      compute.announce(machine.path, { ...window, reasons: ["PLANNED_UPDATE"], canReschedule: false });
      return `maintenance of the host of ${machine.name} is announced for ${new Date(startMs).toISOString()}`;
    }
    case "hang":
      kubeletOf(cloud, machine).hang();
      return `${machine.name} hangs: it runs, and its kubelet is silent`;
    case "disk-read-only":
      kubeletOf(cloud, machine).setCondition({
        type: "ReadonlyFilesystem",
        status: "True",
        reason: "FilesystemIsReadOnly",
        message: "EXT4-fs (sda1): Remounting filesystem read-only",
      });
      return `the disk of ${machine.name} is read-only; node-problem-detector says so on its Node`;
    case "api-server-crash":
      return crash(cloud, machine, "kube-apiserver");
    case "etcd-crash":
      return crash(cloud, machine, "etcd");
  }
}

function crash(cloud: SimulatedCloud, machine: Machine, part: Part): string {
  const cluster = cloud.guests.serving(machine);
  if (cluster === undefined)
    throw new Refusal(
      409,
      `${machine.name} is no control-plane machine whose API server runs: kubectl get nodes names those with the role control-plane.`,
    );
  cluster.killPart(machine.name, part);
  return `${part} of ${machine.name} crashes over and over, until the machine boots; its kubelet goes on`;
}

/** All machines of a zone fall silent and the zone has none to give; then they come back. */
export function zoneOutage(cloud: SimulatedCloud, zone: string | undefined, forMs: number): string {
  const machines = [...cloud.compute.machines()];
  const zones = [...new Set(machines.map((machine) => machine.zone))].sort();
  if (zone === undefined || !zones.includes(zone))
    throw new Refusal(
      404,
      `There are no machines in zone ${zone ?? "(none named)"}; there are some in ${listed(zones)}.`,
    );
  const struck = machines.filter((machine) => machine.zone === zone && machine.status === "RUNNING");
  const ends = struck.map(({ path }) => cloud.compute.goDark(path));
  ends.push(cloud.compute.faults.add({ kind: "stockout", target: `zones/${zone}/` }));
  cloud.compute.world.clock.after(forMs, () => {
    for (const end of ends) end();
  });
  return `${zone} is dark, ${counted(struck.length, "machine")} with it, for ${counted(Math.round(forMs / 60_000), "minute")} of the cloud's time`;
}

function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}

function machineNamed(cloud: SimulatedCloud, name: string | undefined): Machine {
  const machines = [...cloud.compute.machines()];
  const found = machines.filter((machine) => machine.name === name);
  const [machine] = found;
  if (machine === undefined)
    throw new Refusal(
      404,
      `There is no machine ${name ?? "(none named)"}; there are ${listed(machines.map((one) => one.name))}.`,
    );
  if (found.length > 1) throw new Refusal(409, `Several projects have a machine ${name}.`);
  return machine;
}
const LISTED_MAX = 12;
function listed(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const more = names.length > LISTED_MAX ? ` and ${names.length - LISTED_MAX} more` : "";
  return `${names.toSorted().slice(0, LISTED_MAX).join(", ")}${more}`;
}

function mustRun({ name, status }: Machine): void {
  if (status !== "RUNNING") throw new Refusal(409, `${name} does not run: it is ${status}.`);
}

function kubeletOf(cloud: SimulatedCloud, machine: Machine) {
  const kubelet = cloud.guests.clusterOf(machine)?.kubelet(machine.name);
  if (kubelet?.isAlive() === true) return kubelet;
  throw new Refusal(409, `${machine.name} is no node whose kubelet runs: ${machine.status}.`);
}
