/** What follows from an edit of each field of the spec of a running cluster: the table that edits.spec.ts walks through. */
import assert from "node:assert/strict";
import type { Running } from "../support/running-cluster.ts";

/** A document on its way from one edit to the next. */
// biome-ignore lint/suspicious/noExplicitAny: documents are edited as a person edits YAML, before any schema looks at them.
export type Draft = any;

export type Row =
  | {
      readonly field: string;
      edit(draft: Draft): void;
      /** @param machines ids of the machines before the edit */
      shows(cluster: Running, machines: readonly string[]): void | Promise<void>;
    }
  /** The condition names the path and what to do. */
  | { readonly field: string; edit(draft: Draft): void; readonly refused: RegExp };

const INTO_ANOTHER = /set it back, or make a new cluster/;
const NOT_REPLACED = /cannot change yet .*control-plane machines are not replaced so far; set it back/;
const NOT_YET = /is not supported yet/;

const [GENERAL, BATCH] = [0, 1];

const set =
  (path: string, value: unknown): ((draft: Draft) => void) =>
  (draft) => {
    const names = path.split(".");
    const last = names.pop() ?? "";
    let at = draft;
    for (const name of names) at = at[name] ??= {};
    at[last] = value;
  };
const pool =
  (index: number, changes: object): ((draft: Draft) => void) =>
  (draft) =>
    Object.assign(draft.nodePools[index], changes);

const notYet = (field: string, edit: (draft: Draft) => void): Row => ({ field, edit, refused: NOT_YET });
const immutable = (field: string, value: unknown): Row => ({
  field,
  edit: set(field, value),
  refused: INTO_ANOTHER,
});
const unreplaced = (field: string, value: unknown): Row => ({
  field,
  edit: set(field, value),
  refused: NOT_REPLACED,
});

/** A change of the pool batch that its machines show once they have been replaced. */
const replaces = (
  field: string,
  changes: object,
  shows: (machine: Draft, cluster: Running) => unknown,
  wanted: unknown,
): Row => ({
  field: `nodePools[].${field}`,
  edit: pool(BATCH, changes),
  shows: (cluster) => {
    const machines = cluster.machinesOf("batch");
    assert.ok(machines.length > 0);
    for (const machine of machines) assert.deepEqual(shows(machine, cluster), wanted);
  },
});
const lastOf = (url: unknown): string => String(url).split("/").at(-1) ?? "";
const bootDisk = (machine: Draft, cluster: Running): Draft =>
  cluster.resource("disks", lastOf(machine.disks.find((disk: Draft) => disk.boot).source));

