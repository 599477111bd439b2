/** What the software on a simulated machine can reach: the clock, the metadata server, Secret Manager, the network. */
import type { Chance } from "../../shared/ports/chance.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { OperatingSystem } from "../../shared/spec/cluster.ts";
import type { Machine } from "../compute/machine.ts";
import type { KubernetesCluster } from "../kubernetes/cluster.ts";

/** How long the software on a machine takes. */
export interface SoftwareDelays {
  /** Packages over the network, after the boot. */
  readonly installMs: number;
  /** `kubeadm init`, until the API answers. */
  readonly initMs: number;
  /** `kubeadm join`. */
  readonly joinMs: number;
}

/** What is on an etcd disk. */
export interface EtcdData {
  readonly cluster: KubernetesCluster;
  /** As it is written beside the data: `member 0 of cluster shop (uid ab12cd)`. */
  readonly owner: string;
  /** The etcd member whose data it is, 16 hex digits. */
  readonly memberId: string;
}

export interface GuestWorld {
  readonly softwareDelays: SoftwareDelays;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Exact patches in the package repositories, without `v`. */
  readonly kubernetesVersions: readonly string[];
  /** Nothing when the image is unknown. */
  osOf(machine: Machine): OperatingSystem | undefined;
  size(machine: Machine): { readonly cpus: number; readonly memoryBytes: number };
  /** By `gce://project/zone/name`: what the cluster's cloud controller manager asks Compute Engine. */
  machineState(providerId: string): "running" | "stopped" | "gone";
  /** From the metadata server. */
  identityToken(machine: Machine, audience: string): Promise<string>;
  /** With the machine's own account. @returns why not, when it may not or there is none */
  readSecret(machine: Machine, name: string): Promise<Uint8Array | string>;
  /** An HTTP POST of JSON; rejects when nobody answers. */
  post(
    url: string,
    token: string,
    body: unknown,
  ): Promise<{ readonly status: number; readonly body: unknown }>;
  /** The cluster whose API answers at an address, as seen from this machine. */
  clusterAt(address: string, port: number, from: Machine): KubernetesCluster | undefined;
  /** What etcd disks hold, by their paths. */
  readonly etcdData: Map<string, EtcdData>;
  /** Whether a disk is left that holds a cluster's data. */
  hasData(cluster: KubernetesCluster): boolean;
  /** A machine initialised a cluster: its API can be served at these addresses. */
  opened(cluster: KubernetesCluster, machine: Machine, addresses: readonly string[]): void;
}
