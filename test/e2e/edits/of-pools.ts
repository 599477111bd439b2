/** Edits of node pools: their sizes and names, their machines, and how those are replaced. */
import assert from "node:assert/strict";
import { LABEL_POOL } from "../../../shared/resources/owner.ts";
import type { NodePool } from "../../../shared/spec/cluster.ts";
import type { Body, ClusterSight } from "../../support/cluster-sight.ts";
import { GOLDEN_IMAGE, GOLDEN_OS } from "./golden-image.ts";
import { type CarriedOut, type Draft, notYet, type Row, type Scene } from "./row.ts";

/** One that every cluster has. */
const PROBE = { kind: "Deployment", namespace: "kube-system", name: "coredns" };

/** Of those that are edited, the ones that a row is about. */
type Choice = (edited: readonly number[]) => readonly number[];
const every: Choice = (edited) => edited;
const first: Choice = (edited) => edited.slice(0, 1);
const last: Choice = (edited) => edited.slice(-1);

const edits =
  (changes: (pool: NodePool) => object, choice: Choice = every): CarriedOut["edit"] =>
  (draft, { spec, pools }) => {
    for (const index of choice(pools.edited))
      Object.assign(draft.nodePools[index], changes(poolAt(spec, index)));
  };
const looks =
  (look: (cluster: ClusterSight, pool: NodePool) => void | Promise<void>, choice: Choice = every) =>
  async (cluster: ClusterSight, { spec, pools }: Scene): Promise<void> => {
    for (const index of choice(pools.edited)) await look(cluster, poolAt(spec, index));
  };

/** A change of pools that every machine shows that they have from then on. */
function replaces(
  field: string,
  changes: (pool: NodePool) => object,
  shows: (machine: Body, pool: NodePool, cluster: ClusterSight) => void,
  choice: Choice = every,
): CarriedOut {
  return {
    field: `nodePools[].${field}`,
    edit: edits(changes, choice),
    shows: looks((cluster, pool) => {
      const machines = cluster.machinesOf(pool.name);
      assert.equal(machines.length, pool.size);
      for (const machine of machines) shows(machine, pool, cluster);
    }, choice),
  };
}
/** What the Kubernetes node of every machine shows. */
function replacesNodes(
  field: string,
  changes: (pool: NodePool) => object,
  shows: (node: Body, pool: NodePool) => void,
  choice: Choice = every,
): CarriedOut {
  return {
    field: `nodePools[].${field}`,
    edit: edits(changes, choice),
    shows: looks(async (cluster, pool) => {
      for (const node of await cluster.nodesOf(pool.name)) shows(node, pool);
    }, choice),
  };
}
/** It rules the next replacement of machines; what it does to one is told in rollout.spec.ts. */
const rules = (field: string, changes: object): CarriedOut => ({
  field: `nodePools[].upgrade.${field}`,
  edit: edits(({ upgrade }) => ({ upgrade: { ...upgrade, ...changes } })),
  quiet: true,
});

const repairs = (changes: object): CarriedOut => ({
  field: `nodePools[].repair.${Object.keys(changes)[0]}`,
  edit: edits(() => ({ repair: changes })),
  quiet: true,
});

/** GPUs attach to machines of few families. */
const GPU = { type: "nvidia-tesla-t4", count: 1 };
const GPU_MACHINE = "n1-standard-4";
const OWN_ACCOUNT = "own-nodes@demo-project.iam.gserviceaccount.com";
const TAINT = { key: "example.com/pool", effect: "NoSchedule" };
const NEW_NAME = "common";

const taint = (field: string, changes: (before: { readonly effect: string }) => object): CarriedOut =>
  replacesNodes(
    `taints[].${field}`,
    ({ taints: [before = TAINT] }) => ({ taints: [{ ...before, ...changes(before) }] }),
    (node, { taints }) => assert.deepEqual(node["spec"].taints, taints),
  );

