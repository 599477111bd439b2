/** The control-plane machines: one a member, under a name and at an address that stay, in the zone of the member's etcd disk. */
import { computePath } from "../../ports/compute.ts";
import type { Instance, Metadata } from "../../ports/compute-types.ts";
import { LOST_MACHINE_GUIDE } from "../guides.ts";
import { isBeingReplaced } from "../member-health.ts";
import { holdsUpNobody } from "../member-signs.ts";
import {
  controlPlaneMachineName,
  controlPlaneTag,
  etcdDiskName,
  memberOfMachine,
  nodeTag,
  pkiSecretName,
} from "../names.ts";
import { LABEL_MEMBER, marker, ownerLabels } from "../owner.ts";
import type { Cluster, ControlPlaneMachine, Facts } from "../resource.ts";
import { type ComputeAction, calling } from "./action.ts";
import {
  type ComputeManagedKind,
  computeKind,
  type DesiredResource,
  type Hold,
  type ObservedResource,
} from "./compute-kind.ts";
import { CONTROL_PLANE_TABLE } from "./control-plane-changes.ts";
import { makesTheCluster } from "./first-member.ts";
import { imageKey } from "./image-families.ts";
import {
  type BootFacts,
  bootDisk,
  canIpForward,
  machineMetadata,
  networkInterfaces,
  serviceAccounts,
  servingFacts,
  shielding,
} from "./machine-properties.ts";
import { keptMachine, keptOf, machineState } from "./machine-state.ts";
import { memberZones } from "./member-zones.ts";
import { isOnItsWayOut, madeFromNow, makeOf, withMadeFrom } from "./outdated-members.ts";
import { computeUrl, zonalRef, zonalTypeUrl, zoneOf } from "./places.ts";

/** Room for the operating system, the images of the control plane and logs. */
const BOOT_DISK_GB = 50;
const BOOT_DISK_TYPE = "pd-balanced";
/** The machine sees the disk as `/dev/disk/by-id/google-etcd`. */
const ETCD_DEVICE_NAME = "etcd";

const kind = computeKind({
  kind: "control-plane",
  collection: "instances",
  after: ["etcd-disks", "addresses", "forwarding-rules", "firewalls", "routers", "keys"],
  condition: "ControlPlaneReady",
  where: (cluster) => ({ project: cluster.spec.project, scope: "everywhere" }),
  desire: (cluster) => {
    const facts = servingFacts(cluster);
    if ("missing" in facts) return { key: "control-plane", reason: facts.missing };
    return memberZones(cluster).map((zone, member) => machine(cluster, facts, zone, member));
  },
  learn: (observed, cluster) => ({ controlPlane: observed.flatMap((one) => machineFact(cluster, one)) }),
  holdInsert,
  holdDelete,
  beforeDelete: liftProtection,
  unfinished: runs,
  table: CONTROL_PLANE_TABLE,
});

/** Its one list finds the pools' machines too: they are no members, but Nodes without a machine are known by it. */
export const controlPlane: ComputeManagedKind<"instances"> = {
  ...kind,
  own: (observed, cluster) =>
    observed.filter(
      ({ name, resource }) =>
        memberOfMachine(cluster, name) !== undefined ||
        // Machines of pools go with their groups, but for those that were kept: these are in none.
        (cluster.deleting && keptOf(resource) !== undefined),
    ),
  learn: (observed, cluster) => ({ ...kind.learn?.(observed, cluster), ...machineFacts(observed, cluster) }),
};

function machineFacts(
  observed: readonly ObservedResource<"instances">[],
  { facts: { lookedMs } }: Cluster,
): Partial<Facts> {
  const kept = observed.flatMap(({ ref, resource }) => keptMachine(computePath(ref), resource) ?? []);
  const apart = new Set(kept.map(({ path }) => path));
  const machines = observed.filter(({ ref }) => !apart.has(computePath(ref)));
  return {
    kept,
    machines: machines.map(({ ref }) => computePath(ref)),
    ...(lookedMs === undefined ? {} : { machinesMs: lookedMs }),
    privateMachines: machines.filter(({ resource }) => makeOf(resource).isPublic !== true).length,
    machineStates: new Map(machines.map((one) => [computePath(one.ref), machineState(one.resource)])),
    stoppingMachines: machines
      .filter(({ resource }) => resource.status === "STOPPING")
      .map(({ ref }) => computePath(ref)),
  };
}

