/** The section `controlPlane`: the machines that run the Kubernetes API and etcd (engine gce). */
import { z } from "zod";
import { says } from "../message.ts";
import {
  DEFAULT_OPERATING_SYSTEM,
  DISK_SIZE_GB_MAX,
  imageField,
  machineTypeField,
  operatingSystem,
  serviceAccountField,
} from "./machine.ts";
import { section } from "./section.ts";
import { duration, wholeNumber } from "./text.ts";

export const ETCD_DISK_TYPES = ["pd-ssd", "pd-balanced", "hyperdisk-balanced"] as const;
/** etcd's own limit is 8 GB; the rest of the size buys throughput, which Compute Engine gives by size. */
const ETCD_SIZE_GB_MIN = 10;
const BACKUPS_KEPT_MAX = 1000;

export const controlPlaneSection = section({
  replicas: z
    .literal([1, 3, 5], {
      error: (issue) =>
        typeof issue.input === "number" &&
        Number.isInteger(issue.input) &&
        issue.input > 0 &&
        issue.input % 2 === 0
          ? says("is even: etcd gains no safety from an even member", `use ${Math.min(5, issue.input + 1)}`)
          : says("is not a number of control-plane machines", "use 1, 3 or 5"),
    })
    .default(3)
    .describe(
      "Control-plane machines, spread over `zones`: 1, 3 or 5. Only 3 and 5 survive the loss of a machine.",
    ),
  machineType: machineTypeField(),
  os: operatingSystem()
    .optional()
    .describe(`Operating system. Default \`${DEFAULT_OPERATING_SYSTEM}\`; to be said with \`image\`.`),
  image: imageField(),
  serviceAccount: serviceAccountField(
    "clusterwright-control-plane",
    " Clusters of one project that name no other share it, and the control-plane machines of each can read the keys of all of them: give those that must not trust one another accounts of their own, or projects of their own.",
  ),
  etcd: section({
    disk: z
      .enum(ETCD_DISK_TYPES)
      .default("pd-ssd")
      .describe("Type of the disk that holds etcd, apart from the machine's own."),
    sizeGb: wholeNumber(ETCD_SIZE_GB_MIN, DISK_SIZE_GB_MAX)
      .default(50)
      .describe("Size of that disk in GB; it can grow."),
    backup: section({
      every: duration({ min: "1h", max: "1d" })
        .default("6h")
        .describe("How often the disk is snapshotted: whole hours, 1h to 1d."),
      keep: wholeNumber(1, BACKUPS_KEPT_MAX).default(30).describe("How many snapshots are kept."),
    })
      .prefault({})
      .describe("Snapshots of etcd's disk."),
  })
    .prefault({})
    .describe("The database of the control plane."),
}).prefault({});
