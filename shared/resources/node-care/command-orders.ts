/** Commands as they concern the machines of one cluster: its nodes and machines are joined, then decided about. Pure. */
import {
  type CommandedNode,
  decideCommands,
  isEmptied,
  isParked,
  type NodeOrders,
} from "../../nodes/commands.ts";
import { poolGroupName } from "../names.ts";
import type { Cluster, GroupFacts, NodeFacts } from "../resource.ts";
import { cordonIn } from "./cordon-in.ts";
import { groupMachines, isNamedAfter } from "./group-machines.ts";

const NO_ORDERS: NodeOrders = { leaves: new Map(), cordons: [], uncordons: [], news: [], waits: [] };

/** None while machines could not be listed: what is not seen is not gone. */
export function commandOrders(cluster: Cluster, nowMs: number): NodeOrders {
  const commands = cluster.care?.commands ?? [];
  const { machines } = cluster.facts;
  if (commands.length === 0 || machines === undefined) return NO_ORDERS;
  return decideCommands(commands, nodesOf(cluster, machines), nowMs);
}

/** With machines that have no node: those can be repaired too. */
function nodesOf(cluster: Cluster, machines: readonly string[]): readonly CommandedNode[] {
  const { kubernetes } = cluster.facts;
  const nodes = (kubernetes?.nodes ?? []).map((node) => ({
    ...inPool(cluster, node.name),
    node: stateOf(node),
  }));
  const joined = new Set(nodes.map(({ name }) => name));
  const names = machines.map((path) => path.slice(path.lastIndexOf("/") + 1));
  return [...nodes, ...names.filter((name) => !joined.has(name)).map((name) => inPool(cluster, name))];
}

function stateOf(node: NodeFacts) {
  const { ready, unschedulable, bootId } = node;
  return { ready, unschedulable, bootId, cordon: cordonIn(node) };
}

/** A machine of a pool has its group's name and four characters. */
function inPool(cluster: Cluster, name: string): CommandedNode {
  const group = name.slice(0, name.lastIndexOf("-"));
  const pool = cluster.spec.nodePools.find((one) => poolGroupName(cluster, one.name) === group);
  return { name, ...(pool === undefined ? {} : { pool: pool.name }) };
}

/** A group in order was not asked for its machines: those of a command are taken from the list of all. */
export function withCommanded(cluster: Cluster, group: GroupFacts, { leaves }: NodeOrders): GroupFacts {
  if (group.machines !== undefined) return group;
  const base = group.path.slice(group.path.lastIndexOf("/") + 1);
  if (![...leaves.keys()].some((name) => isNamedAfter(base, name))) return group;
  return { ...group, machines: groupMachines(cluster, group) };
}

/** A node that a command parked is left alone like one that a person cordoned, unless another command is about it. */
export function cordonAmong({ leaves }: NodeOrders, node: NodeFacts): ReturnType<typeof cordonIn> {
  const cordon = cordonIn(node);
  if (!isParked(cordon) || leaves.has(node.name)) return cordon;
  return isEmptied(cordon) ? { by: "others", empty: true } : { by: "others" };
}
