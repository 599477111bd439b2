/** How long things take: operations by kind, machines by type and image. All of it can be replaced. */
import { lastSegment } from "./links.ts";

export interface Delays {
  /** An operation's time in PENDING. */
  readonly pendingMs: number;
  /** An operation's time in RUNNING; machines have their own. */
  readonly operationMs: (collection: string, type: string) => number;
  /** A machine's time in PROVISIONING: resources are being found for it. */
  readonly provisioningMs: (machineType: string) => number;
  /** In STAGING: it is being prepared for the first boot. */
  readonly stagingMs: (image: string) => number;
  /** From RUNNING until the operating system has read the machine's user data. */
  readonly bootMs: (machineType: string, image: string) => number;
  /** In STOPPING, also before a delete. */
  readonly stoppingMs: number;
  /** From a preemption notice to the end. */
  readonly preemptionMs: number;
  /** From a host error to the automatic restart. */
  readonly hostErrorRestartMs: number;
  /** From a change to the managed group's answer to it. */
  readonly groupReactionMs: number;
  /** Every delay is longer by up to this part of itself. */
  readonly jitter: number;
}

const SECOND_MS = 1_000;
/**
 * Typical times seen with gcloud in a quiet region, rounded; the API promises none of them. They matter for order and
 * overlap only: a network takes longer than a firewall rule, and dependents must wait for it.
 */
const INSERT_MS: Readonly<Record<string, number>> = {
  networks: 12 * SECOND_MS,
  subnetworks: 12 * SECOND_MS,
  routers: 8 * SECOND_MS,
  firewalls: 6 * SECOND_MS,
  healthChecks: 3 * SECOND_MS,
  instanceGroups: 2 * SECOND_MS,
  backendServices: 8 * SECOND_MS,
  addresses: 2 * SECOND_MS,
  forwardingRules: 6 * SECOND_MS,
  targetTcpProxies: 3 * SECOND_MS,
  disks: 3 * SECOND_MS,
  resourcePolicies: 2 * SECOND_MS,
  snapshots: 30 * SECOND_MS,
  images: 40 * SECOND_MS,
  instanceTemplates: 2 * SECOND_MS,
  instanceGroupManagers: 2 * SECOND_MS,
};
const OTHER_MS = 2 * SECOND_MS;
/** 23–42 s from insert to SSH were measured (2017, 2018); split here over the three states. */
const PROVISIONING_MS = 4 * SECOND_MS;
const ACCELERATOR_PROVISIONING_MS = 15 * SECOND_MS;
const STAGING_MS = 6 * SECOND_MS;
const BOOT_MS = 20 * SECOND_MS;
/** Ignition systems boot faster than those with an agent that waits for the network. */
const IGNITION_BOOT_MS = 14 * SECOND_MS;
/** Shared-core machines are slow to boot. */
const SMALL_MACHINE_FACTOR = 1.5;

function operationMs(collection: string, type: string): number {
  const insertMs = INSERT_MS[collection] ?? OTHER_MS;
  if (type === "insert" || type === "delete") return insertMs;
  return Math.min(insertMs, OTHER_MS);
}

export const DEFAULT_DELAYS: Delays = {
  pendingMs: 300,
  operationMs,
  provisioningMs: (type) =>
    /^(a|g)[0-9]/.test(lastSegment(type)) ? ACCELERATOR_PROVISIONING_MS : PROVISIONING_MS,
  stagingMs: () => STAGING_MS,
  bootMs: (type, image) =>
    (/flatcar|coreos|cos-/.test(image) ? IGNITION_BOOT_MS : BOOT_MS) *
    (/micro|small/.test(lastSegment(type)) ? SMALL_MACHINE_FACTOR : 1),
  stoppingMs: 20 * SECOND_MS,
  // 30 s. Source: https://cloud.google.com/compute/docs/instances/preemptible#preemption-process
  preemptionMs: 30 * SECOND_MS,
  // "usually <=3 min, up to 5.5 min". Source: https://cloud.google.com/compute/docs/instances/host-maintenance-overview
  hostErrorRestartMs: 180 * SECOND_MS,
  groupReactionMs: 3 * SECOND_MS,
  jitter: 0.2,
};
