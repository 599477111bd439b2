/** Renders the instance metadata of a machine: what it runs when it boots. Never a secret, never its name. */
import type { OperatingSystem } from "../spec/cluster.ts";
import { cloudConfig, type Delivered, ignition, startupScript } from "./deliver.ts";
import { DATA_MODE, hostFiles, type MachineFile } from "./host-files.ts";
import { kubeadmDocuments } from "./kubeadm.ts";
import type { MachineInput } from "./machine-input.ts";
import { jsonFile, nodeDocument } from "./node-document.ts";
import { type Delivery, OPERATING_SYSTEMS, osSupports } from "./operating-systems.ts";
import { packageFiles } from "./package-sources.ts";
import { KUBEADM_DIRECTORY, NODE_FILE } from "./paths.ts";
import { remembered } from "./remembered.ts";
import { bootScript } from "./scripts.ts";

export type { MachineInput } from "./machine-input.ts";

/** One metadata value holds 256 KiB: https://cloud.google.com/compute/docs/metadata/setting-custom-metadata */
export const METADATA_VALUE_BYTES_MAX = 256 * 1024;

/** These reboot machines by themselves; reboots are the control plane's to plan. */
const SELF_UPDATERS: Partial<Readonly<Record<OperatingSystem, readonly string[]>>> = {
  flatcar: ["locksmithd.service"],
  "fedora-coreos": ["zincati.service"],
};

const DELIVERIES: Readonly<
  Record<Delivery, { readonly key: string; readonly render: (delivered: Delivered) => string }>
> = {
  "startup-script": { key: "startup-script", render: startupScript },
  "cloud-config": { key: "user-data", render: cloudConfig },
  ignition: { key: "user-data", render: ignition },
};

/** Every file of the machine, its data among them; the script is apart. */
export function machineFiles(input: MachineInput): readonly MachineFile[] {
  const documents = Object.entries(kubeadmDocuments(input)).map(([name, document]) => ({
    path: `${KUBEADM_DIRECTORY}/${name}`,
    mode: DATA_MODE,
    content: jsonFile(document),
  }));
  return [
    { path: NODE_FILE, mode: DATA_MODE, content: jsonFile(nodeDocument(input)) },
    ...documents,
    ...packageFiles(input),
    ...hostFiles(input.os),
  ];
}

/** About 40 KB each. A pass asks twice a control-plane machine and once a pool, the next pass for the same again. */
const RENDERED_KEPT = 64;

/**
 * The metadata items of a machine, a pure function of the input, byte for byte.
 * @throws RangeError when the operating system cannot take the role, a control-plane machine has no `pkiSecret`, or the
 * labels and taints make the data larger than a metadata value may be.
 */
export const renderMachine: (input: MachineInput) => Readonly<Record<string, string>> = remembered(
  render,
  RENDERED_KEPT,
);

function render(input: MachineInput): Readonly<Record<string, string>> {
  const support = osSupports(input.os, input.role);
  if (!support.supported) throw new RangeError(support.why);
  if (input.role !== "worker" && input.pkiSecret === undefined)
    throw new RangeError(
      `A machine with role ${input.role} needs pkiSecret, the secret with the cluster's keys.`,
    );
  const { delivery, osLogin } = OPERATING_SYSTEMS[input.os];
  const delivered = DELIVERIES[delivery];
  const data = delivered.render({
    files: machineFiles(input),
    script: bootScript(input.os),
    maskedUnits: SELF_UPDATERS[input.os] ?? [],
  });
  const bytes = Buffer.byteLength(data);
  if (bytes > METADATA_VALUE_BYTES_MAX)
    throw new RangeError(
      `The boot data takes ${bytes} bytes, a metadata value holds ${METADATA_VALUE_BYTES_MAX}; give the pool fewer labels and taints.`,
    );
  return {
    [delivered.key]: data,
    "block-project-ssh-keys": "TRUE",
    ...(input.os === "cos" ? { "cos-update-strategy": "update_disabled" } : {}),
    ...(osLogin ? { "enable-oslogin": "TRUE" } : {}),
    "serial-port-logging-enable": "TRUE",
  };
}
