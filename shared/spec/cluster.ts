/**
 * The cluster spec: the one source of its types, validation, defaults, JSON Schema and reference page. `clusterSchema` is
 * what a person writes; `ClusterSpec` is what the control plane works with, every default applied.
 */
import { z } from "zod";
import type { Frozen } from "./frozen.ts";
import { says } from "./message.ts";
import { addonsSection, registrySection } from "./schema/addons.ts";
import { controlPlaneSection } from "./schema/control-plane.ts";
import { kubernetesSection } from "./schema/kubernetes.ts";
import type { OperatingSystem } from "./schema/machine.ts";
import { maintenanceSection } from "./schema/maintenance.ts";
import { networkSection } from "./schema/network.ts";
import { nodePool } from "./schema/node-pool.ts";
import {
  healthSection,
  loggingSection,
  monitoringSection,
  notificationsSection,
} from "./schema/observability.ts";
import { section } from "./schema/section.ts";
import { projectId, regionName, resourceName, uniqueList, zoneName } from "./schema/text.ts";

export type { OperatingSystem } from "./schema/machine.ts";

/** Leaves room for the uid, the pool and a hash in a resource's 63 characters. */
export const CLUSTER_NAME_LENGTH_MAX = 25;
/** Keeps a document of full pools within 200 KB. */
const NODE_POOLS_MAX = 50;
const ZONES_MAX = 8;

export const clusterSchema = section({
  name: resourceName(CLUSTER_NAME_LENGTH_MAX).describe(
    `Name of the cluster and id of its document, at most ${CLUSTER_NAME_LENGTH_MAX} characters (RFC 1035).`,
  ),
  environment: resourceName(CLUSTER_NAME_LENGTH_MAX)
    .optional()
    .describe("Environment whose defaults and policies apply, like `production`."),
  engine: z
    .enum(["gce", "gke"])
    .describe("gce: Kubernetes by kubeadm on Compute Engine. gke: managed clusters."),
  project: projectId().describe("Project that the cluster's resources are in."),
  region: regionName().describe("Region that the cluster is in."),
  zones: uniqueList(zoneName(), ZONES_MAX)
    .min(1, { error: says("is empty", "list a zone, or leave it out for three of the region") })
    .optional()
    .describe(
      "Zones of the region: control-plane machines go round them in order. Default: three of the region.",
    ),
  kubernetes: kubernetesSection.describe("Which Kubernetes."),
  network: networkSection.describe("Address ranges, the pod network, and who reaches the API."),
  controlPlane: controlPlaneSection.describe(
    "The machines that run the Kubernetes API and etcd (engine `gce`).",
  ),
  nodePools: z
    .array(nodePool)
    .min(1, { error: says("is empty", "add a pool: - { name: general, size: 3 }") })
    .max(NODE_POOLS_MAX, {
      error: says(`lists more than ${NODE_POOLS_MAX}`, `list at most ${NODE_POOLS_MAX}`),
    })
    .describe("Machines that run workloads, alike within a pool."),
  addons: addonsSection.describe("What runs in every cluster."),
  logging: loggingSection.describe("Logs."),
  monitoring: monitoringSection.describe("Metrics."),
  health: healthSection.describe("Whether the cluster does its work."),
  registry: registrySection.describe("Where images come from."),
  maintenance: maintenanceSection.describe("When the cluster may be disturbed on purpose."),
  deletionProtection: z
    .boolean()
    .default(true)
    .describe("Refuses to delete the cluster until this is set to false."),
  notifications: notificationsSection.describe("Who is told."),
});

/** What a person writes. */
export type ClusterInput = z.input<typeof clusterSchema>;
/** Parsed, with defaults that need no other field. */
export type ParsedCluster = z.output<typeof clusterSchema>;
type ParsedPool = ParsedCluster["nodePools"][number];
type ParsedNetwork = ParsedCluster["network"];

/** All defaults applied. */
export type NodePool = Frozen<Omit<ParsedPool, "os" | "zones"> & { os: OperatingSystem; zones: string[] }>;
export type Taint = NodePool["taints"][number];
/** All defaults applied, those too that follow from other fields. */
export type ClusterSpec = Frozen<
  Omit<ParsedCluster, "zones" | "network" | "controlPlane" | "nodePools"> & {
    zones: string[];
    network: Omit<ParsedNetwork, "api"> & {
      api: Omit<ParsedNetwork["api"], "allowedFrom"> & { allowedFrom: string[] };
    };
    controlPlane: Omit<ParsedCluster["controlPlane"], "os"> & { os: OperatingSystem };
  }
> & { readonly nodePools: readonly NodePool[] };
