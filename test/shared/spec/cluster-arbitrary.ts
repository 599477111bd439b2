/** Generated cluster documents: many different ones, all of them right. */
import fc from "fast-check";
import { defaultZonesOf, REGIONS } from "../../../shared/spec/regions.ts";
import { OPERATING_SYSTEMS } from "../../../shared/spec/schema/machine.ts";

const name = (lengthMax: number) =>
  fc.stringMatching(new RegExp(`^[a-z]([-a-z0-9]{0,${lengthMax - 2}}[a-z0-9])?$`));
const share = fc.oneof(
  fc.integer({ min: 1, max: 5 }),
  fc.integer({ min: 1, max: 100 }).map((percent) => `${percent}%`),
);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const labelText = fc.stringMatching(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,20}[A-Za-z0-9])?$/);

const size = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc
    .tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 5, max: 40 }))
    .map(([min, max]) => ({ min, max })),
);
/** Places among a region's default zones; which they are follows from the region. */
const places = <T>(choose: (all: number[]) => fc.Arbitrary<T>) => choose([0, 1, 2]);
const pool = fc.record(
  {
    name: name(20).filter((text) => text !== "control-plane"),
    machineType: fc.constantFrom("e2-standard-2", "n2-standard-8", "c3-standard-4", "t2a-standard-4"),
    os: fc.constantFrom(...OPERATING_SYSTEMS),
    size,
    zones: places((all) => fc.subarray(all, { minLength: 1 })),
    disk: fc.record({
      type: fc.constantFrom("pd-ssd", "pd-balanced"),
      sizeGb: fc.integer({ min: 20, max: 500 }),
    }),
    spot: fc.boolean(),
    labels: fc.dictionary(
      fc.stringMatching(/^(example\.com\/)?[a-z]([-a-z0-9_.]{0,20}[a-z0-9])?$/),
      labelText,
      { maxKeys: 4 },
    ),
    taints: fc.uniqueArray(
      fc.record(
        {
          key: labelText,
          value: labelText,
          effect: fc.constantFrom("NoSchedule", "NoExecute", "PreferNoSchedule"),
        },
        { requiredKeys: ["key", "effect"] },
      ),
      { maxLength: 3, selector: ({ key, effect }) => `${key} ${effect}` },
    ),
    upgrade: fc.record({
      maxSurge: share,
      maxUnavailable: share,
      onDrainTimeout: fc.constantFrom("pause", "force"),
    }),
  },
  { requiredKeys: ["name"] },
);
const cluster = fc.record(
  {
    name: name(25),
    engine: fc.constantFrom("gce", "gke"),
    project: fc.constant("demo-project"),
    region: fc.constantFrom(...REGIONS),
    zones: places((all) => fc.shuffledSubarray(all, { minLength: 1 })),
    kubernetes: fc.record({ version: fc.constantFrom("1.35", "1.36.2", ">=1.35.4 <1.37", "1.37") }),
    network: fc.record({
      plugin: fc.constantFrom("cilium", "calico", "alias-ip"),
      nodesPrivate: fc.boolean(),
    }),
    controlPlane: fc.record({
      replicas: fc.constantFrom(1, 3, 5),
      os: maybe(fc.constantFrom(...OPERATING_SYSTEMS)),
    }),
    nodePools: fc.uniqueArray(pool, { minLength: 1, maxLength: 4, selector: (each) => each.name }),
    deletionProtection: fc.boolean(),
    logging: fc.record({ retention: fc.integer({ min: 1, max: 3650 }).map((days) => `${days}d`) }),
  },
  { requiredKeys: ["name", "engine", "project", "region", "nodePools"] },
);