function machine(
  cluster: Cluster,
  facts: BootFacts,
  zone: string,
  member: number,
): DesiredResource<"instances"> {
  const { spec } = cluster;
  const name = controlPlaneMachineName(cluster, member);
  const ref = zonalRef(cluster, "instances", zone, name);
  const boot = {
    type: zonalTypeUrl(cluster, zone, "diskTypes", BOOT_DISK_TYPE),
    sizeGb: BOOT_DISK_GB,
    labels: ownerLabels(cluster, "boot"),
  };
  const body: Instance = {
    name,
    description: marker(cluster, `control-plane member ${member}`),
    machineType: zonalTypeUrl(cluster, zone, "machineTypes", spec.controlPlane.machineType),
    canIpForward: canIpForward(cluster),
    disks: [bootDisk(cluster, cluster.spec.controlPlane, boot), etcdDisk(cluster, zone, member)],
    networkInterfaces: networkInterfaces(cluster, addressOf(cluster, member)),
    tags: { items: [controlPlaneTag(cluster), nodeTag(cluster)] },
    labels: ownerLabels(cluster, "control-plane", { [LABEL_MEMBER]: String(member) }),
    metadata: withMadeFrom(bootMetadata(cluster, facts, member), madeFromNow(cluster)),
    serviceAccounts: serviceAccounts(cluster, spec.controlPlane, "control-plane"),
    scheduling: { automaticRestart: true, onHostMaintenance: "MIGRATE", provisioningModel: "STANDARD" },
    shieldedInstanceConfig: shielding(spec.controlPlane.os, false),
    deletionProtection:
      spec.deletionProtection && !isLeaving(cluster, member) && !isBeingReplaced(cluster, name),
  };
  return { name, ref, body, purpose: `control-plane member ${member} in ${zone}` };
}

function bootMetadata(cluster: Cluster, facts: BootFacts, member: number): Metadata {
  return machineMetadata(cluster, facts, {
    os: cluster.spec.controlPlane.os,
    role: makesTheCluster(cluster, member) ? "control-plane-init" : "control-plane-join",
    nodeLabels: {},
    taints: [],
    pkiSecret: pkiSecretName(cluster),
    member,
    etcdDeviceName: ETCD_DEVICE_NAME,
  });
}

function isLeaving(cluster: Cluster, member: number): boolean {
  const machine = cluster.facts.controlPlane?.find((one) => one.member === member);
  return machine !== undefined && isOnItsWayOut(cluster, machine);
}

function addressOf({ facts }: Cluster, member: number): string | undefined {
  return facts.memberAddresses?.find((one) => one.member === member)?.address;
}

function etcdDisk(cluster: Cluster, zone: string, member: number): NonNullable<Instance["disks"]>[number] {
  return {
    boot: false,
    autoDelete: false,
    mode: "READ_WRITE",
    type: "PERSISTENT",
    deviceName: ETCD_DEVICE_NAME,
    source: computeUrl(zonalRef(cluster, "disks", zone, etcdDiskName(cluster, member))),
  };
}

function machineFact(
  cluster: Cluster,
  { name, ref, resource }: ObservedResource<"instances">,
): readonly ControlPlaneMachine[] {
  const member = memberOfMachine(cluster, name);
  if (member === undefined) return [];
  const internalAddress = resource.networkInterfaces?.[0]?.networkIP;
  const startedMs = Date.parse(resource.lastStartTimestamp ?? "");
  return [
    {
      member,
      name,
      zone: zoneOf(ref),
      selfLink: resource.selfLink ?? computeUrl(ref),
      ...(internalAddress === undefined ? {} : { internalAddress }),
      running: resource.status === "RUNNING",
      ...(Number.isNaN(startedMs) ? {} : { startedMs }),
      ...makeOf(resource),
    },
  ];
}

/**
 * The first member makes the cluster alone. Each other one waits until every member that exists serves the API: etcd takes up
 * one learner at a time, and at most one control-plane change is under way (S5). But not for one that has failed.
 */
