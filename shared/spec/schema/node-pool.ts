/** The section `nodePools[]`: machines that run workloads, alike within a pool. */
import { z } from "zod";
import { says } from "../message.ts";
import {
  BOOT_DISK_TYPES,
  bootDiskSize,
  DEFAULT_OPERATING_SYSTEM,
  imageField,
  labelKey,
  labelValue,
  machineTypeField,
  operatingSystem,
  serviceAccountField,
} from "./machine.ts";
import { section } from "./section.ts";
import { countOrPercent, duration, resourceName, text, uniqueList, wholeNumber, zoneName } from "./text.ts";

/** `{cluster 25}-{uid 6}-{pool 20}-{hash}` stays within the 58 characters of a group's base name. */
export const POOL_NAME_LENGTH_MAX = 20;
/** Source: https://cloud.google.com/compute/docs/instance-groups (a regional group manages 2,000 machines). */
export const POOL_SIZE_MAX = 2000;
const ZONES_MAX = 8;
/** Source: surge upgrades of GKE touch 20 nodes at once. */
export const SURGE_MAX = 20;
const LABELS_MAX = 64;
const TAINTS_MAX = 32;
const ACCELERATOR_KINDS_MAX = 4;
/** Compute Engine restarts a failed machine within 5.5 minutes; a repair that acts earlier races it. */
const REPAIR_AFTER_MIN = "6m";
/** A machine boots, and an image without Kubernetes downloads it first: what acts earlier replaces machines on their way. */
const JOIN_TIMEOUT_MIN = "5m";
/** Source: Cluster API's nodeStartupTimeout. */
export const JOIN_TIMEOUT_DEFAULT = "10m";

const taint = section({
  key: labelKey("a taint's key").describe("Key, as of a label."),
  value: labelValue("a taint's value").optional().describe("Value, as of a label."),
  effect: z
    .enum(["NoSchedule", "PreferNoSchedule", "NoExecute"])
    .describe("What happens to pods that do not tolerate it."),
});
const autoscaledSize = section({
  min: wholeNumber(0, POOL_SIZE_MAX).describe("Fewest machines."),
  max: wholeNumber(1, POOL_SIZE_MAX).describe("Most machines."),
});
/** Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ (DNS label, DNS subdomain). */
const NAMESPACE_LENGTH_MAX = 63;
const WORKLOAD_LENGTH_MAX = 253;
const NAMESPACE = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const WORKLOAD = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const probe = section({
  kind: z
    .enum(["Deployment", "StatefulSet", "DaemonSet"])
    .default("Deployment")
    .describe("What kind of workload it is."),
  namespace: text(
    NAMESPACE,
    "a namespace's name",
    "write it as kubectl shows it: small letters, digits and hyphens",
    NAMESPACE_LENGTH_MAX,
  ).describe("Its namespace."),
  name: text(
    WORKLOAD,
    "a workload's name",
    "write it as kubectl shows it: small letters, digits, hyphens and dots",
    WORKLOAD_LENGTH_MAX,
  ).describe("Its name."),
});
const upgrade = section({
  strategy: z
    .enum(["surge", "blue-green", "in-place"])
    .default("surge")
    .describe(
      "surge: new machines first, a few at a time. blue-green: a whole second pool. in-place: the same machines, one after another.",
    ),
  maxSurge: countOrPercent(SURGE_MAX)
    .default(1)
    .describe("Machines above the size while upgrading: a number, or a share of the pool."),
  maxUnavailable: countOrPercent(SURGE_MAX)
    .default(0)
    .describe("Machines missing while upgrading: a number, or a share of the pool."),
  drainTimeout: duration({ min: "1m", max: "1d" })
    .default("1h")
    .describe("How long pods may take to leave a machine."),
  onDrainTimeout: z
    .enum(["pause", "force"])
    .default("pause")
    .describe("pause: stop and say which pods block. force: go on, against their disruption budgets."),
  soak: duration({ min: "0s", max: "1d" })
    .default("1m")
    .describe("How long a new node must be well, with its DaemonSets' pods, before it counts."),
  readyTimeout: duration({ min: "5m", max: "1d" })
    .default("20m")
    .describe("A new machine that is not a node in order by then is bad."),
  probe: probe
    .optional()
    .describe(
      "A workload that tells by its own readiness whether all is well. While not all of its pods are available no further machine is upgraded, and a new node with which they are not within readyTimeout is bad. Without it nothing but the nodes is asked.",
    ),
  haltAfter: wholeNumber(1, POOL_SIZE_MAX)
    .default(1)
    .describe("With as many bad new nodes the upgrade halts. The first new node is always tried alone."),
  onFailure: z
    .enum(["pause", "rollback"])
    .default("pause")
    .describe("When it halts. pause: stay and say why. rollback: go back to the last good template."),
  blueGreen: section({
    batch: countOrPercent(POOL_SIZE_MAX)
      .default("20%")
      .describe("Old nodes that are drained at the same time: a number, or a share of the pool."),
    batchSoak: duration({ min: "0s", max: "7d" }).default("0s").describe("Pause between two batches."),
    soak: duration({ min: "0s", max: "7d" })
      .default("1h")
      .describe("How long the old machines are kept, cordoned and drained, for a way back."),
  })
    .prefault({})
    .describe("How a blue-green upgrade goes on; other strategies ignore it."),
});
const repair = section({
  enabled: z.boolean().default(true).describe("Whether failed machines are mended."),
  after: duration({ min: REPAIR_AFTER_MIN, max: "1d" })
    .default("10m")
    .describe(
      "How long a node is unhealthy before it is repaired; Compute Engine restarts machines itself in the first minutes.",
    ),
  joinTimeout: duration({ min: JOIN_TIMEOUT_MIN, max: "1d" })
    .default(JOIN_TIMEOUT_DEFAULT)
    .describe("How long a machine runs before it counts as failed because it has not become a node."),
  maxInFlight: wholeNumber(1, SURGE_MAX).default(1).describe("Repairs at the same time."),
  maxUnhealthy: countOrPercent(POOL_SIZE_MAX)
    .default("20%")
    .describe("With more unhealthy nodes than this nothing is repaired: the cause is not the nodes."),
  ladder: z
    .array(z.enum(["restart", "recreate"]))
    .min(1, { error: says("is empty", "list restart, recreate or both, or set enabled: false") })
    .max(5, { error: says("has more than 5 steps", "list at most 5") })
    .default(["restart", "recreate"])
    .describe("What is tried, in order."),
  keepFailed: wholeNumber(0, 10)
    .default(0)
    .describe("Failed machines kept, stopped, for somebody to look into."),
});

