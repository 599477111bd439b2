/** The schedule by which etcd's disks are snapshotted. */
import { computePath } from "../../ports/compute.ts";
import type { ResourcePolicy } from "../../ports/compute-types.ts";
import { durationMs } from "../../spec/duration.ts";
import { IDENTITY, IGNORED, PATCH } from "../change-table.ts";
import { marker, ownerLabels } from "../owner.ts";
import type { Cluster } from "../resource.ts";
import { computeKind } from "./compute-kind.ts";
import { etcdBackupPolicyRef, isDaily } from "./places.ts";

const HOURS_A_DAY = 24;
/** Source: resourcePolicies.snapshotSchedulePolicy.retentionPolicy.maxRetentionDays. */
const RETENTION_DAYS_MAX = 65_535;
const HOUR_MS = 3_600_000;
/** UTC. */
const MIDNIGHT = "00:00";

export const resourcePolicies = computeKind({
  kind: "resource-policies",
  collection: "resourcePolicies",
  after: [],
  steady: true,
  condition: "ControlPlaneReady",
  where: (cluster) => ({ project: cluster.spec.project, scope: `regions/${cluster.spec.region}` }),
  desire: (cluster) => {
    const ref = etcdBackupPolicyRef(cluster);
    return [
      {
        name: ref.name,
        ref,
        purpose: "the snapshot schedule of etcd's disks",
        body: {
          name: ref.name,
          description: marker(cluster, "snapshots of etcd's disks"),
          snapshotSchedulePolicy: snapshotSchedule(cluster),
        },
      },
    ];
  },
  holdDelete: (cluster, { ref }) =>
    !cluster.deleting && cluster.facts.usedPolicies?.includes(computePath(ref)) === true
      ? { quietly: true }
      : undefined,
  table: { ...IDENTITY, region: IGNORED, status: IGNORED, snapshotSchedulePolicy: PATCH },
});

type Schedule = NonNullable<ResourcePolicy["snapshotSchedulePolicy"]>;

function snapshotSchedule(cluster: Cluster): Schedule {
  const { every, keep } = cluster.spec.controlPlane.etcd.backup;
  const hours = durationMs(every) / HOUR_MS;
  const days = Math.max(1, Math.ceil((hours * keep) / HOURS_A_DAY));
  return {
    schedule: isDaily(cluster)
      ? { dailySchedule: { daysInCycle: 1, startTime: MIDNIGHT } }
      : { hourlySchedule: { hoursInCycle: Math.max(1, Math.floor(hours)), startTime: MIDNIGHT } },
    retentionPolicy: {
      maxRetentionDays: Math.min(days, RETENTION_DAYS_MAX),
      // With the cluster they are deleted (snapshots.ts). One of a disk that somebody deleted goes in its time.
      onSourceDiskDelete: "APPLY_RETENTION_POLICY",
    },
    snapshotProperties: {
      labels: ownerLabels(cluster, "etcd-backup"),
      storageLocations: [cluster.spec.region],
    },
  };
}
