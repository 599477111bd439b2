/** Joins groups, machines, nodes and what is remembered into what decisions about repairs are made from. Pure. */
import type { CareMachine, CareView, PoolCare, RepairPolicy } from "../../nodes/care-view.ts";
import { askedRepairs, isDue, isParked } from "../../nodes/commands.ts";
import type { OurCordon } from "../../nodes/cordon.ts";
import { FIRST_STATUS_MS, START_UP_MS } from "../../nodes/health.ts";
import { RESTART_TAKES_MS } from "../../nodes/ladder.ts";
import { slotsOf } from "../../nodes/slot.ts";
import { parseComputePath } from "../../ports/compute.ts";
import type { NodePool } from "../../spec/cluster.ts";
import { durationMs } from "../../spec/duration.ts";
import { NO_CARE } from "../../status/care.ts";
import type { Incident } from "../../status/inbox.ts";
import { memberOfMachine } from "../names.ts";
import { patienceMs } from "../patience.ts";
import type { Cluster, GroupFacts, GroupMachine, NodeFacts } from "../resource.ts";
import { cordonIn } from "./cordon-in.ts";
import { groupMachines } from "./group-machines.ts";
import { leftToGates } from "./probation.ts";
import { nodeOf, sizeOf } from "./views.ts";

export function careView(cluster: Cluster, nowMs: number): CareView {
  const { facts, spec, care = NO_CARE } = cluster;
  const told = {
    incidents: Map.groupBy(care.incidents, ({ machine }) => machine),
    notices: care.incidents.filter(({ kind }) => kind === "maintenance-notice"),
    asked: askedRepairs(care.commands, nowMs),
  };
  return {
    pools: (facts.groups ?? []).flatMap((group) => {
      const pool = spec.nodePools.find(({ name }) => name === group.pool);
      return pool === undefined ? [] : [poolCare(cluster, group, pool, told, nowMs)];
    }),
    members: members(cluster),
    ...(isUnlisted(cluster) ? { unlisted: true as const } : {}),
    care,
    nowMs,
  };
}

function isUnlisted(cluster: Cluster): boolean {
  const runs = cluster.facts.controlPlane?.some(({ running }) => running) === true;
  return runs && cluster.facts.kubernetes !== undefined && members(cluster).length === 0;
}

function members({ facts, spec, uid }: Cluster): CareView["members"] {
  const zones = new Map((facts.controlPlane ?? []).map(({ name, zone }) => [name, zone]));
  return (facts.kubernetes?.nodes ?? [])
    .filter(({ name }) => memberOfMachine({ spec, uid }, name) !== undefined)
    .map(({ name, ready, readiness }) => ({
      zone: `zones/${zones.get(name) ?? ""}`,
      ready,
      ...(readiness === undefined ? {} : { readiness }),
    }));
}

interface Told {
  /** By machine. */
  readonly incidents: ReadonlyMap<string, readonly Incident[]>;
  readonly notices: readonly Incident[];
  /** Repairs that somebody asked for, by machine's name. */
  readonly asked: ReturnType<typeof askedRepairs>;
}

function nearby(notices: readonly Incident[], { path }: GroupMachine): Pick<CareMachine, "noticesNearby"> {
  if (notices.length === 0) return {};
  const zone = path.slice(0, path.lastIndexOf("/"));
  const others = notices.filter(({ machine }) => machine !== path && machine.startsWith(`${zone}/`));
  return others.length === 0 ? {} : { noticesNearby: others };
}

function poolCare(
  cluster: Cluster,
  group: GroupFacts,
  pool: NodePool,
  { incidents, notices, asked }: Told,
  nowMs: number,
): PoolCare {
  const left = leftToGates(cluster, group, pool, nowMs);
  const machines = groupMachines(cluster, group).map((machine) => {
    const leftTo = left.get(machine.path);
    const itsOwn = incidents.get(machine.path) ?? [];
    const found = {
      ...careMachine(cluster, machine, pool, itsOwn),
      ...nearby(notices, machine),
    };
    const wish = asked.get(found.name);
    return {
      ...found,
      ...(leftTo === undefined ? {} : { leftTo }),
      ...(wish === undefined ? {} : { asked: wish }),
    };
  });
  return {
    pool: pool.name,
    size: sizeOf(pool),
    policy: policyOf(pool, cluster),
    machines: withSlots(machines, pool.name, cluster),
  };
}

function withSlots(
  machines: readonly CareMachine[],
  pool: string,
  { care = NO_CARE }: Cluster,
): readonly CareMachine[] {
  if (care.repairs.length === 0) return machines;
  const slots = slotsOf(care.repairs, pool, machines);
  return machines.map((machine) => {
    const slot = slots.get(machine.path);
    return slot === undefined ? machine : { ...machine, slot };
  });
}

/** A spec that was accepted before there was the field has none. */
export function joinMsOf({ joinTimeout }: Partial<Pick<NodePool["repair"], "joinTimeout">>): number {
  return joinTimeout === undefined ? START_UP_MS : durationMs(joinTimeout);
}

function policyOf({ repair, upgrade }: NodePool, cluster: Cluster): RepairPolicy {
  return {
    enabled: repair.enabled,
    afterMs: patienceMs(durationMs(repair.after), cluster),
    joinMs: joinMsOf(repair),
    firstStatusMs: FIRST_STATUS_MS / (cluster.haste ?? 1),
    maxInFlight: repair.maxInFlight,
    maxUnhealthy: repair.maxUnhealthy,
    ladder: repair.ladder,
    restartTakesMs: patienceMs(RESTART_TAKES_MS, cluster),
    drainMs: durationMs(upgrade.drainTimeout),
  };
}

/** A command that is open has its way with the machine, from its moment on. */
function isParkedNode({ care, facts: { lookedMs = 0 } }: Cluster, node: NodeFacts): boolean {
  const cordon = cordonIn(node);
  if (cordon.by === "others") return true;
  const open = care?.commands.filter((command) => command.node === node.name && isDue(command, lookedMs));
  return isParked(cordon) && (open ?? []).length === 0;
}
function isAway({ drainedBoot, operation = "" }: OurCordon): boolean {
  return drainedBoot !== undefined || /^restart-/.test(operation);
}

function careMachine(
  cluster: Cluster,
  { path, template, going }: GroupMachine,
  pool: NodePool,
  incidents: readonly Incident[],
): CareMachine {
  const { name, scope } = parseComputePath(path);
  const machine = cluster.facts.machineStates?.get(path);
  const node = nodeOf(cluster, path);
  return {
    path,
    name,
    zone: scope,
    going,
    cordoned: node?.cordoned !== undefined,
    ...(node !== undefined && isParkedNode(cluster, node) ? { parked: true } : {}),
    ...(node?.cordoned !== undefined && isAway(node.cordoned) ? { away: true } : {}),
    restartsItself: machine?.restartsItself ?? !pool.spot,
    incidents,
    ...(machine === undefined ? {} : { machine }),
    ...(node === undefined ? {} : { node, version: node.kubeletVersion }),
    ...(template === undefined ? {} : { template }),
  };
}
