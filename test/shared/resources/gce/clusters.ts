/** Clusters for tests: some by hand, any by fast-check. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Metadata } from "../../../../shared/ports/compute-types.ts";
import type { Cluster, Facts } from "../../../../shared/resources/resource.ts";
import { validateCluster } from "../../../../shared/spec/validate.ts";

/** Kubernetes versions of the fixtures are in support then. */
const NOW_MS = Date.UTC(2026, 10, 1);
const HASH_DIGITS = 64;

export const QUICKSTART = {
  name: "quickstart",
  engine: "gce",
  project: "acme-dev",
  region: "europe-west4",
  zones: ["europe-west4-a", "europe-west4-b"],
  kubernetes: { version: "1.36" },
  controlPlane: { replicas: 1 },
  nodePools: [
    { name: "general", size: 2 },
    { name: "batch", size: { min: 0, max: 5 }, spot: true, zones: ["europe-west4-a"] },
  ],
} as const;

export const HA = {
  ...QUICKSTART,
  name: "ha",
  zones: ["europe-west4-a", "europe-west4-b", "europe-west4-c"],
  controlPlane: { replicas: 3 },
};

export const TAUGHT: Facts = {
  caHash: `sha256:${"a1".repeat(HASH_DIGITS / 2)}`,
  apiInternalAddress: "10.10.0.2",
  apiExternalAddress: "203.0.113.7",
};

export function clusterOf(document: Readonly<Record<string, unknown>>, more: Partial<Cluster> = {}): Cluster {
  const validated = validateCluster(document, { nowMs: NOW_MS, sharedNetworkProjects: ["acme-host"] });
  assert(validated.ok, validated.ok ? "" : JSON.stringify(validated.errors));
  const { spec } = validated;
  const machines = [spec.controlPlane, ...spec.nodePools];
  const images = machines.map((machine) => {
    const key = machine.image ?? machine.os;
    return [
      key,
      `https://www.googleapis.com/compute/v1/projects/images/global/images/${key.replaceAll(".", "")}-v1`,
    ];
  });
  return {
    id: spec.name,
    uid: "ab12cd",
    spec,
    pins: { kubernetesVersion: "1.36.1", images: Object.fromEntries(images) },
    facts: TAUGHT,
    deleting: false,
    joinUrl: "https://node-join.example.com",
    ...more,
  };
}

const name = (longest: number): fc.Arbitrary<string> =>
  fc
    .stringMatching(new RegExp(`^[a-z][-a-z0-9]{0,${longest - 2}}[a-z0-9]$`))
    .filter((text) => text.length <= longest);
const zones = fc.subarray(["europe-west4-a", "europe-west4-b", "europe-west4-c"], { minLength: 1 });

const pool = fc.record(
  {
    name: name(20),
    os: fc.constantFrom("ubuntu-24.04", "debian-13", "flatcar", "rocky-10"),
    size: fc.oneof(fc.nat(50), fc.record({ min: fc.nat(3), max: fc.integer({ min: 3, max: 20 }) })),
    zones,
    spot: fc.boolean(),
    labels: fc.constantFrom({}, { tier: "web" }),
    taints: fc.constantFrom([], [{ key: "dedicated", value: "batch", effect: "NoSchedule" }]),
  },
  { requiredKeys: ["name"] },
);

/** Documents that are accepted as they are. */
export const anyDocument: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc
  .record({
    name: name(25),
    zones,
    replicas: fc.constantFrom(1, 3, 5),
    plugin: fc.constantFrom("cilium", "calico", "alias-ip"),
    nodesPrivate: fc.boolean(),
    api: fc.constantFrom(
      { access: "public" },
      { access: "public", allowedFrom: ["203.0.113.0/24"] },
      { access: "private" },
    ),
    existing: fc.constantFrom(undefined, {
      network: "projects/acme-host/global/networks/shared",
      subnetwork: "projects/acme-host/regions/europe-west4/subnetworks/machines",
    }),
    deletionProtection: fc.boolean(),
    nodePools: fc.uniqueArray(pool, { minLength: 1, maxLength: 4, selector: (one) => one.name }),
  })
  .map(({ replicas, plugin, nodesPrivate, api, existing, ...rest }) => ({
    engine: "gce",
    project: "acme-dev",
    region: "europe-west4",
    kubernetes: { version: "1.36" },
    ...rest,
    network: {
      plugin,
      nodesPrivate,
      api,
      ...(existing === undefined ? {} : { existing, nodes: "10.10.0.0/20" }),
    },
    controlPlane: { replicas },
  }))
  .filter(
    (document) => validateCluster(document, { nowMs: NOW_MS, sharedNetworkProjects: ["acme-host"] }).ok,
  );

export const anyCluster: fc.Arbitrary<Cluster> = anyDocument.map((document) => clusterOf(document));

/** What a machine boots with, its encoded files decoded. */
export function bootText(metadata: Metadata | undefined): string {
  const text = (metadata?.items ?? []).map(({ key, value }) => `${key}: ${value}`).join("\n");
  return text.replaceAll(/[A-Za-z0-9+/]{40,}={0,2}/g, (encoded) => Buffer.from(encoded, "base64").toString());
}
