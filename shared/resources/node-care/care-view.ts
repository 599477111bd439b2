/** Joins groups, machines, nodes and what is remembered into what decisions about repairs are made from. Pure. */
import type { CareMachine, CareView, PoolCare, RepairPolicy } from "../../nodes/care-view.ts";
import { askedRepairs, isParked } from "../../nodes/commands.ts";
import type { OurCordon } from "../../nodes/cordon.ts";
import { FIRST_STATUS_MS } from "../../nodes/health.ts";
import { parseComputePath } from "../../ports/compute.ts";
import type { NodePool } from "../../spec/cluster.ts";
import { durationMs } from "../../spec/duration.ts";
import { NO_CARE } from "../../status/care.ts";
import type { Incident } from "../../status/inbox.ts";
import { memberOfMachine } from "../names.ts";
import type { Cluster, GroupFacts, GroupMachine, NodeFacts } from "../resource.ts";
import { cordonIn } from "./cordon-in.ts";
import { groupMachines } from "./group-machines.ts";
import { leftToGates } from "./probation.ts";
import { nodeOf, sizeOf } from "./views.ts";

export function careView(cluster: Cluster, nowMs: number): CareView {
  const { facts, spec, care = NO_CARE } = cluster;
  const known = {
    incidents: Map.groupBy(care.incidents, ({ machine }) => machine),
    asked: askedRepairs(care.commands, nowMs),
  };
  return {
    pools: (facts.groups ?? []).flatMap((group) => {
      const pool = spec.nodePools.find(({ name }) => name === group.pool);
      return pool === undefined ? [] : [poolCare(cluster, group, pool, known, nowMs)];
    }),
    members: members(cluster),
    care,
    nowMs,
  };
}

/** What the outside said of machines. */
interface Known {
  /** By path. */
  readonly incidents: ReadonlyMap<string, readonly Incident[]>;
  /** By name. */
  readonly asked: ReturnType<typeof askedRepairs>;
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

function poolCare(
  cluster: Cluster,
  group: GroupFacts,
  pool: NodePool,
  { incidents, asked }: Known,
  nowMs: number,
): PoolCare {
  const left = leftToGates(cluster, group, pool, nowMs);
  const machines = groupMachines(cluster, group).map((machine) => {
    const leftTo = left.get(machine.path);
    const found = careMachine(cluster, machine, pool, incidents.get(machine.path) ?? []);
    const wish = asked.get(found.name);
    return {
      ...found,
      ...(leftTo === undefined ? {} : { leftTo }),
      ...(wish === undefined ? {} : { asked: wish }),
    };
  });
  return { pool: pool.name, size: sizeOf(pool), policy: policyOf(pool, cluster), machines };
}

/** Shorter than this an overloaded machine that runs a simulated cloud makes healthy nodes look silent. */
const HASTY_MIN_MS = 30_000;
/** How long something is unhealthy before it is mended, where machines are as fast as these. */
export function patienceMs(boundMs: number, { haste = 1 }: Pick<Cluster, "haste">): number {
  return haste <= 1 ? boundMs : Math.max(Math.min(boundMs, HASTY_MIN_MS), boundMs / haste);
}

function policyOf({ repair, upgrade }: NodePool, cluster: Cluster): RepairPolicy {
  return {
    enabled: repair.enabled,
    afterMs: patienceMs(durationMs(repair.after), cluster),
    firstStatusMs: FIRST_STATUS_MS / (cluster.haste ?? 1),
    maxInFlight: repair.maxInFlight,
    maxUnhealthy: repair.maxUnhealthy,
    ladder: repair.ladder,
    drainMs: durationMs(upgrade.drainTimeout),
  };
}

/** A command that is still open has its way with the machine. */
function isParkedNode({ care }: Cluster, node: NodeFacts): boolean {
  const cordon = cordonIn(node);
  if (cordon.by === "others") return true;
  return isParked(cordon) && care?.commands.some((command) => command.node === node.name) !== true;
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
    restartsItself: !pool.spot,
    incidents,
    ...(machine === undefined ? {} : { machine }),
    ...(node === undefined ? {} : { node, version: node.kubeletVersion }),
    ...(template === undefined ? {} : { template }),
  };
}
