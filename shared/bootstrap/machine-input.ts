/** Everything that decides what a machine does when it boots; equal inputs give equal bytes. */
import type { ClusterSpec, OperatingSystem, Taint } from "../spec/cluster.ts";
import type { MachineRole } from "./operating-systems.ts";

export interface MachineInput {
  readonly clusterId: string;
  /** Six characters [a-z0-9]. */
  readonly uid: string;
  readonly project: string;
  readonly region: string;
  readonly os: OperatingSystem;
  readonly role: MachineRole;
  /** An exact patch, without `v`: "1.36.4". */
  readonly kubernetesVersion: string;
  readonly plugin: ClusterSpec["network"]["plugin"];
  /** CIDR ranges. */
  readonly network: { readonly pods: string; readonly services: string };
  readonly api: {
    /** The internal load balancer's address. */
    readonly internalAddress: string;
    readonly externalAddress?: string | undefined;
    readonly port: number;
  };
  /** `sha256:` and 64 hex digits over the DER SubjectPublicKeyInfo of the cluster's CA. */
  readonly caHash: string;
  /** Where the machine asks to join; also the audience of its identity token. */
  readonly joinUrl: string;
  /** The secret's name, for control-plane machines. */
  readonly pkiSecret?: string | undefined;
  readonly member?: number | undefined;
  /** The disk is `/dev/disk/by-id/google-<this>`. Without it etcd lives on the boot disk. */
  readonly etcdDeviceName?: string | undefined;
  readonly nodeLabels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly pool?: string | undefined;
}