export const OF_POOLS: readonly Row[] = [
  resized(1),
  resized(-1),
  notYet(
    "nodePools[].size.min",
    edits(() => ({ size: { min: 1, max: 3 } })),
  ),
  notYet(
    "nodePools[].size.max",
    edits(() => ({ size: { min: 1, max: 4 } })),
  ),
  {
    field: "nodePools[].name",
    edit: (draft, { pools }) => Object.assign(draft.nodePools[pools.renamed], { name: NEW_NAME }),
    spared: ({ pools }, together) =>
      together && pools.edited.includes(pools.renamed)
        ? "it has one pool, and with another name what else is edited of it would be that of a new one"
        : undefined,
    shows: (cluster, { spec, pools }) => {
      assert.equal(cluster.machinesOf(NEW_NAME).length, poolAt(spec, pools.renamed).size);
      const left = new Set(cluster.machines().flatMap(({ labels }) => labels?.[LABEL_POOL] ?? []));
      assert.deepEqual([...left].sort(), spec.nodePools.map(({ name }) => name).sort());
    },
  },
  {
    field: "nodePools[].zones",
    edit: edits(() => ({ zones: ["europe-west4-b"] }), first),
    refused: /nodePools\[\d+\].zones: .* cannot change .*add another pool with them, then remove this one/,
  },
  replaces(
    "machineType",
    () => ({ machineType: GPU_MACHINE }),
    ({ machineType }) => assert.equal(lastOf(machineType), GPU_MACHINE),
  ),
  replacesNodes(
    "os",
    ({ os }) => ({ os: os === "debian-13" ? "debian-12" : "debian-13" }),
    ({ status }, { os }) =>
      assert.match(status.nodeInfo.osImage, os === "debian-13" ? /Linux 13 / : /Linux 12 /),
    first,
  ),
  replaces(
    "image",
    () => ({ os: GOLDEN_OS, image: GOLDEN_IMAGE }),
    (machine, _pool, cluster) =>
      assert.equal(lastOf(bootDisk(cluster, machine)["sourceImage"]), GOLDEN_IMAGE),
    last,
  ),
  replaces(
    "disk.type",
    ({ disk }) => ({ disk: { ...disk, type: "pd-ssd" } }),
    (machine, _pool, cluster) => assert.equal(lastOf(bootDisk(cluster, machine)["type"]), "pd-ssd"),
  ),
  replaces(
    "disk.sizeGb",
    ({ disk }) => ({ disk: { ...disk, sizeGb: 120 } }),
    (machine, _pool, cluster) => assert.equal(bootDisk(cluster, machine)["sizeGb"], "120"),
  ),
  replaces(
    "spot",
    ({ spot }) => ({ spot: !spot }),
    ({ scheduling }, { spot }) => assert.equal(scheduling.provisioningModel, spot ? "SPOT" : "STANDARD"),
  ),
  replaces(
    "accelerators[].type",
    () => ({ machineType: GPU_MACHINE, accelerators: [GPU] }),
    ({ guestAccelerators }) => assert.equal(lastOf(guestAccelerators[0].acceleratorType), GPU.type),
  ),
  replaces(
    "accelerators[].count",
    () => ({ machineType: GPU_MACHINE, accelerators: [{ ...GPU, count: 2 }] }),
    ({ guestAccelerators }) => assert.equal(guestAccelerators[0].acceleratorCount, 2),
  ),
  replaces(
    "serviceAccount",
    () => ({ serviceAccount: OWN_ACCOUNT }),
    ({ serviceAccounts }) => assert.equal(serviceAccounts[0].email, OWN_ACCOUNT),
  ),
  replacesNodes(
    "labels",
    ({ labels }) => ({ labels: { ...labels, tier: "night" } }),
    ({ metadata }, { labels }) => {
      for (const [name, value] of Object.entries({ ...labels, tier: "night" }))
        assert.equal(metadata.labels[name], value);
    },
  ),
  taint("key", () => ({ key: "example.com/night" })),
  taint("value", () => ({ value: "late" })),
  taint("effect", ({ effect }) => ({ effect: effect === "NoSchedule" ? "PreferNoSchedule" : "NoSchedule" })),
  rules("strategy", { strategy: "blue-green", blueGreen: { soak: "2s" } }),
  rules("maxSurge", { maxSurge: 2 }),
  rules("maxUnavailable", { maxUnavailable: 1 }),
  rules("drainTimeout", { drainTimeout: "5m" }),
  rules("onDrainTimeout", { onDrainTimeout: "force" }),
  rules("soak", { soak: "2s" }),
  rules("readyTimeout", { readyTimeout: "30m" }),
  rules("probe.kind", { probe: { ...PROBE, kind: "DaemonSet" } }),
  rules("probe.name", { probe: { ...PROBE, name: "kube-proxy" } }),
  // All edits at once end with what there is.
  rules("probe.namespace", { probe: PROBE }),
  rules("haltAfter", { haltAfter: 2 }),
  rules("onFailure", { onFailure: "rollback" }),
  rules("blueGreen.batch", { blueGreen: { batch: 2, soak: "2s" } }),
  rules("blueGreen.batchSoak", { blueGreen: { batchSoak: "1s", soak: "2s" } }),
  rules("blueGreen.soak", { blueGreen: { soak: "3s" } }),
  ...[
    { enabled: false },
    { after: "20m" },
    { joinTimeout: "15m" },
    { maxInFlight: 2 },
    { maxUnhealthy: "30%" },
    { ladder: ["recreate"] },
    { keepFailed: 1 },
  ].map(repairs),
];

function resized(more: number): CarriedOut {
  return {
    field: "nodePools[].size",
    edit: edits(({ size }) => ({ size: Number(size) + more })),
    shows: looks((cluster, { name, size }) => assert.equal(cluster.machinesOf(name).length, size)),
  };
}

function poolAt(spec: Scene["spec"], index: number): NodePool {
  return spec.nodePools[index] ?? assert.fail(`there is no pool ${index}`);
}
function lastOf(url: unknown): string {
  return String(url).split("/").at(-1) ?? "";
}
function bootDisk(cluster: ClusterSight, machine: Body): Body {
  return cluster.resource("disks", lastOf(machine["disks"].find((disk: Draft) => disk.boot).source));
}
