/** Which machines of a pool leave right now because somebody of ours has them leave: cordoned, or taken and not gone yet. */
import { PROJECT } from "../../../simulation/world.ts";
import type { Machine } from "../../../simulator/compute/machine.ts";
import type { Node } from "../../../simulator/kubernetes/objects/object.ts";
import type { Asked } from "./asked.ts";
import { isBlueGreen } from "./budgets.ts";
import type { Watched } from "./checker.ts";
import { rowAt, type SeenStatus } from "./reading.ts";

const OUR_MARK = "clusterwright.dev/cordoned-because";

export interface Leaving {
  /** A running machine was taken. */
  take(path: string): void;
  gone(path: string): void;
  /** Machines of the pool, or of all pools, that leave; but for the named ones, which are about to. */
  count(status: SeenStatus, pool: string | undefined, but: ReadonlySet<string>): number;
}

export function createLeaving(watched: Watched, asked: Asked): Leaving {
  const taken = new Set<string>();
  return {
    take: (path) => taken.add(path),
    gone: (path) => taken.delete(path),
    count: (status, pool, but) => {
      const specs = new Map(status.accepted?.nodePools.map((spec) => [spec.name, spec]));
      return [...watched.cloud.compute.machines(PROJECT)].filter((machine) => {
        const its = machine.labels["clusterwright-pool"];
        if (machine.labels["clusterwright-uid"] !== status.uid || its === undefined) return false;
        if ((pool !== undefined && its !== pool) || but.has(machine.name)) return false;
        // A blue-green upgrade cordons the whole old set before it drains a batch of it; what a command parked, stays.
        const node = nodeOf(watched, machine);
        const isCordonedToLeave = isOurs(node) && !asked.isParked(status.uid, node);
        return taken.has(machine.path) || (!isBlueGreen(specs.get(its)) && isCordonedToLeave);
      }).length;
    },
  };
}

export function nodeOf({ cloud }: Watched, machine: Machine): Node | undefined {
  return cloud.guests.clusterOf(machine)?.store.get<Node>("nodes", undefined, machine.name);
}
/** Why it leaves, as its cordon says; nothing where its host is to be maintained, which a cordon of before says nothing of. */
export function causeOf({ cloud }: Watched, { path }: Machine, node: Node | undefined): string | undefined {
  const { upcomingMaintenance } = (rowAt(cloud, path)?.body["resourceStatus"] ?? {}) as {
    readonly upcomingMaintenance?: object;
  };
  const said = node?.metadata.annotations?.["clusterwright.dev/cordoned-for"];
  return upcomingMaintenance === undefined ? said : undefined;
}
export function isReady(node: Node | undefined): boolean {
  return node?.status.conditions?.find(({ type }) => type === "Ready")?.status === "True";
}
export function isCordoned(node: Node | undefined): boolean {
  return node?.spec.unschedulable === true;
}
export function isOurs(node: Node | undefined): boolean {
  return isCordoned(node) && node?.metadata.annotations?.[OUR_MARK] !== undefined;
}
