/** The pools' managed instance groups. They keep machines alive; which machine changes when is decided by us. */

import { disruptionBudget } from "../../nodes/budget.ts";
import { type ComputeRef, computePath, parseComputePath } from "../../ports/compute.ts";
import type { InstanceGroupManager, ManagedInstance } from "../../ports/compute-types.ts";
import type { NodePool } from "../../spec/cluster.ts";
import { IDENTITY, IGNORED, PATCH, pathOf, refuse } from "../change-table.ts";
import { poolGroupName, poolOfGroup } from "../names.ts";
import { isOurs, marker } from "../owner.ts";
import type { CloudReader, Cluster, GroupFacts, GroupMachine, LookAgain } from "../resource.ts";
import {
  type ComputeManagedKind,
  computeKind,
  type DesiredResource,
  type Hold,
  type ObservedResource,
} from "./compute-kind.ts";
import { computeUrl, regionalRef, zonalRef, zoneUrl } from "./places.ts";
import { missingImage, poolTemplates } from "./pool-template.ts";
import { templateRefInForce } from "./template-in-force.ts";

/** Machines that come are told of by their nodes; this is for those that go, and for those that cannot be had. */
const LOOK_EVERY_MS = 10_000;
/** Of a rollout with so many machines on their way that a few seconds for one of them are lost for none. */
const ROLLOUT_LOOK_EVERY_MS = 15_000;
const ROLLOUT_MACHINES_MIN = 20;

const OTHER_POOL = "Add a pool with the zones that you want, then remove this one.";

/** A patch cannot empty a list. */
const CLEAR_AUTOHEALING =
  "Remove it: gcloud compute instance-groups managed update NAME --clear-autohealing.";

/** A group, and what its machines say when it is not in order. */
export interface ObservedGroup extends ObservedResource<"instanceGroupManagers"> {
  readonly machines?: readonly ManagedInstance[];
}

const kind = computeKind({
  kind: "machine-groups",
  collection: "instanceGroupManagers",
  after: ["instance-templates", "forwarding-rules"],
  condition: "NodesReady",
  where: (cluster) => ({ project: cluster.spec.project, scope: "everywhere" }),
  desire: (cluster) => {
    const templates = poolTemplates(cluster);
    if ("missing" in templates) return { key: "machine-groups", reason: templates.missing };
    return [
      ...templates.map(({ pool, ref }) => group(cluster, pool, templateRefInForce(cluster, { pool, ref }))),
      ...imageless(cluster),
    ];
  },
  learn: (observed, cluster) => ({
    usedTemplates: observed.flatMap(usedTemplates),
    groups: observed.flatMap((group) => groupFacts(cluster, group)),
  }),
  holdInsert,
  holdDelete: (cluster, observed) => holdDelete(cluster, observed),
  obsolete: () => "the spec no longer has its pool",
  unfinished: (observed, desired, cluster) =>
    awaitedImage(cluster, observed) ?? unfinished(observed, desired.body.targetSize ?? 0),
  table: {
    ...IDENTITY,
    zone: IGNORED,
    region: IGNORED,
    instanceGroup: IGNORED,
    baseInstanceName: refuse(OTHER_POOL),
    instanceTemplate: PATCH,
    versions: PATCH,
    targetSize: {
      change: "call",
      verb: "instanceGroupManagers.resize",
      // A group that shrinks by itself chooses the machines, and nobody drains them: shrinking is node care's.
      same: (wanted, found) => Number(found ?? 0) >= Number(wanted),
      body: (wanted) => ({ size: wanted.targetSize ?? 0 }),
    },
    namedPorts: IGNORED,
    distributionPolicy: refuse(OTHER_POOL),
    updatePolicy: PATCH,
    instanceLifecyclePolicy: PATCH,
    // Repair is ours to pace: a second healer would replace machines without draining them.
    autoHealingPolicies: { change: "unsupported", wayOut: CLEAR_AUTOHEALING, otherwise: [] },
    status: IGNORED,
    currentActions: IGNORED,
    fingerprint: IGNORED,
  },
});

export const machineGroups: ComputeManagedKind<"instanceGroupManagers"> = {
  ...kind,
  observe,
  lookAgain,
};

function lookAgain(before: readonly ObservedGroup[]): LookAgain {
  const moving = before.filter(({ machines = [] }) => machines.length > 0);
  if (moving.length === 0) return { everyMs: 0, news: "of any" };
  // Whether a group has got its first machines, or more of them, is what others wait for.
  return moving.every(isRolling)
    ? { everyMs: ROLLOUT_LOOK_EVERY_MS, news: "of loss" }
    : { everyMs: LOOK_EVERY_MS, news: "of any" };
}

/** It has many machines, and of more than one template. */
function isRolling({ machines = [] }: ObservedGroup): boolean {
  if (machines.length < ROLLOUT_MACHINES_MIN) return false;
  return new Set(machines.map(({ version }) => version?.instanceTemplate)).size > 1;
}

