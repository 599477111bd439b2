/** Which nodes a cluster should have, group by group: its control plane and each pool. */

import type { NodePool, Taint } from "../../spec/cluster.ts";
import { memberOfMachine, poolGroupName } from "../names.ts";
import { LABEL_POOL } from "../owner.ts";
import type { Cluster } from "../resource.ts";
import type { ServedNode } from "./observe.ts";

export const CONTROL_PLANE = "control-plane";

export interface NodeGroup {
  /** `control-plane`, or `pool <name>`. */
  readonly name: string;
  /** Undefined for the control plane. */
  readonly pool?: string;
  /** Nodes that it must have; under an autoscaler, the least. */
  readonly size: number;
  /** Kept on its nodes. */
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
}

export function nodeGroups(cluster: Cluster): readonly NodeGroup[] {
  const { controlPlane, nodePools } = cluster.spec;
  return [
    { name: CONTROL_PLANE, size: controlPlane.replicas, labels: {}, taints: [] },
    ...nodePools.map(poolGroup),
  ];
}
function poolGroup(pool: NodePool): NodeGroup {
  return {
    name: `pool ${pool.name}`,
    pool: pool.name,
    size: typeof pool.size === "number" ? pool.size : pool.size.min,
    labels: { ...pool.labels, [LABEL_POOL]: pool.name },
    taints: pool.taints,
  };
}

/** By the machine's name, which nobody can edit; by the label for machines that are named otherwise. */
export function groupOf(
  cluster: Cluster,
  groups: readonly NodeGroup[],
  node: ServedNode,
): NodeGroup | undefined {
  const { name, labels } = node.metadata;
  if (memberOfMachine(cluster, name) !== undefined) return groups.find((group) => group.pool === undefined);
  const byName = groups.find(
    ({ pool }) => pool !== undefined && isMachineOf(poolGroupName(cluster, pool), name),
  );
  return byName ?? groups.find(({ pool }) => pool !== undefined && pool === labels?.[LABEL_POOL]);
}
/** A managed group adds `-` and four characters. */
function isMachineOf(base: string, name: string): boolean {
  return name.startsWith(`${base}-`) && /^[a-z0-9]{4}$/.test(name.slice(base.length + 1));
}
