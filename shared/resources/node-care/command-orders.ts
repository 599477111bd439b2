/** Commands as they concern the machines of one cluster: its nodes and machines are joined, then decided about. Pure. */
import { askedRepairs, type CommandedNode, decideCommands, type NodeOrders } from "../../nodes/commands.ts";
import { decideRepairs } from "../../nodes/repair.ts";
import { membersOf } from "../member-health.ts";
import { poolGroupName } from "../names.ts";
import type { Cluster, GroupFacts, NodeFacts } from "../resource.ts";
import { careView } from "./care-view.ts";
import { commandedMember } from "./commanded-members.ts";
import { cordonIn } from "./cordon-in.ts";
import { groupMachines, isNamedAfter } from "./group-machines.ts";

const NO_ORDERS: NodeOrders = {
  leaves: new Map(),
  repairs: new Set(),
  members: new Map(),
  cordons: [],
  uncordons: [],
  news: [],
  waits: [],
};

/** None while machines could not be listed: what is not seen is not gone. */
export function commandOrders(cluster: Cluster, nowMs: number): NodeOrders {
  const commands = cluster.care?.commands ?? [];
  const { machines } = cluster.facts;
  if (commands.length === 0 || machines === undefined) return NO_ORDERS;
  return decideCommands(commands, nodesOf(cluster, machines, nowMs), nowMs);
}

/** What the repair of a machine would come to now, in sentences. */
export function repairSentences(cluster: Cluster, name: string, nowMs: number): readonly string[] {
  const pools = [...decideRepairs(careView(cluster, nowMs)).values()];
  const found = pools.find(({ judged }) => judged.some(({ machine }) => machine.name === name));
  const one = found?.judged.find(({ machine }) => machine.name === name);
  if (found === undefined || one === undefined || one.verdict.is === "well") return [];
  const trouble = `What speaks against machine ${name}: ${one.verdict.reason}.`;
  if (found.restarts.some(({ machine }) => machine.name === name))
    return [
      trouble,
      `It is restarted now; what follows if that does not help says repair.ladder of its pool.`,
    ];
  if (found.leaves.has(name))
    return [
      trouble,
      "It is replaced by another one; its pods are evicted first, disruption budgets honoured, where its node is Ready.",
    ];
  return [trouble];
}

/** With machines that have no node: those can be repaired too. */
function nodesOf(cluster: Cluster, machines: readonly string[], nowMs: number): readonly CommandedNode[] {
  const { kubernetes } = cluster.facts;
  const troubles = troublesOf(cluster, nowMs);
  const nodes = (kubernetes?.nodes ?? []).map((node) => ({
    ...inPool(cluster, node.name),
    node: stateOf(node),
  }));
  const joined = new Set(nodes.map(({ name }) => name));
  const names = machines.map((path) => path.slice(path.lastIndexOf("/") + 1));
  const all = [...nodes, ...names.filter((name) => !joined.has(name)).map((name) => inPool(cluster, name))];
  const members = membersOf(cluster, nowMs);
  const isMember = (name: string) => members.some((member) => member.name === name);
  return [
    ...all
      .filter(({ name }) => !isMember(name))
      .map((one) => {
        const trouble = troubles.get(one.name);
        return trouble === undefined ? one : { ...one, trouble };
      }),
    ...members.map((member) => ({
      name: member.name,
      member: commandedMember(cluster, member, nowMs),
      ...(member.node === undefined ? {} : { node: stateOf(member.node) }),
    })),
  ];
}

/** What speaks against the machines whose repair was asked for. */
function troublesOf(
  cluster: Cluster,
  nowMs: number,
): ReadonlyMap<string, NonNullable<CommandedNode["trouble"]>> {
  if (askedRepairs(cluster.care?.commands ?? [], nowMs).size === 0) return new Map();
  const view = careView(cluster, nowMs);
  const pools = [...decideRepairs(view).values()];
  const leaving = view.pools.flatMap(({ machines }) =>
    machines.flatMap(({ name, asked, going }) =>
      asked !== undefined && going
        ? [[name, { reason: `${name} is being deleted`, isExhausted: false }] as const]
        : [],
    ),
  );
  const found = pools.flatMap(({ judged, exhausted }) =>
    judged.flatMap(({ machine: { name, asked }, verdict }) =>
      asked === undefined || verdict.is === "well"
        ? []
        : [[name, { reason: verdict.reason, isExhausted: exhausted.has(name) }] as const],
    ),
  );
  return new Map([...leaving, ...found]);
}

function stateOf(node: NodeFacts) {
  const { ready, readinessSinceMs, unschedulable, bootId } = node;
  const since = readinessSinceMs === undefined ? {} : { readinessSinceMs };
  return { ready, ...since, unschedulable, bootId, cordon: cordonIn(node) };
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
