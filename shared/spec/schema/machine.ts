/** What control-plane machines and node pools have in common. */
import { z } from "zod";
import { says } from "../message.ts";
import { imageName, machineType, serviceAccountEmail, wholeNumber } from "./text.ts";

export const OPERATING_SYSTEMS = [
  "debian-12",
  "debian-13",
  "ubuntu-24.04",
  "rhel-9",
  "rhel-10",
  "centos-stream-9",
  "centos-stream-10",
  "rocky-9",
  "rocky-10",
  "flatcar",
  "fedora-coreos",
  "cos",
] as const;
export type OperatingSystem = (typeof OPERATING_SYSTEMS)[number];

/** cloud-init is built in, and it is supported longest of those that have it. */
export const DEFAULT_OPERATING_SYSTEM: OperatingSystem = "ubuntu-24.04";
/** Four processors and 16 GB: room for the node's own daemons next to workloads. */
export const DEFAULT_MACHINE_TYPE = "e2-standard-4";

/** Source: https://cloud.google.com/compute/docs/disks; those that can boot a machine. */
export const BOOT_DISK_TYPES = ["pd-standard", "pd-balanced", "pd-ssd", "hyperdisk-balanced"] as const;
/** Images of RHEL and its kin need 20 GB. */
const DISK_SIZE_GB_MIN = 20;
/** Source: https://cloud.google.com/compute/docs/disks/persistent-disks (64 TiB). */
export const DISK_SIZE_GB_MAX = 65_536;

export function operatingSystem() {
  return z.enum(OPERATING_SYSTEMS);
}
export function machineTypeField() {
  return machineType()
    .default(DEFAULT_MACHINE_TYPE)
    .describe(
      "Machine type of Compute Engine, by its bare name. Shared-core types too small for kubeadm are refused.",
    );
}
export function imageField() {
  return imageName()
    .optional()
    .describe("A golden image of the project, by name; `os` then says which family it was made from.");
}
/** `account` is the id that the deployment makes one under, for machines that name none; `shared` is what that means. */
export function serviceAccountField(account: string, shared = "") {
  return serviceAccountEmail()
    .optional()
    .describe(
      `Service account that the machines run as, one of the cluster's project. Default: \`${account}@PROJECT.iam.gserviceaccount.com\`, which the deployment makes.${shared}`,
    );
}
export function bootDiskSize() {
  return wholeNumber(DISK_SIZE_GB_MIN, DISK_SIZE_GB_MAX);
}

/** Kubernetes' syntax: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/ */
const LABEL_NAME = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)$/;
const LABEL_PREFIX = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_PREFIX_LENGTH_MAX = 253;
const LABEL_VALUE_LENGTH_MAX = 63;

export function labelKey(what: string) {
  return z.string().refine(isLabelKey, {
    error: says(
      `is not ${what}`,
      "write NAME or PREFIX/NAME: the name at most 63 letters, digits, hyphens, underscores and dots, the prefix a DNS name",
    ),
  });
}
export function labelValue(what: string) {
  return z
    .string({
      error: (issue) =>
        issue.input === undefined
          ? undefined
          : says(`is not a text`, `put it in quotes: ${JSON.stringify(String(issue.input))}`),
    })
    .max(LABEL_VALUE_LENGTH_MAX, {
      abort: true,
      error: says(`has more than ${LABEL_VALUE_LENGTH_MAX} characters`, "shorten it"),
    })
    .regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/, {
      error: says(
        `is not ${what}`,
        "use letters, digits, hyphens, underscores and dots, beginning and ending with a letter or digit",
      ),
    });
}
function isLabelKey(key: string): boolean {
  const parts = key.split("/");
  const [first, second] = parts;
  if (first === undefined || parts.length > 2) return false;
  if (second === undefined) return LABEL_NAME.test(first);
  return first.length <= LABEL_PREFIX_LENGTH_MAX && LABEL_PREFIX.test(first) && LABEL_NAME.test(second);
}