/** Groups of pools whose image cannot be found, or not any more: they go on with the template that they have. */
function imageless(cluster: Cluster): readonly DesiredResource<"instanceGroupManagers">[] {
  return cluster.spec.nodePools.flatMap((pool) => {
    const there = cluster.facts.groups?.find((one) => one.pool === pool.name);
    if (there === undefined || missingImage(cluster, pool) === undefined) return [];
    return [group(cluster, pool, { ...parseComputePath(there.template), kind: "instanceTemplates" })];
  });
}

function awaitedImage(cluster: Cluster, { name }: ObservedGroup): Hold | undefined {
  const pool = cluster.spec.nodePools.find((one) => poolGroupName(cluster, one.name) === name);
  const missing = pool === undefined ? undefined : missingImage(cluster, pool);
  return missing === undefined ? undefined : { wait: missing };
}

function group(
  cluster: Cluster,
  pool: NodePool,
  template: ComputeRef<"instanceTemplates">,
): DesiredResource<"instanceGroupManagers"> {
  const ref = groupRef(cluster, pool);
  const autoscaled = typeof pool.size !== "number";
  const body: InstanceGroupManager = {
    name: ref.name,
    description: marker(cluster, `machines of pool ${pool.name}`),
    baseInstanceName: ref.name,
    instanceTemplate: computeUrl(template),
    versions: [{ instanceTemplate: computeUrl(template) }],
    targetSize: targetSize(cluster, pool),
    updatePolicy: {
      // The group changes no machine by itself: machines are drained first, a few at a time.
      type: "OPPORTUNISTIC",
      minimalAction: "REPLACE",
      mostDisruptiveAllowedAction: "REPLACE",
      replacementMethod: "SUBSTITUTE",
      ...(isRegional(pool) ? { instanceRedistributionType: "NONE" } : {}),
    },
    // One that is lost comes back as it was; the pace of a rollout is ours.
    instanceLifecyclePolicy: { defaultActionOnFailure: "REPAIR", forceUpdateOnRepair: "NO" },
    ...(isRegional(pool) ? { distributionPolicy: distribution(cluster, pool) } : {}),
  };
  // The autoscaler owns the count once there is one.
  const foreign = autoscaled ? { foreign: ["targetSize"] } : {};
  return { name: ref.name, ref, body, purpose: `the machines of pool ${pool.name}`, ...foreign };
}

function sizeOf({ size }: NodePool): number {
  return typeof size === "number" ? size : size.min;
}

/** Machines that go still exist: no other takes their place before, where that would be more than size and surge (S6). */
function targetSize(cluster: Cluster, pool: NodePool): number {
  const size = sizeOf(pool);
  const there = cluster.facts.groups?.find((group) => group.pool === pool.name);
  const going = there?.machines?.filter((machine) => machine.going).length ?? 0;
  return Math.max(0, Math.min(size, size + disruptionBudget(size, pool.upgrade).surge - going));
}

/** What its machines do is node care's: it drains them one after another, and the group goes when the last is gone. */
function holdDelete(cluster: Cluster, { name, machines = [] }: ObservedGroup): Hold | undefined {
  if (cluster.deleting) return undefined;
  // While it is the only group of a pool that the spec has, it goes with the pool alone.
  if (cluster.spec.nodePools.some((pool) => poolGroupName(cluster, pool.name) === name))
    return { quietly: true };
  return machines.length === 0
    ? undefined
    : { wait: `the ${machines.length} machines of pool ${poolOfGroup(cluster, name)} to be drained` };
}

function holdInsert(
  cluster: Cluster,
  desired: DesiredResource<"instanceGroupManagers">,
  ours: readonly ObservedResource<"instanceGroupManagers">[],
): Hold | undefined {
  const elsewhere = ours.find(({ name }) => name === desired.name);
  if (elsewhere !== undefined) {
    return {
      unsupported: `${computePath(elsewhere.ref)} cannot move to ${desired.ref.scope}. ${OTHER_POOL}`,
    };
  }
  // Machines that boot before there is an API to join would cost money and give up.
  return cluster.facts.kubernetes === undefined
    ? { wait: "the Kubernetes API, which its machines join" }
    : undefined;
}

function isRegional(pool: NodePool): boolean {
  return pool.zones.length > 1;
}

function groupRef(cluster: Cluster, pool: NodePool): ComputeRef<"instanceGroupManagers"> {
  const name = poolGroupName(cluster, pool.name);
  const [zone] = pool.zones;
  if (zone === undefined || isRegional(pool)) return regionalRef(cluster, "instanceGroupManagers", name);
  return zonalRef(cluster, "instanceGroupManagers", zone, name);
}

