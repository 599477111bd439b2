/** Machines of every operating system and role, as the control plane would order them. */
import type { MachineInput } from "../../shared/bootstrap/machine.ts";
import { type MachineRole, OPERATING_SYSTEMS, osSupports } from "../../shared/bootstrap/operating-systems.ts";
import type { OperatingSystem } from "../../shared/spec/cluster.ts";

export const KUBERNETES_VERSION = "1.36.4";
export const ALL_SYSTEMS = Object.keys(OPERATING_SYSTEMS) as readonly OperatingSystem[];
export const ALL_ROLES: readonly MachineRole[] = ["control-plane-init", "control-plane-join", "worker"];

export function machineInput(
  os: OperatingSystem,
  role: MachineRole,
  changes: Partial<MachineInput> = {},
): MachineInput {
  const own: Partial<MachineInput> =
    role === "worker"
      ? { pool: "general", nodeLabels: { tier: "web" } }
      : { pkiSecret: "checkout-prod-a1b2c3-pki", member: 0, etcdDeviceName: "etcd" };
  return {
    clusterId: "checkout-prod",
    uid: "a1b2c3",
    project: "acme-prod",
    region: "europe-west4",
    os,
    role,
    kubernetesVersion: KUBERNETES_VERSION,
    plugin: "cilium",
    network: { pods: "10.64.0.0/14", services: "10.96.0.0/20" },
    api: { internalAddress: "10.10.0.2", externalAddress: "203.0.113.7", port: 6443 },
    caHash: `sha256:${"0123456789abcdef".repeat(4)}`,
    joinUrl: "https://node-join-abc123-ez.a.run.app",
    nodeLabels: {},
    taints: [],
    ...own,
    ...changes,
  };
}

/** Every operating system with every role that it can take. */
export const MACHINES: readonly { readonly os: OperatingSystem; readonly role: MachineRole }[] =
  ALL_SYSTEMS.flatMap((os) =>
    ALL_ROLES.filter((role) => osSupports(os, role).supported).map((role) => ({ os, role })),
  );

/** The item that carries the boot data. */
export function bootKey(metadata: Readonly<Record<string, string>>): "user-data" | "startup-script" {
  return "user-data" in metadata ? "user-data" : "startup-script";
}
export const bootData = (metadata: Readonly<Record<string, string>>): string =>
  metadata[bootKey(metadata)] ?? "";
