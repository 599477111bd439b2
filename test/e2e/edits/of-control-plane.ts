/** Edits of the control plane: its machines, which are not replaced so far, their number, and etcd. */
import assert from "node:assert/strict";
import type { ClusterSight } from "../../support/cluster-sight.ts";
import { type CarriedOut, type Draft, immutable, type Refused, type Row, set } from "./row.ts";

const unreplaced = (field: string, edit: CarriedOut["edit"]): Refused => ({
  field,
  edit,
  refused: /cannot change yet .*control-plane machines are not replaced so far; set it back/,
});

export const OF_CONTROL_PLANE: readonly Row[] = [
  unreplaced("network.nodesPrivate", set("network.nodesPrivate", false)),
  unreplaced("controlPlane.machineType", set("controlPlane.machineType", "e2-standard-8")),
  unreplaced("controlPlane.os", (draft, { spec }) => {
    draft.controlPlane.os = spec.controlPlane.os === "debian-13" ? "debian-12" : "debian-13";
  }),
  unreplaced("controlPlane.image", (draft, { spec }) =>
    Object.assign(draft.controlPlane, { os: spec.controlPlane.os, image: "golden" }),
  ),
  unreplaced(
    "controlPlane.serviceAccount",
    set("controlPlane.serviceAccount", "members@demo-project.iam.gserviceaccount.com"),
  ),
  immutable("controlPlane.etcd.disk", "pd-balanced"),
  {
    field: "controlPlane.etcd.sizeGb",
    edit: set("controlPlane.etcd.sizeGb", 60),
    quiet: true,
    shows: (cluster, { spec }) => {
      for (const member of members(spec.controlPlane.replicas))
        assert.equal(cluster.named("disks", `etcd-${member}`)["sizeGb"], "60");
    },
  },
  {
    field: "controlPlane.etcd.sizeGb",
    edit: set("controlPlane.etcd.sizeGb", 20),
    refused: /controlPlane.etcd.sizeGb: .* cannot shrink .*disks only grow/,
  },
  {
    field: "controlPlane.etcd.backup.keep",
    edit: set("controlPlane.etcd.backup.keep", 40),
    quiet: true,
    shows: (cluster, { spec }) => {
      const days = spec.controlPlane.etcd.backup.every === "6h" ? 10 : 40;
      assert.equal(schedule(cluster).retentionPolicy.maxRetentionDays, days);
    },
  },
  {
    field: "controlPlane.etcd.backup.every",
    edit: set("controlPlane.etcd.backup.every", "1d"),
    quiet: true,
    shows: (cluster) => assert.equal(schedule(cluster).schedule.dailySchedule.daysInCycle, 1),
  },
  {
    field: "controlPlane.replicas",
    edit: (draft, { spec }) => {
      draft.controlPlane.replicas = spec.controlPlane.replicas + 2;
    },
    shows: (cluster, { spec }) => {
      for (const member of members(spec.controlPlane.replicas))
        assert.equal(cluster.named("instances", `cp-${member}`)["status"], "RUNNING");
    },
  },
  {
    field: "controlPlane.replicas",
    edit: set("controlPlane.replicas", 1),
    refused: /controlPlane.replicas: 1 cannot shrink .*set it back, or make a new cluster/,
  },
];

const members = (count: number): readonly number[] => Array.from({ length: count }, (_, member) => member);

/** Of the only one that there is: the schedule by hours makes room for the one by days. */
function schedule(cluster: ClusterSight): Draft {
  const paths = cluster.paths("resourcePolicies");
  assert.equal(paths.length, 1, paths.join());
  return cluster.resource("resourcePolicies", paths[0]?.split("/").at(-1) ?? "")["snapshotSchedulePolicy"];
}