/**
 * BALANCED spreads over the zones as evenly as their capacity allows: in a stockout the group makes its machines in
 * another allowed zone by itself. EVEN would wait for the zone that is full, ANY would give up the spread.
 */
function distribution(
  cluster: Cluster,
  pool: NodePool,
): NonNullable<InstanceGroupManager["distributionPolicy"]> {
  return { zones: pool.zones.map((zone) => ({ zone: zoneUrl(cluster, zone) })), targetShape: "BALANCED" };
}

/**
 * One list, and one more for each group that is not in order: what its machines are made from and suffer from. A list of
 * instances would tell the templates too (metadata `instance-template`), but not those that are yet to be made.
 */
async function observe(cloud: CloudReader, cluster: Cluster): Promise<readonly ObservedGroup[]> {
  const groups = await kind.observe(cloud, cluster);
  return Promise.all(groups.map((observed) => withMachines(cloud, cluster, observed)));
}

async function withMachines(
  cloud: CloudReader,
  cluster: Cluster,
  observed: ObservedResource<"instanceGroupManagers">,
): Promise<ObservedGroup> {
  const { ref, resource } = observed;
  if (isCalm(cluster, observed) || !isOurs(cluster, computePath(ref), resource)) return observed;
  return { ...observed, machines: await cloud.compute.managedInstances(ref) };
}

function isCalm(cluster: Cluster, { name, resource }: ObservedResource<"instanceGroupManagers">): boolean {
  const settled = isStable(resource) && resource.status?.versionTarget?.isReached !== false;
  if (cluster.deleting) return settled;
  const poolName = poolOfGroup(cluster, name);
  // Whether a machine that is kept has left its group is told by the group.
  if (cluster.care?.kept.some((one) => one.pool === poolName && one.settled !== true) === true) return false;
  const pool = cluster.spec.nodePools.find((one) => poolGroupName(cluster, one.name) === name);
  return settled && pool !== undefined && sizeOf(pool) === (resource.targetSize ?? 0);
}

function groupFacts(
  cluster: Cluster,
  { name, ref, resource, machines }: ObservedGroup,
): readonly GroupFacts[] {
  const pool = poolOfGroup(cluster, name);
  if (pool === undefined) return [];
  const facts = {
    path: computePath(ref),
    pool,
    targetSize: resource.targetSize ?? 0,
    template: pathOf(resource.instanceTemplate ?? ""),
    stable: isStable(resource),
  };
  return [{ ...facts, ...(machines === undefined ? {} : { machines: machines.map(groupMachine) }) }];
}

const GOING: readonly ManagedInstance["currentAction"][] = ["DELETING", "ABANDONING"];
const RESTING: readonly ManagedInstance["currentAction"][] = ["RECREATING", "RESTARTING"];
function groupMachine(machine: ManagedInstance): GroupMachine {
  const { instance, instanceStatus, version, currentAction } = machine;
  const trouble = lastError([machine]);
  return {
    path: pathOf(instance),
    ...(version?.instanceTemplate === undefined ? {} : { template: pathOf(version.instanceTemplate) }),
    going: GOING.includes(currentAction),
    running: instanceStatus === "RUNNING" && !RESTING.includes(currentAction),
    ...(trouble === undefined ? {} : { trouble }),
  };
}

/** Templates of the group and of its machines: an old one lives until its last machine is gone. */
function usedTemplates(observed: ObservedGroup): readonly string[] {
  const { resource, machines = [] } = observed;
  const urls = [
    resource.instanceTemplate,
    ...(resource.versions ?? []).map(({ instanceTemplate }) => instanceTemplate),
    ...machines.map(({ version }) => version?.instanceTemplate),
  ];
  return [...new Set(urls.filter((url) => url !== undefined).map(pathOf))];
}

function isStable(resource: InstanceGroupManager): boolean {
  return resource.status?.isStable !== false;
}

/**
 * An operation on a group is done when it is accepted (trap 6): whether machines run is asked of the group. Those that
 * it has for a while above its size are node care's.
 */
function unfinished(observed: ObservedGroup, wanted: number): Hold | undefined {
  const { resource, machines = [] } = observed;
  if (isStable(resource)) return undefined;
  const ready = machines.filter(
    ({ currentAction, instanceStatus }) => currentAction === "NONE" && instanceStatus === "RUNNING",
  );
  if (wanted > 0 && ready.length >= wanted) return undefined;
  const error = lastError(machines);
  const trouble = error === undefined ? "" : `; last error: ${error}`;
  return { wait: `the machines of ${observed.name}: ${ready.length} of ${wanted} run${trouble}` };
}

function lastError(machines: readonly ManagedInstance[]): string | undefined {
  const errors = machines.flatMap(({ lastAttempt }) => lastAttempt?.errors?.errors ?? []);
  const last = errors.at(-1);
  return last === undefined
    ? undefined
    : [last.code, last.message].filter((text) => text !== undefined).join(": ");
}