/** As a person could write it; every field that may be left out sometimes is. */
export const clusterDocuments: fc.Arbitrary<Record<string, unknown>> = cluster.map((document) => {
  const all = defaultZonesOf(document.region);
  const zonesAt = (indexes: readonly number[] | undefined) => indexes?.map((index) => all[index]);
  const named = {
    ...document,
    zones: zonesAt(document.zones),
    nodePools: document.nodePools.map((each) => ({ ...each, zones: zonesAt(each.zones) })),
  };
  // As a store would give it back: without what is undefined.
  return JSON.parse(JSON.stringify(named)) as Record<string, unknown>;
});

/** Every field of the schema written out, none by default. */
export const FULL_DOCUMENT: Readonly<Record<string, unknown>> = {
  name: "checkout-prod",
  environment: "production",
  engine: "gce",
  project: "demo-project",
  region: "europe-west4",
  zones: ["europe-west4-a", "europe-west4-b", "europe-west4-c"],
  kubernetes: { version: "1.36", channel: "stable" },
  network: {
    nodes: "10.10.0.0/20",
    pods: "10.64.0.0/14",
    services: "10.96.0.0/20",
    plugin: "cilium",
    nodesPrivate: true,
    api: { access: "public", allowedFrom: ["203.0.113.0/24"] },
    existing: { network: "main", subnetwork: "nodes" },
  },
  controlPlane: {
    replicas: 3,
    machineType: "e2-standard-4",
    os: "ubuntu-24.04",
    image: "golden-1",
    serviceAccount: "control-sa@demo-project.iam.gserviceaccount.com",
    etcd: { disk: "pd-ssd", sizeGb: 50, backup: { every: "6h", keep: 30 } },
  },
  nodePools: [
    {
      name: "general",
      machineType: "n1-standard-8",
      os: "flatcar",
      image: "golden-2",
      size: { min: 3, max: 30 },
      zones: ["europe-west4-a", "europe-west4-b"],
      disk: { type: "pd-balanced", sizeGb: 100 },
      spot: false,
      accelerators: [{ type: "nvidia-tesla-t4", count: 1 }],
      labels: { tier: "web" },
      taints: [{ key: "example.com/gpu", value: "yes", effect: "NoSchedule" }],
      serviceAccount: "nodes-sa@demo-project.iam.gserviceaccount.com",
      upgrade: {
        strategy: "surge",
        maxSurge: 2,
        maxUnavailable: "10%",
        drainTimeout: "1h",
        onDrainTimeout: "pause",
        probe: { kind: "Deployment", namespace: "shop", name: "web.v2" },
      },
      repair: {
        enabled: true,
        after: "10m",
        joinTimeout: "10m",
        maxInFlight: 1,
        maxUnhealthy: "20%",
        ladder: ["restart", "recreate"],
        keepFailed: 0,
      },
    },
  ],
  addons: {
    dns: true,
    metrics: true,
    storage: true,
    nodeProblemDetector: true,
    manifests: ["apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n"],
  },
  logging: {
    enabled: true,
    retention: "30d",
    bucket: "projects/demo-project/locations/global/buckets/clusters",
    exclude: [{ name: "noise", filter: "resource.labels.namespace_name=noisy" }],
    auditLogs: true,
  },
  monitoring: { enabled: true, managedPrometheus: true },
  health: {
    interval: "1m",
    checks: [
      {
        name: "shop",
        service: { namespace: "shop", name: "web", port: 8080, path: "/healthz" },
        timeout: "5s",
        failures: 3,
      },
    ],
  },
  registry: { repositories: ["europe-docker.pkg.dev/acme/images"] },
  maintenance: {
    windows: [
      {
        start: "2026-01-03T02:00",
        timezone: "Europe/Amsterdam",
        duration: "4h",
        recurrence: "FREQ=WEEKLY;BYDAY=SA",
      },
    ],
    exclusions: [{ name: "black-friday", from: "2026-11-20", to: "2026-12-01", scope: "all" }],
    autoUpgrade: { patch: true, minor: false, os: true },
  },
  deletionProtection: true,
  notifications: { topic: "projects/acme/topics/clusters" },
};
