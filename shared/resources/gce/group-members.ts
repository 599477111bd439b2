/** Which control-plane machines the API's load balancers may send to: those that are well, not to those that are taken. */
import pLimit from "p-limit";
import { isCloudError } from "../../ports/cloud-error.ts";
import { type ComputeRef, computePath, parseComputePath } from "../../ports/compute.ts";
import { pathOf } from "../change-table.ts";
import { LOST_MACHINE_GUIDE } from "../guides.ts";
import { type SeenMember, membersOf as seenMembers } from "../member-health.ts";
import { hasFailed, servesAt, signOf } from "../member-signs.ts";
import { controlPlaneGroupName, memberOfMachine, prefixOf } from "../names.ts";
import { isOurs } from "../owner.ts";
import type { CloudReader, Cluster, ControlPlaneMachine, ManagedKind, Plan, Waiting } from "../resource.ts";
import { type ComputeAction, calling, performCompute } from "./action.ts";
import { makesTheCluster } from "./first-member.ts";
import { isOnItsWayOut } from "./outdated-members.ts";
import { computeUrl, controlPlaneGroupRef } from "./places.ts";

/** One machine in one group. */
export interface GroupMember {
  /** The machine's name. */
  readonly name: string;
  readonly group: ComputeRef<"instanceGroups">;
  /** The machine's path. */
  readonly machine: string;
}

const READS_AT_ONCE = 4;
/** A machine that has not joined by then most likely never will by itself. Source: Cluster API's nodeStartupTimeout. */
export const JOIN_LATE_MS = 600_000;

/**
 * Not `after` the machines: the first one must be in its group before the API answers, and the others wait for that.
 * When the cluster goes, the machines wait until they have left their groups.
 */
export const groupMembers: ManagedKind<GroupMember, GroupMember, ComputeAction> = {
  kind: "group-members",
  after: ["instance-groups"],
  watches: ["control-plane"],
  condition: "ControlPlaneReady",
  desire: (cluster) =>
    cluster.deleting ? [] : (cluster.facts.controlPlane ?? []).flatMap((one) => membership(cluster, one)),
  observe,
  learn: (observed) => ({ groupMembers: observed.map(({ machine }) => machine) }),
  plan: ({ cluster, desired, observed, nowMs }) => plan(cluster, desired, observed, nowMs),
  perform: (cloud, _cluster, action, requestId) => performCompute(cloud.compute, action, requestId),
};

function membership(cluster: Cluster, machine: ControlPlaneMachine): readonly GroupMember[] {
  if (!machine.running || !serves(cluster, machine) || isSteppingBack(cluster, machine)) return [];
  const group = controlPlaneGroupRef(cluster, machine.zone);
  return [{ name: machine.name, group, machine: pathOf(machine.selfLink) }];
}

/**
 * A machine in a group always reaches itself at the load balancer's address, healthy or not: one that joins must not be
 * in its group before its own API server answers (trap 1). The one that makes the cluster is there from the start, for
 * nothing answers at that address before.
 */
function serves(cluster: Cluster, machine: ControlPlaneMachine): boolean {
  const first = makesTheCluster(cluster, machine.member);
  const { kubernetes } = cluster.facts;
  return first || (kubernetes !== undefined && servesAt(kubernetes, machine.name));
}

/** Told first of all that a member goes. The only one stays: nobody could end its work without it. */
function isSteppingBack(cluster: Cluster, machine: ControlPlaneMachine): boolean {
  return cluster.spec.controlPlane.replicas > 1 && isOnItsWayOut(cluster, machine);
}

async function observe(cloud: CloudReader, cluster: Cluster): Promise<readonly GroupMember[]> {
  const groups = await cloud.compute.list({
    kind: "instanceGroups",
    project: cluster.spec.project,
    scope: "everywhere",
    namePrefixes: [`${prefixOf(cluster)}-`],
  });
  const refs = groups
    .filter(({ name }) => name === controlPlaneGroupName(cluster))
    .map((group) => ({ group, ref: parseComputePath(group.selfLink ?? "") as ComputeRef<"instanceGroups"> }))
    .filter(({ group, ref }) => isOurs(cluster, computePath(ref), group))
    .map(({ ref }) => ref);
  const limit = pLimit(READS_AT_ONCE);
  const members = await Promise.all(refs.map((ref) => limit(() => membersOf(cloud, ref))));
  return members.flat();
}

async function membersOf(
  cloud: CloudReader,
  group: ComputeRef<"instanceGroups">,
): Promise<readonly GroupMember[]> {
  try {
    const urls = await cloud.compute.groupMembers(group);
    return urls.map((url) => ({ name: url.split("/").at(-1) ?? "", group, machine: pathOf(url) }));
  } catch (error) {
    // Deleted since it was listed.
    if (isCloudError(error, "not-found")) return [];
    throw error;
  }
}

