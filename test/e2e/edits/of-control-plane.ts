/** Edits of the control plane: its machines, which are made anew one after another, their number, and etcd. */
import assert from "node:assert/strict";
import { MADE_FROM } from "../../../shared/resources/gce/outdated-members.ts";
import type { ClusterSight } from "../../support/cluster-sight.ts";
import { type Draft, immutable, type Row, type Scene, set } from "./row.ts";

export const OF_CONTROL_PLANE: readonly Row[] = [
  {
    field: "network.nodesPrivate",
    edit: (draft, { spec }) => set("network.nodesPrivate", !spec.network.nodesPrivate)(draft),
    shows: (cluster, { spec }) =>
      forEach(cluster, spec, ({ networkInterfaces }) =>
        assert.equal((networkInterfaces[0].accessConfigs ?? []).length > 0, !spec.network.nodesPrivate),
      ),
  },
  {
    field: "controlPlane.machineType",
    edit: set("controlPlane.machineType", "e2-standard-8"),
    shows: (cluster, { spec }) =>
      forEach(cluster, spec, ({ machineType }) => assert.match(machineType, /\/e2-standard-8$/)),
  },
  {
    field: "controlPlane.os",
    edit: (draft, { spec }) => {
      draft.controlPlane.os = spec.controlPlane.os === "debian-13" ? "debian-12" : "debian-13";
    },
    shows: (cluster, { spec }) =>
      forEach(cluster, spec, (machine) => assert.equal(madeFrom(machine).os, spec.controlPlane.os)),
  },
  {
    field: "controlPlane.image",
    edit: (draft) => Object.assign(draft.controlPlane, { os: "debian-13", image: "golden" }),
    shows: (cluster, { spec }) =>
      forEach(cluster, spec, (machine) => assert.match(madeFrom(machine).image, /\/golden$/)),
  },
  {
    field: "controlPlane.serviceAccount",
    edit: set("controlPlane.serviceAccount", "members@demo-project.iam.gserviceaccount.com"),
    shows: (cluster, { spec }) =>
      forEach(cluster, spec, ({ serviceAccounts }) => assert.match(serviceAccounts[0].email, /^members@/)),
  },
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

function forEach(cluster: ClusterSight, spec: Scene["spec"], look: (machine: Draft) => void): void {
  for (const member of members(spec.controlPlane.replicas)) look(cluster.named("instances", `cp-${member}`));
}
/** What the machine says of itself. */
function madeFrom({ metadata }: Draft): Draft {
  return JSON.parse(metadata.items.find(({ key }: Draft) => key === MADE_FROM).value);
}

const members = (count: number): readonly number[] => Array.from({ length: count }, (_, member) => member);

/** Of the only one that there is: the schedule by hours makes room for the one by days. */
function schedule(cluster: ClusterSight): Draft {
  const paths = cluster.paths("resourcePolicies");
  assert.equal(paths.length, 1, paths.join());
  return cluster.resource("resourcePolicies", paths[0]?.split("/").at(-1) ?? "")["snapshotSchedulePolicy"];
}