export const EDITS: readonly Row[] = [
  { field: "name", edit: set("name", "another"), refused: /name: "another" is not the id of its document/ },
  notYet("environment", set("environment", "production")),
  { field: "engine", edit: set("engine", "gke"), refused: NOT_YET },
  immutable("project", "other-project"),
  {
    field: "region",
    edit: (draft) =>
      Object.assign(draft, {
        region: "us-east1",
        zones: ["us-east1-b"],
        nodePools: [{ name: "general", zones: ["us-east1-b"] }],
      }),
    refused: /region: "us-east1" cannot change .*make a new cluster/,
  },
  {
    field: "zones",
    edit: set("zones", ["europe-west4-a", "europe-west4-b"]),
    shows: (cluster) =>
      assert.ok(cluster.paths("instanceGroups").some((path) => path.includes("/zones/europe-west4-b/"))),
  },
  {
    field: "kubernetes.version",
    edit: set("kubernetes.version", "1.37"),
    refused: /kubernetes.version: "1.37" needs an upgrade from 1.36.4, .* not supported yet; set it back/,
  },
  notYet("kubernetes.channel", set("kubernetes.channel", "rapid")),
  {
    field: "network.nodes",
    edit: set("network.nodes", "10.10.0.0/19"),
    shows: (cluster) => {
      assert.equal(cluster.named("subnetworks", "nodes")["ipCidrRange"], "10.10.0.0/19");
      assert.deepEqual(cluster.named("firewalls", "api")["sourceRanges"], ["10.10.0.0/19", "10.64.0.0/14"]);
    },
  },
  immutable("network.pods", "10.128.0.0/14"),
  immutable("network.services", "10.112.0.0/20"),
  immutable("network.plugin", "calico"),
  unreplaced("network.nodesPrivate", false),
  ...["network", "subnetwork"].map(
    (field): Row => ({
      field: `network.existing.${field}`,
      edit: set("network.existing", { network: "main", subnetwork: "nodes" }),
      refused: /network.existing: .* cannot change \(it is not set\); set it back, or make a new cluster/,
    }),
  ),
  {
    field: "network.api.allowedFrom",
    edit: set("network.api.allowedFrom", ["203.0.113.0/24", "198.51.100.7/32"]),
    shows: (cluster) =>
      assert.deepEqual(cluster.named("firewalls", "api-admins")["sourceRanges"], [
        "203.0.113.0/24",
        "198.51.100.7/32",
      ]),
  },
  immutable("controlPlane.etcd.disk", "pd-balanced"),
  unreplaced("controlPlane.machineType", "e2-standard-8"),
  unreplaced("controlPlane.os", "debian-13"),
  {
    field: "controlPlane.image",
    edit: (draft) => Object.assign(draft.controlPlane, { os: "ubuntu-24.04", image: "golden" }),
    refused: NOT_REPLACED,
  },
  unreplaced("controlPlane.serviceAccount", "members@demo-project.iam.gserviceaccount.com"),
  {
    field: "controlPlane.etcd.sizeGb",
    edit: set("controlPlane.etcd.sizeGb", 60),
    shows: (cluster) => assert.equal(cluster.named("disks", "etcd-0")["sizeGb"], "60"),
  },
  {
    field: "controlPlane.etcd.backup.keep",
    edit: set("controlPlane.etcd.backup.keep", 40),
    shows: (cluster) => assert.equal(schedule(cluster, "etcd-backup").retentionPolicy.maxRetentionDays, 10),
  },
  {
    field: "controlPlane.etcd.backup.every",
    edit: set("controlPlane.etcd.backup.every", "1d"),
    shows: (cluster) => {
      assert.equal(schedule(cluster, "etcd-backup-daily").schedule.dailySchedule.daysInCycle, 1);
      assert.equal(cluster.paths("resourcePolicies").length, 1, "the schedule by hours is gone");
    },
  },
  {
    field: "controlPlane.replicas",
    edit: set("controlPlane.replicas", 3),
    shows: (cluster) =>
      assert.deepEqual(
        [0, 1, 2].map((member) => cluster.named("instances", `cp-${member}`)["status"]),
        ["RUNNING", "RUNNING", "RUNNING"],
      ),
  },
  {
    field: "nodePools[].size",
    edit: pool(GENERAL, { size: 3 }),
    shows: (cluster) => assert.equal(cluster.machinesOf("general").length, 3),
  },
  {
    field: "nodePools[].size",
    edit: pool(GENERAL, { size: 1 }),
    shows: (cluster) => assert.equal(cluster.machinesOf("general").length, 1),
  },
  notYet("nodePools[].size.min", pool(GENERAL, { size: { min: 1, max: 3 } })),
  notYet("nodePools[].size.max", pool(GENERAL, { size: { min: 1, max: 4 } })),
  {
    field: "nodePools[].name",
    edit: pool(GENERAL, { name: "common" }),
    shows: (cluster) => {
      assert.equal(cluster.machinesOf("common").length, 1);
      assert.equal(cluster.machinesOf("general").length, 0);
    },
  },
  {
    field: "nodePools[].zones",
    edit: pool(GENERAL, { zones: ["europe-west4-b"] }),
    refused: /nodePools\[0\].zones: .* cannot change .*add another pool with them, then remove this one/,
  },
  // Each of these replaces the machine of the pool batch.
  replaces(
    "machineType",
    { machineType: "n1-standard-4" },
    ({ machineType }) => lastOf(machineType),
    "n1-standard-4",
  ),
  replaces(
    "os",
    { os: "debian-13" },
    (machine, cluster) => /debian-13/.test(bootDisk(machine, cluster).sourceImage),
    true,
  ),
  replaces(
    "image",
    { image: "golden" },
    (machine, cluster) => lastOf(bootDisk(machine, cluster).sourceImage),
    "golden",
  ),
  replaces(
    "disk.type",
    { disk: { type: "pd-ssd" } },
    (machine, cluster) => lastOf(bootDisk(machine, cluster).type),
    "pd-ssd",
  ),
  replaces(
    "disk.sizeGb",
    { disk: { type: "pd-ssd", sizeGb: 120 } },
    (machine, cluster) => bootDisk(machine, cluster).sizeGb,
    "120",
  ),
  replaces("spot", { spot: true }, ({ scheduling }) => scheduling.provisioningModel, "SPOT"),
  replaces(
    "accelerators[].type",
    { accelerators: [{ type: "nvidia-tesla-t4", count: 1 }] },
    ({ guestAccelerators }) => lastOf(guestAccelerators[0].acceleratorType),
    "nvidia-tesla-t4",
  ),
  replaces(
    "accelerators[].count",
    { accelerators: [{ type: "nvidia-tesla-t4", count: 2 }] },
    ({ guestAccelerators }) => guestAccelerators[0].acceleratorCount,
    2,
  ),
  replaces(
    "serviceAccount",
    { serviceAccount: "batch-nodes@demo-project.iam.gserviceaccount.com" },
    ({ serviceAccounts }) => serviceAccounts[0].email,
    "batch-nodes@demo-project.iam.gserviceaccount.com",
  ),
  {
    field: "nodePools[].labels",
    edit: pool(BATCH, { labels: { tier: "night" } }),
    shows: async (cluster) => {
      for (const node of await cluster.nodesOf("batch"))
        assert.equal(node.metadata.labels?.["tier"], "night");
    },
  },
  taints("key", { key: "example.com/batch", effect: "NoSchedule" }),
  taints("value", { key: "example.com/batch", value: "night", effect: "NoSchedule" }),
  taints("effect", { key: "example.com/batch", value: "night", effect: "PreferNoSchedule" }),
  notYet("nodePools[].upgrade.strategy", pool(BATCH, { upgrade: { strategy: "blue-green" } })),
  ...(
    [
      ["maxSurge", { maxSurge: 2 }],
      ["maxUnavailable", { maxSurge: 2, maxUnavailable: 1 }],
      ["drainTimeout", { maxSurge: 2, maxUnavailable: 1, drainTimeout: "5m" }],
      ["onDrainTimeout", { maxSurge: 2, maxUnavailable: 1, drainTimeout: "5m", onDrainTimeout: "force" }],
    ] as const
  ).map(
    ([field, upgrade]): Row => ({
      field: `nodePools[].upgrade.${field}`,
      edit: pool(BATCH, { upgrade }),
      // It rules the next replacement of machines, and replaces none itself.
      shows: (cluster, machines) => assert.deepEqual(cluster.machineIds(), machines),
    }),
  ),
  ...(
    [
      ["enabled", { enabled: false }],
      ["after", { after: "20m" }],
      ["maxInFlight", { maxInFlight: 2 }],
      ["maxUnhealthy", { maxUnhealthy: "30%" }],
      ["ladder", { ladder: ["recreate"] }],
      ["keepFailed", { keepFailed: 1 }],
    ] as const
  ).map(([field, repair]) => notYet(`nodePools[].repair.${field}`, pool(BATCH, { repair }))),
  addon("dns", "coredns"),
  addon("metrics", "metrics-server"),
  addon("storage", "csi-gce-pd-controller"),
  addon("nodeProblemDetector", "node-problem-detector"),
  {
    field: "addons.manifests",
    edit: set("addons.manifests", [
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: greeting, namespace: default }\ndata: { hello: world }\n",
    ]),
    shows: async (cluster) =>
      assert.deepEqual((await cluster.inside("/api/v1/namespaces/default/configmaps/greeting"))?.["data"], {
        hello: "world",
      }),
  },
  ...[
    ["logging.enabled", false],
    ["logging.retention", "60d"],
    ["logging.bucket", "logs"],
    ["logging.auditLogs", false],
    ["monitoring.enabled", false],
    ["monitoring.managedPrometheus", false],
    ["health.interval", "5m"],
    ["registry.repositories", ["europe-docker.pkg.dev/demo-project/images"]],
    ["maintenance.autoUpgrade.patch", false],
    ["maintenance.autoUpgrade.minor", true],
    ["maintenance.autoUpgrade.os", false],
    ["notifications.topic", "projects/demo-project/topics/clusters"],
  ].map(([field, value]) => notYet(String(field), set(String(field), value))),
  ...["name", "filter"].map((field) =>
    notYet(
      `logging.exclude[].${field}`,
      set("logging.exclude", [{ name: "noise", filter: "severity<INFO" }]),
    ),
  ),
  ...["name", "service.namespace", "service.name", "service.port", "service.path", "timeout", "failures"].map(
    (field) =>
      notYet(
        `health.checks[].${field}`,
        set("health.checks", [{ name: "shop", service: { namespace: "shop", name: "web", port: 80 } }]),
      ),
  ),
  ...["start", "timezone", "duration", "recurrence"].map((field) =>
    notYet(
      `maintenance.windows[].${field}`,
      set("maintenance.windows", [
        {
          start: "2026-01-03T02:00",
          timezone: "Europe/Amsterdam",
          duration: "4h",
          recurrence: "FREQ=WEEKLY;BYDAY=SA",
        },
      ]),
    ),
  ),
  ...["name", "from", "to", "scope"].map((field) =>
    notYet(
      `maintenance.exclusions[].${field}`,
      set("maintenance.exclusions", [{ name: "sale", from: "2026-11-20", to: "2026-12-01", scope: "all" }]),
    ),
  ),
  {
    field: "deletionProtection",
    edit: set("deletionProtection", true),
    shows: (cluster) => assert.equal(cluster.named("instances", "cp-0")["deletionProtection"], true),
  },
  // Last of all, for there is no way back.
  {
    field: "network.api.access",
    edit: (draft) => Object.assign(draft.network.api, { access: "private", allowedFrom: [] }),
    shows: async (cluster) => {
      assert.deepEqual(
        cluster.paths("forwardingRules").filter((path) => path.endsWith("api-external")),
        [],
      );
      assert.match((await cluster.status()).endpoint ?? "", /^https:\/\/10\.10\./);
    },
  },
  {
    field: "network.api.access",
    edit: set("network.api", { access: "public" }),
    refused: /network.api.access: "public" cannot change yet .* set it back, or make a new cluster/,
  },
];

function schedule(cluster: Running, role: string): Draft {
  return cluster.named("resourcePolicies", role)["snapshotSchedulePolicy"];
}

function taints(field: string, taint: object): Row {
  return {
    field: `nodePools[].taints[].${field}`,
    edit: pool(BATCH, { taints: [taint] }),
    shows: async (cluster) => {
      for (const node of await cluster.nodesOf("batch")) assert.deepEqual(node.spec?.taints, [taint]);
    },
  };
}

/** Turned off: its pods are gone, and no object of it is left. */
function addon(field: string, pods: string): Row {
  return {
    field: `addons.${field}`,
    edit: set(`addons.${field}`, false),
    shows: (cluster) => cluster.untilInside(async () => (await cluster.podsNamed(pods)).length === 0),
  };
}
