/** Edits of the cluster as a whole: its name, its places, its Kubernetes, its network and its protection. */
import assert from "node:assert/strict";
import { formatCidr, parseCidr } from "../../../shared/spec/cidr.ts";
import { zonesOf } from "../../../shared/spec/regions.ts";
import type { ClusterSight } from "../../support/cluster-sight.ts";
import { type CarriedOut, type Draft, immutable, notYet, type Row, type Scene, set } from "./row.ts";

const NODES = "network.nodes";
const ACCESS = "network.api.access";

export const OF_CLUSTER: readonly Row[] = [
  { field: "name", edit: set("name", "another"), refused: /name: "another" is not the id of its document/ },
  notYet("environment", set("environment", "production")),
  notYet("engine", set("engine", "gke")),
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
    edit: (draft, { spec }) => Object.assign(draft, { zones: [...spec.zones].reverse() }),
    refused: /zones: .* would move control-plane machine 0 .*keep .* at the beginning/,
  },
  zones(({ spec }) => [spec.zones[0], spec.zones.at(-1)]),
  zones(({ spec }) => [...new Set([...spec.zones, ...zonesOf(spec.region)])]),
  {
    field: "kubernetes.version",
    // Fulfilled by what runs.
    edit: set("kubernetes.version", ">=1.36.1 <1.37"),
    quiet: true,
    shows: async (cluster, { spec }) => {
      const running = `v${(await cluster.status()).pins.kubernetesVersion}`;
      assert.match(running, /^v1\.36\./);
      for (const { name } of spec.nodePools)
        for (const { status } of await cluster.nodesOf(name))
          assert.equal(status.nodeInfo.kubeletVersion, running);
    },
  },
  {
    field: "kubernetes.version",
    edit: set("kubernetes.version", "1.37"),
    shows: async (cluster, { spec }) => {
      assert.equal((await cluster.status()).pins.kubernetesVersion, "1.37.1");
      for (const { name } of spec.nodePools)
        for (const { status } of await cluster.nodesOf(name))
          assert.equal(status.nodeInfo.kubeletVersion, "v1.37.1");
    },
  },
  {
    field: "kubernetes.version",
    edit: set("kubernetes.version", "1.36"),
    refused:
      /kubernetes.version: "1.36" is older than 1.37.1, which runs; there is no way back from an upgrade/,
  },
  notYet("kubernetes.channel", set("kubernetes.channel", "rapid")),
  {
    field: NODES,
    edit: (draft, { spec }) => set(NODES, resized(spec.network.nodes, 1))(draft),
    refused: /network.nodes: .* cannot shrink or move .*set it back, or grow it/,
  },
  {
    field: NODES,
    edit: (draft, { spec }) => set(NODES, resized(spec.network.nodes, -1))(draft),
    quiet: true,
    shows: (cluster, { spec: { network } }) => {
      assert.equal(cluster.named("subnetworks", "nodes")["ipCidrRange"], network.nodes);
      assert.deepEqual(cluster.named("firewalls", "api")["sourceRanges"], [network.nodes, network.pods]);
    },
  },
  immutable("network.pods", "10.192.0.0/14"),
  immutable("network.services", "10.112.0.0/20"),
  immutable("network.plugin", "calico"),
  ...["network", "subnetwork"].map(
    (field): Row => ({
      field: `network.existing.${field}`,
      edit: (draft, { spec }) => {
        set("network.existing", { network: "main", subnetwork: "nodes" })(draft);
        set(NODES, spec.network.nodes)(draft);
      },
      refused: /network.existing: .* cannot change \(it is not set\); set it back, or make a new cluster/,
    }),
  ),
  {
    field: "network.api.allowedFrom",
    edit: set("network.api.allowedFrom", ["203.0.113.128/25", "198.51.100.8/32"]),
    quiet: true,
    shows: (cluster) =>
      assert.deepEqual(cluster.named("firewalls", "api-admins")["sourceRanges"], [
        "203.0.113.128/25",
        "198.51.100.8/32",
      ]),
  },
];

/** There is no way back from them, or they are in the way of others: they come last of all. */
export const AT_THE_END: readonly Row[] = [
  {
    field: "deletionProtection",
    edit: set("deletionProtection", true),
    quiet: true,
    shows: (cluster) => assert.equal(cluster.named("instances", "cp-0")["deletionProtection"], true),
  },
  {
    field: ACCESS,
    edit: set(ACCESS, "private"),
    spared: ({ spec }) => (spec.network.api.access === "private" ? "its API is private already" : undefined),
    quiet: true,
    shows: async (cluster, { spec }) => {
      assert.deepEqual(
        cluster.paths("forwardingRules").filter((path) => path.endsWith("api-external")),
        [],
      );
      const { first, prefix } = parseCidr(spec.network.nodes) ?? assert.fail(spec.network.nodes);
      const [, address] = /^https:\/\/([\d.]+):6443$/.exec((await cluster.status()).endpoint ?? "") ?? [];
      assert.equal(parseCidr(`${address}/${prefix}`)?.first, first, `${address} is an address of machines`);
    },
  },
  {
    field: ACCESS,
    edit: set(ACCESS, "public"),
    shows: async (cluster) => {
      const [external] = cluster.paths("forwardingRules").filter((path) => path.endsWith("api-external"));
      assert.ok(external !== undefined);
      const address = cluster.named("addresses", "api-external")["address"];
      assert.equal((await cluster.status()).endpoint, `https://${address}:6443`);
    },
  },
];

/** The control-plane machines that there are keep their zones, and so do the pools. */
function zones(wanted: (scene: Scene) => readonly (string | undefined)[]): CarriedOut {
  return {
    field: "zones",
    edit: (draft, scene) => {
      const pools = draft.nodePools.map((pool: Draft, index: number) => ({
        ...pool,
        zones: scene.spec.nodePools[index]?.zones,
      }));
      Object.assign(draft, { zones: wanted(scene), nodePools: pools });
    },
    spared: ({ spec }) =>
      spec.controlPlane.replicas >= zonesOf(spec.region).length
        ? "its control-plane machines are in every zone of the region, and none of them can move"
        : undefined,
    quiet: true,
    shows: (cluster, { spec }) => assert.deepEqual(controlPlaneZones(cluster), [...spec.zones].sort()),
  };
}

function controlPlaneZones(cluster: ClusterSight): readonly (string | undefined)[] {
  const groups = cluster.paths("instanceGroups").filter((path) => path.endsWith("-cp"));
  return groups.map((path) => /\/zones\/([^/]+)\//.exec(path)?.[1]).sort();
}

/** The range from the same address, with a prefix longer by so many bits. */
function resized(range: string, bits: number): string {
  const cidr = parseCidr(range) ?? assert.fail(range);
  return formatCidr({ ...cidr, prefix: cidr.prefix + bits });
}
