/**
 * How the control plane and the pools share `maintenance.maxDisruptions`: members that are out of service for us count, and
 * one more is begun only while there is room. Pure.
 */
import { isParked } from "../../nodes/commands.ts";
import { START_UP_MS } from "../../nodes/health.ts";
import { CONTROL_PLANE, membersOf, type SeenMember } from "../member-health.ts";
import { memberOfMachine } from "../names.ts";
import type { Cluster, NodeFacts } from "../resource.ts";
import { cordonIn } from "./cordon-in.ts";

/** Members that are made anew, restarted or repaired now. */
export function membersInFlight(cluster: Cluster, nowMs: number): number {
  return membersOf(cluster, nowMs).filter((member) => isInFlight(cluster, member, nowMs)).length;
}

function isInFlight(
  { care }: Cluster,
  { healthy, awaits, path, machine, node }: SeenMember,
  nowMs: number,
): boolean {
  if (node !== undefined && isTaken(node)) return true;
  if (healthy) return false;
  if (awaits !== undefined) return true;
  // Restarted or made anew a moment ago, and on its way back: its Node went with its machine.
  const bornMs = machine?.startedMs ?? machine?.createdMs;
  if (bornMs !== undefined && nowMs - bornMs < START_UP_MS) return true;
  return (
    care?.repairs.some(
      ({ pool, machine, atMs }) => pool === CONTROL_PLANE && machine === path && nowMs - atMs < START_UP_MS,
    ) === true
  );
}

/** Whether one more member may be begun; those of pools that are on their way out go on first. */
export function hasMemberRoom(cluster: Cluster, nowMs: number): boolean {
  const { maxDisruptions } = cluster.spec.maintenance;
  if (maxDisruptions === undefined) return true;
  return poolNodesInFlight(cluster) + membersInFlight(cluster, nowMs) < maxDisruptions;
}

export function noMemberRoom(name: string): string {
  return `other disruptions of the cluster to end before ${name} is taken (maintenance.maxDisruptions)`;
}

/** As the pools count theirs; old nodes of a blue-green upgrade are cordoned long before they are drained. */
function poolNodesInFlight(cluster: Cluster): number {
  const { groups = [], kubernetes } = cluster.facts;
  const going = groups.flatMap(({ machines = [] }) => machines.filter((one) => one.going).map(nameOf));
  const slow = cluster.spec.nodePools
    .filter(({ upgrade }) => upgrade.strategy === "blue-green")
    .map(
      ({ name }) =>
        groups
          .find(({ pool }) => pool === name)
          ?.path.split("/")
          .at(-1) ?? "",
    );
  const taken = (kubernetes?.nodes ?? [])
    .filter((node) => isTaken(node) && memberOfMachine(cluster, node.name) === undefined)
    .filter(({ name, cordoned }) => cordoned?.cause !== "upgrade" || !slow.includes(groupOf(name)))
    .map(({ name }) => name);
  return new Set([...going, ...taken]).size;
}

/** Ours, and no cordon that a command left behind. */
function isTaken(node: NodeFacts): boolean {
  const cordon = cordonIn(node);
  return cordon.by === "us" && !isParked(cordon);
}
function nameOf({ path }: { readonly path: string }): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
function groupOf(machine: string): string {
  return machine.slice(0, machine.lastIndexOf("-"));
}
