/** A cluster document and its facts for tests of what lives inside a cluster. */
import type { Cluster, Facts } from "../../../../shared/resources/resource.ts";
import type { ClusterSpec } from "../../../../shared/spec/cluster.ts";

export const ACCESS = {
  server: "https://127.0.0.1:6443",
  caCertificate: "ca",
  clientCertificate: "certificate",
  clientKey: "key",
};

export const SPEC = {
  name: "shop",
  engine: "gce",
  project: "acme-prod",
  region: "europe-west4",
  zones: ["europe-west4-a", "europe-west4-b"],
  maintenance: {
    windows: [],
    exclusions: [],
    autoUpgrade: { patch: true, minor: false, os: true },
  },
  kubernetes: { version: "1.36", channel: "stable" },
  network: {
    nodes: "10.10.0.0/20",
    pods: "10.64.0.0/14",
    services: "10.96.0.0/20",
    plugin: "cilium",
    nodesPrivate: true,
    api: { access: "public", allowedFrom: [] },
  },
  controlPlane: {
    replicas: 3,
    machineType: "e2-standard-4",
    os: "ubuntu-24.04",
    etcd: { disk: "pd-ssd", sizeGb: 50, backup: { every: "6h", keep: 30 } },
  },
  nodePools: [
    {
      name: "general",
      machineType: "e2-standard-8",
      os: "flatcar",
      size: 2,
      zones: ["europe-west4-a"],
      disk: { type: "pd-balanced", sizeGb: 100 },
      spot: false,
      accelerators: [],
      labels: { tier: "web" },
      taints: [],
      upgrade: {
        strategy: "surge",
        maxSurge: 1,
        maxUnavailable: 0,
        drainTimeout: "1h",
        onDrainTimeout: "pause",
        readyTimeout: "20m",
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
  addons: { dns: true, metrics: true, storage: true, nodeProblemDetector: true, manifests: [] },
  deletionProtection: false,
};

export interface Changes {
  readonly plugin?: "cilium" | "calico" | "alias-ip";
  readonly addons?: Partial<ClusterSpec["addons"]>;
  readonly network?: Partial<ClusterSpec["network"]>;
  readonly nodePools?: readonly object[];
  readonly facts?: Partial<Facts>;
  readonly care?: Cluster["care"];
  readonly deleting?: boolean;
}
export function clusterWith(changes: Changes = {}): Cluster {
  const {
    plugin = "cilium",
    addons,
    network,
    nodePools = SPEC.nodePools,
    facts,
    care,
    deleting = false,
  } = changes;
  const spec = {
    ...SPEC,
    network: { ...SPEC.network, ...network, plugin },
    addons: { ...SPEC.addons, ...addons },
    nodePools,
  } as unknown as ClusterSpec;
  return {
    id: "shop",
    uid: "ab12cd",
    spec,
    pins: { kubernetesVersion: "1.36.4", images: {} },
    deleting,
    ...(care === undefined ? {} : { care }),
    joinUrl: "https://join.example",
    facts: {
      access: ACCESS,
      apiInternalAddress: "10.10.0.5",
      kubernetes: { version: "1.36.4", apiServers: [], nodes: [] },
      ...facts,
    },
  };
}
