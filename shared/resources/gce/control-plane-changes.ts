/** Which changes of a control-plane machine happen in place, and which must wait for a machine of its own. */
import type { ComputeVerb } from "../../ports/compute.ts";
import type { Instance, Labels, Metadata, NetworkInterface } from "../../ports/compute-types.ts";
import { type ChangeTable, IDENTITY, IGNORED } from "../change-table.ts";
import { MADE_FROM } from "./outdated-members.ts";

const ANOTHER_ADDRESS =
  "Delete the machine: it is made anew at its reserved address, and goes on with its disk.";
/** Of the machine's birth: a change of it means a new machine (node-care/control-plane-care.ts). */
const BOOT_KEYS: readonly string[] = ["user-data", "startup-script", MADE_FROM];

export const CONTROL_PLANE_TABLE: ChangeTable<Instance, ComputeVerb> = {
  ...IDENTITY,
  zone: IGNORED,
  status: IGNORED,
  statusMessage: IGNORED,
  lastStartTimestamp: IGNORED,
  lastStopTimestamp: IGNORED,
  hostname: IGNORED,
  labelFingerprint: IGNORED,
  fingerprint: IGNORED,
  resourceStatus: IGNORED,
  // Fixed when the machine is made.
  disks: IGNORED,
  canIpForward: IGNORED,
  guestAccelerators: IGNORED,
  shieldedInstanceConfig: IGNORED,
  // A member that differs in these is made anew, one after another.
  machineType: IGNORED,
  serviceAccounts: IGNORED,
  networkInterfaces: { change: "unsupported", wayOut: ANOTHER_ADDRESS, same: sameAddress },
  scheduling: {
    change: "call",
    verb: "instances.setScheduling",
    body: (wanted, found) => ({ ...found.scheduling, ...wanted.scheduling }),
  },
  labels: {
    change: "call",
    verb: "instances.setLabels",
    body: (wanted, found) => ({
      labels: { ...found.labels, ...wanted.labels } satisfies Labels,
      ...(found.labelFingerprint === undefined ? {} : { labelFingerprint: found.labelFingerprint }),
    }),
  },
  // Exactly ours: a tag more is a firewall rule more.
  tags: {
    change: "call",
    verb: "instances.setTags",
    body: (wanted, found) => ({
      items: wanted.tags?.items ?? [],
      ...(found.tags?.fingerprint === undefined ? {} : { fingerprint: found.tags.fingerprint }),
    }),
  },
  metadata: {
    change: "call",
    verb: "instances.setMetadata",
    body: (wanted, found) => ({
      items: mergedItems(wanted.metadata, found.metadata),
      ...(found.metadata?.fingerprint === undefined ? {} : { fingerprint: found.metadata.fingerprint }),
    }),
    same: sameMetadata,
  },
  deletionProtection: {
    change: "call",
    verb: "instances.setDeletionProtection",
    body: (wanted) => ({ deletionProtection: wanted.deletionProtection ?? false }),
  },
};

/** The reserved one. */
function sameAddress(wanted: unknown, found: unknown): boolean {
  const first = (interfaces: unknown): NetworkInterface | undefined =>
    (interfaces as readonly NetworkInterface[] | undefined)?.[0];
  const address = first(wanted)?.networkIP;
  return address === undefined || address === first(found)?.networkIP;
}

function settableItems(
  metadata: Metadata | undefined,
): readonly { readonly key: string; readonly value: string }[] {
  return (metadata?.items ?? []).filter(({ key }) => !BOOT_KEYS.includes(key));
}

function sameMetadata(wanted: unknown, found: unknown): boolean {
  const there = new Map(settableItems(found as Metadata | undefined).map(({ key, value }) => [key, value]));
  return settableItems(wanted as Metadata).every(({ key, value }) => there.get(key) === value);
}

/** setMetadata replaces everything, so what others added and what the machine booted from is sent along. */
function mergedItems(
  wanted: Metadata | undefined,
  found: Metadata | undefined,
): NonNullable<Metadata["items"]> {
  const ours = settableItems(wanted);
  const kept = (found?.items ?? []).filter(({ key }) => !ours.some((item) => item.key === key));
  return [...kept, ...ours];
}