function plan(
  cluster: Cluster,
  desired: readonly GroupMember[],
  observed: readonly GroupMember[],
  nowMs: number,
): Plan<ComputeAction> {
  const there = new Set(observed.map(({ machine }) => machine));
  const wanted = new Set(desired.map(({ machine }) => machine));
  const failed = namesOf(cluster, nowMs, (member) => hasFailed(cluster, member, nowMs));
  const missing = byGroup(desired.filter(({ machine, name }) => !there.has(machine) && !failed.has(name)));
  const strange = byGroup(
    observed.filter((member) => !wanted.has(member.machine) && mustLeave(cluster, member)),
  );
  const removals = strange.map((members) => change(cluster, "instanceGroups.removeInstances", members));
  const busy = new Set(removals.map(({ key }) => key));
  const additions = missing
    .map((members) => change(cluster, "instanceGroups.addInstances", members))
    .filter(({ key }) => !busy.has(key));
  return {
    actions: [...removals, ...additions],
    waiting: notYet(cluster, there, wanted, nowMs),
    problems: [],
  };
}

/**
 * Those that are repaired must be well again before they come back. Node care takes them out, when their turn has come
 * (node-care/plan-members.ts).
 */
function namesOf(
  cluster: Cluster,
  nowMs: number,
  fits: (member: SeenMember) => boolean,
): ReadonlySet<string> {
  if (cluster.deleting) return new Set();
  return new Set(
    seenMembers(cluster, nowMs)
      .filter(fits)
      .map(({ name }) => name),
  );
}

/** A member whose API server falls silent stays: the health check takes it out by itself, and back in. */
function mustLeave(cluster: Cluster, { name }: GroupMember): boolean {
  return cluster.deleting || memberOfMachine(cluster, name) === undefined || stepsBack(cluster, name);
}
function stepsBack(cluster: Cluster, name: string): boolean {
  const machine = cluster.facts.controlPlane?.find((one) => one.name === name);
  return machine !== undefined && isSteppingBack(cluster, machine);
}

function byGroup(members: readonly GroupMember[]): readonly (readonly GroupMember[])[] {
  return [...Map.groupBy(members, ({ group }) => computePath(group)).values()];
}

function change(
  cluster: Cluster,
  verb: "instanceGroups.addInstances" | "instanceGroups.removeInstances",
  members: readonly GroupMember[],
): ComputeAction {
  const [first] = members;
  if (first === undefined) throw new RangeError("a change of no members");
  const names = members.map(({ name }) => name).join(", ");
  const instances = members.map(({ machine }) => ({ instance: computeUrl(parseComputePath(machine)) }));
  return calling(verb, first.group, { instances }, reason(cluster, verb, names));
}

function reason(cluster: Cluster, verb: string, names: string): string {
  if (verb === "instanceGroups.addInstances") return `${names} may serve the Kubernetes API`;
  if (cluster.deleting) return `cluster ${cluster.id} is being deleted`;
  return names.split(", ").every((name) => stepsBack(cluster, name))
    ? `${names} is about to be made anew`
    : `${names} is no control-plane machine of this cluster`;
}

function notYet(
  cluster: Cluster,
  there: ReadonlySet<string>,
  wanted: ReadonlySet<string>,
  nowMs: number,
): readonly Waiting[] {
  if (cluster.deleting) return [];
  // What is done about it, node care says.
  const ill = namesOf(cluster, nowMs, (member) => signOf(cluster, member) !== undefined);
  return (cluster.facts.controlPlane ?? [])
    .filter((machine) => !isSteppingBack(cluster, machine) && !ill.has(machine.name))
    .filter(
      ({ running, selfLink }) => running && !there.has(pathOf(selfLink)) && !wanted.has(pathOf(selfLink)),
    )
    .map((machine) => ({ key: pathOf(machine.selfLink), reason: awaited(cluster, machine, nowMs) }));
}

/** What keeps a machine from joining is told on its console alone; its etcd member may need a person's hand. */
function awaited(
  { spec, facts }: Cluster,
  { name, zone, startedMs }: ControlPlaneMachine,
  nowMs: number,
): string {
  const isLate = startedMs !== undefined && nowMs >= startedMs + JOIN_LATE_MS;
  // While nothing answers there is nothing to join.
  if (!isLate || facts.kubernetes === undefined) return `the API server of ${name} to answer`;
  return (
    `${name} to join, which has not within ${JOIN_LATE_MS / 60_000} minutes: its console says why (gcloud compute ` +
    `instances get-serial-port-output ${name} --zone ${zone} --project ${spec.project}). If its etcd disk was lost, ` +
    `remove its old etcd member by hand, then it joins by itself (${LOST_MACHINE_GUIDE})`
  );
}