export const nodePool = section({
  name: resourceName(POOL_NAME_LENGTH_MAX).describe(
    `Name, unique in the cluster, at most ${POOL_NAME_LENGTH_MAX} characters (RFC 1035).`,
  ),
  machineType: machineTypeField(),
  os: operatingSystem()
    .optional()
    .describe(`Operating system. Default \`${DEFAULT_OPERATING_SYSTEM}\`; to be said with \`image\`.`),
  image: imageField(),
  size: z
    .union([wholeNumber(0, POOL_SIZE_MAX), autoscaledSize], {
      error: says(
        "is not a size",
        "write a number of machines like 3, or { min: 3, max: 30 } for the autoscaler",
      ),
    })
    .default(3)
    .describe(
      "Number of machines over all zones; or `{ min, max }`, between which the autoscaler owns the count.",
    ),
  zones: uniqueList(zoneName(), ZONES_MAX)
    .min(1, { error: says("is empty", "list a zone, or leave it out for the cluster's zones") })
    .optional()
    .describe("Zones of the region to spread the machines over. Default: the cluster's `zones`."),
  disk: section({
    type: z.enum(BOOT_DISK_TYPES).default("pd-balanced").describe("Type of the boot disk."),
    sizeGb: bootDiskSize().default(100).describe("Size of the boot disk in GB."),
  })
    .prefault({})
    .describe("The machines' boot disk; images and pods' scratch space are on it."),
  spot: z
    .boolean()
    .default(false)
    .describe("Spot machines: cheap, and taken away at any time with little notice."),
  accelerators: z
    .array(
      section({
        type: text(
          /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
          "an accelerator type",
          "write it like nvidia-l4",
          63,
        ).describe("Accelerator type."),
        count: wholeNumber(1, 16).describe("How many to a machine."),
      }),
    )
    .max(ACCELERATOR_KINDS_MAX, {
      error: says(`lists more than ${ACCELERATOR_KINDS_MAX}`, `list at most ${ACCELERATOR_KINDS_MAX}`),
    })
    .default([])
    .describe("GPUs and the like, attached to every machine."),
  labels: z
    .record(labelKey("a label's key"), labelValue("a label's value"))
    .refine((labels) => Object.keys(labels).length <= LABELS_MAX, {
      error: says(`has more than ${LABELS_MAX} labels`, `keep ${LABELS_MAX} at most`),
    })
    .default({})
    .describe(
      "Labels of the nodes. The namespaces of Kubernetes itself are refused: kubelets may not set them.",
    ),
  taints: z
    .array(taint)
    .max(TAINTS_MAX, { error: says(`lists more than ${TAINTS_MAX}`, `list at most ${TAINTS_MAX}`) })
    .default([])
    .describe("Taints of the nodes."),
  serviceAccount: serviceAccountField("clusterwright-node"),
  upgrade: upgrade.prefault({}).describe("How the pool's machines are replaced by new ones."),
  repair: repair.prefault({}).describe("How failed machines are mended."),
});
