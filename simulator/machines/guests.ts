/** All machines' software: boots it when a machine comes up, stops it when its power goes. */
import type { Machine, MachineHooks } from "../compute/machine.ts";
import type { KubernetesCluster } from "../kubernetes/cluster.ts";
import { type Guest, runBoot, startAgain } from "./guest.ts";
import type { GuestWorld } from "./guest-world.ts";

export interface Guests {
  readonly hooks: MachineHooks;
  /** The cluster whose API server runs on this machine. */
  serving(machine: Machine): KubernetesCluster | undefined;
  /** Machines that run an API server. */
  servers(): readonly Machine[];
  /** The cluster that a machine is a node of. */
  clusterOf(machine: Pick<Machine, "path" | "id">): KubernetesCluster | undefined;
  /** A disk with etcd data is gone: perhaps the last one of a cluster without machines. */
  dataGone(): void;
}

export const API_PORT = 6443;

/** `closed` is called when a cluster is gone for ever: no machine is left, and no disk with its data to bring it back. */
export function createGuests(world: () => GuestWorld, closed: (cluster: KubernetesCluster) => void): Guests {
  /** By path and id: a recreated machine is another one. */
  const guests = new Map<string, Guest>();
  /** Clusters without machines whose data is still on a disk. */
  const dormant = new Set<KubernetesCluster>();
  const key = (machine: Pick<Machine, "path" | "id">): string => `${machine.path}#${machine.id}`;
  const kubeletOf = (machine: Machine) => guests.get(key(machine))?.cluster?.kubelet(machine.name);
  const serving = (machine: Machine): KubernetesCluster | undefined => {
    const cluster = guests.get(key(machine))?.cluster;
    return cluster?.apiServers().includes(machine.name) === true ? cluster : undefined;
  };
  const boot = (machine: Machine): void => {
    const before = guests.get(key(machine));
    if (before !== undefined) before.off = true;
    const guest: Guest = { machine, cluster: before?.cluster, off: false };
    guests.set(key(machine), guest);
    if (before?.cluster !== undefined) {
      startAgain(world(), guest, before.cluster);
      return;
    }
    runBoot(world(), guest).catch((error: unknown) => machine.console.write(`boot: ${String(error)}`));
  };
  const forget = (machine: Machine): void => {
    const cluster = guests.get(key(machine))?.cluster;
    guests.delete(key(machine));
    if (cluster === undefined || hasMachine(cluster)) return;
    dormant.add(cluster);
    endDormant();
  };
  const hasMachine = (cluster: KubernetesCluster): boolean =>
    [...guests.values()].some((guest) => guest.cluster === cluster);
  const endDormant = (): void => {
    for (const cluster of dormant) {
      if (hasMachine(cluster)) dormant.delete(cluster);
      else if (!world().hasData(cluster)) {
        dormant.delete(cluster);
        cluster.stop();
        closed(cluster);
      }
    }
  };
  return {
    serving,
    servers: () =>
      [...guests.values()].map((guest) => guest.machine).filter((machine) => serving(machine) !== undefined),
    clusterOf: (machine) => guests.get(key(machine))?.cluster,
    dataGone: endDormant,
    hooks: {
      onBoot: boot,
      onStop: (machine) => {
        const guest = guests.get(key(machine));
        if (guest !== undefined) guest.off = true;
        kubeletOf(machine)?.stop();
      },
      onDelete: forget,
      probe: (_address, port, machine) => port === API_PORT && serving(machine) !== undefined,
    },
  };
}
