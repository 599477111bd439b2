/** One disk a control-plane member for etcd alone: it outlives the machine. */
import { type ComputeRef, computePath } from "../../ports/compute.ts";
import type { Disk } from "../../ports/compute-types.ts";
import { IDENTITY, IGNORED, pathOf, refuse, sentence } from "../change-table.ts";
import { etcdDiskName, memberOfDisk } from "../names.ts";
import { LABEL_MEMBER, marker, ownerLabels } from "../owner.ts";
import type { Cluster, EtcdDisk } from "../resource.ts";
import { type ComputeAction, calling } from "./action.ts";
import { computeKind, type Hold, type ObservedResource } from "./compute-kind.ts";
import { memberZones } from "./member-zones.ts";
import { computeUrl, etcdBackupPolicyRef, zonalRef, zonalTypeUrl, zoneOf } from "./places.ts";

const FIXED = "A disk cannot change its type: set it back, or make a new cluster and move over.";

export const etcdDisks = computeKind({
  kind: "etcd-disks",
  collection: "disks",
  // When the cluster goes, no disk is left to take another snapshot of while these are deleted.
  after: ["resource-policies", "snapshots"],
  steady: true,
  condition: "ControlPlaneReady",
  where: (cluster) => ({ project: cluster.spec.project, scope: "everywhere" }),
  belongs: (cluster, name) => memberOfDisk(cluster, name) !== undefined,
  desire: (cluster) =>
    memberZones(cluster).map((zone, member) => {
      const ref = zonalRef(cluster, "disks", zone, etcdDiskName(cluster, member));
      const { etcd } = cluster.spec.controlPlane;
      const body: Disk = {
        name: ref.name,
        description: marker(cluster, `etcd of control-plane member ${member}`),
        type: zonalTypeUrl(cluster, zone, "diskTypes", etcd.disk),
        sizeGb: String(etcd.sizeGb),
        labels: ownerLabels(cluster, "etcd", { [LABEL_MEMBER]: String(member) }),
        resourcePolicies: [computeUrl(etcdBackupPolicyRef(cluster))],
      };
      return { name: ref.name, ref, body, purpose: `etcd's disk of member ${member}` };
    }),
  learn: (observed, cluster) => ({
    etcdDisks: observed.flatMap((disk) => diskFact(cluster, disk)),
    usedPolicies: observed.flatMap(({ resource }) => (resource.resourcePolicies ?? []).map(pathOf)),
  }),
  holdDelete,
  obsolete: (_cluster, { ref }) => `${zoneOf(ref)} has no room for its machine, and it was never used`,
  unfinished: ({ ref, resource }, _desired, cluster) =>
    waitReady(resource) ?? schedule(cluster, ref, resource),
  table: {
    ...IDENTITY,
    sizeGb: {
      change: "call",
      verb: "disks.resize",
      body: (wanted) => ({ sizeGb: wanted.sizeGb }),
      // A disk never shrinks; one that was grown by hand stays so.
      same: (wanted, found) => Number(found) >= Number(wanted),
    },
    type: refuse(FIXED),
    zone: IGNORED,
    status: IGNORED,
    users: IGNORED,
    // See `schedule`.
    resourcePolicies: IGNORED,
    sourceImage: IGNORED,
    sourceSnapshot: IGNORED,
    lastAttachTimestamp: IGNORED,
    labels: {
      change: "call",
      verb: "disks.setLabels",
      body: (wanted, found) => ({
        labels: { ...found.labels, ...wanted.labels },
        ...(found.labelFingerprint === undefined ? {} : { labelFingerprint: found.labelFingerprint }),
      }),
    },
    labelFingerprint: IGNORED,
  },
});

/** A disk has one snapshot schedule, so another one must leave before ours can come. */
function schedule(
  cluster: Cluster,
  ref: ComputeRef<"disks">,
  { resourcePolicies = [] }: Disk,
): ComputeAction | undefined {
  const wanted = etcdBackupPolicyRef(cluster);
  const found = resourcePolicies.map(pathOf);
  if (found.includes(computePath(wanted))) return undefined;
  const reason = sentence({ field: "resourcePolicies", found, wanted: [computePath(wanted)] });
  if (found.length > 0) return calling("disks.removeResourcePolicies", ref, { resourcePolicies }, reason);
  return calling("disks.addResourcePolicies", ref, { resourcePolicies: [computeUrl(wanted)] }, reason);
}

function waitReady(disk: Disk): Hold | undefined {
  if (disk.status === "FAILED") return { unsupported: `Disk ${disk.name} could not be made. ${NEVER_MADE}` };
  if (disk.status !== undefined && disk.status !== "READY")
    return { wait: `the disk to be ready (${disk.status})` };
  return undefined;
}
const NEVER_MADE = "Delete it, and it is made anew.";

function diskFact(cluster: Cluster, { name, ref, resource }: ObservedResource<"disks">): readonly EtcdDisk[] {
  const member = memberOfDisk(cluster, name);
  return member === undefined ? [] : [{ member, zone: zoneOf(ref), used: wasUsed(resource) }];
}

function wasUsed(disk: Disk): boolean {
  return disk.lastAttachTimestamp !== undefined || (disk.users?.length ?? 0) > 0;
}

/** While the cluster stays, a disk goes only when it cannot hold anything (S7). */
function holdDelete(cluster: Cluster, { ref, resource }: ObservedResource<"disks">): Hold | undefined {
  if (cluster.deleting || !wasUsed(resource)) return undefined;
  return {
    unsupported:
      `${computePath(ref)} belongs to a control-plane member that the spec no longer has. Shrinking the control plane ` +
      "is not supported yet: set spec.controlPlane.replicas back.",
  };
}
