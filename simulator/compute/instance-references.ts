/** The links in a machine's body. */
import type { Reference } from "./world.ts";

export const INSTANCE_REFERENCES: readonly Reference[] = [
  { at: "machineType", to: ["machineTypes"], loose: true },
  { at: "networkInterfaces.*.network", to: ["networks"], missing: "invalid" },
  { at: "networkInterfaces.*.subnetwork", to: ["subnetworks"], missing: "invalid" },
  { at: "disks.*.source", to: ["disks"], missing: "invalid" },
  { at: "disks.*.initializeParams.sourceImage", to: ["images"], missing: "invalid", loose: true },
  { at: "disks.*.initializeParams.sourceSnapshot", to: ["snapshots"], missing: "invalid", loose: true },
  { at: "disks.*.initializeParams.diskType", to: ["diskTypes"], loose: true },
  { at: "disks.*.initializeParams.resourcePolicies.*", to: ["resourcePolicies"], loose: true },
  { at: "guestAccelerators.*.acceleratorType", to: ["acceleratorTypes"], loose: true },
];