function holdInsert(
  cluster: Cluster,
  desired: DesiredResource<"instances">,
  ours: readonly ObservedResource<"instances">[],
): Hold | undefined {
  const member = memberOfMachine(cluster, desired.name) ?? 0;
  if (cluster.pins.images[imageKey(cluster.spec.controlPlane)] === undefined)
    return { wait: "the image to boot from" };
  if (addressOf(cluster, member) === undefined) return { wait: `the address of member ${member}` };
  if (makesTheCluster(cluster, member)) return undefined;
  const unprepared = kubeadmBehind(cluster);
  if (unprepared !== undefined) return { wait: unprepared };
  const serving = cluster.facts.kubernetes?.apiServers ?? [];
  const comesBack = cluster.facts.etcdDisks?.some((disk) => disk.member === member && disk.used) === true;
  const silent = ours.find(({ name }) => !serving.includes(name) && !holdsUpNobody(cluster, name, comesBack));
  if (ours.length === 0) return allLost(cluster);
  if (lacksQuorum(cluster, ours.length))
    return {
      wait:
        `the Kubernetes API to answer, for ${desired.name} to join: with ${ours.length} control-plane machines left ` +
        `etcd may have no quorum, which a person must restore then (${LOST_MACHINE_GUIDE})`,
    };
  if (silent !== undefined)
    return { wait: `the API server of ${silent.name}, for members join one at a time` };
  if (seemsAlive(cluster, desired.name))
    return { wait: `the node of the old ${desired.name} to fall silent` };
  const turn = nextMember(cluster, ours);
  return turn === member ? undefined : { wait: `its turn after member ${turn}` };
}

/** kubeadm makes what joins of the version that its configuration in the cluster names, not of its own. */
function kubeadmBehind({ pins, facts }: Cluster): string | undefined {
  if (pins.upgrade === undefined || facts.kubeadm?.kubernetesVersion === pins.kubernetesVersion)
    return undefined;
  return `kubeadm's configuration in the cluster to name ${pins.kubernetesVersion}`;
}

/** The API is silent, and too few machines are there for the members that etcd has when it is complete. */
function lacksQuorum(cluster: Cluster, machines: number): boolean {
  const { facts, pins, spec } = cluster;
  const quorum = Math.floor(spec.controlPlane.replicas / 2) + 1;
  const isAnswering = pins.initialised !== true || facts.kubernetes !== undefined;
  return !isAnswering && machines < quorum && !makesTheCluster(cluster, 0);
}

/**
 * A machine that is gone leaves a Node and a pod that are Ready until their heartbeat runs out. One made anew before would
 * be taken for the old one: let behind the load balancer too early (trap 1), and the next member made beside it (S5).
 */
function seemsAlive({ facts: { kubernetes } }: Cluster, name: string): boolean {
  const isReady = kubernetes?.nodes.some((node) => node.name === name && node.ready) === true;
  return isReady || kubernetes?.apiServers.includes(name) === true;
}

/** Members that join need one that is there. One that makes the cluster, or takes it up, is on its way. */
function allLost(cluster: Cluster): Hold {
  if (makesTheCluster(cluster, 0)) return { wait: "the first control-plane machine, which it joins" };
  return {
    unsupported:
      "All control-plane machines are gone. Restoring a control plane of several members from its etcd disks is not " +
      "supported yet: the disks and their snapshots are kept, so restore it by hand (etcdutl snapshot restore).",
  };
}

function nextMember(cluster: Cluster, ours: readonly ObservedResource<"instances">[]): number {
  const there = new Set(ours.map(({ name }) => memberOfMachine(cluster, name)));
  const members = Array.from({ length: cluster.spec.controlPlane.replicas }, (_, member) => member);
  return members.find((member) => !there.has(member)) ?? 0;
}

function holdDelete(cluster: Cluster, { ref, resource }: ObservedResource<"instances">): Hold | undefined {
  const path = computePath(ref);
  if (!cluster.deleting) {
    return {
      unsupported:
        `${path} is a control-plane member that the spec no longer has. Shrinking the control plane is not supported ` +
        "yet: set spec.controlPlane.replicas back.",
    };
  }
  if (cluster.facts.groupMembers?.includes(path) === true)
    return { wait: "it to leave the load balancer's group" };
  return resource.status === "STOPPING" ? { wait: "it to stop" } : undefined;
}

function liftProtection({ ref, resource }: ObservedResource<"instances">): ComputeAction | undefined {
  if (resource.deletionProtection !== true) return undefined;
  const reason = "its protection is lifted, for its cluster is being deleted";
  return calling("instances.setDeletionProtection", ref, { deletionProtection: false }, reason);
}

function runs({ ref, resource }: ObservedResource<"instances">): Hold | ComputeAction | undefined {
  switch (resource.status) {
    case "RUNNING":
    case undefined:
      return undefined;
    case "TERMINATED":
      return calling("instances.start", ref, {}, "it is stopped, wanted running");
    case "SUSPENDED":
      return {
        unsupported: `${computePath(ref)} is suspended: resume it (gcloud compute instances resume).`,
      };
    default:
      return { wait: `the machine to run (${resource.status})` };
  }
}
