/** What a simulated machine will do after booting, or why it never joins. */
import type { ClusterSpec, OperatingSystem, Taint } from "../../shared/spec/cluster.ts";

export interface BootInput {
  /** The instance's metadata items. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The family of the image that the machine boots from. */
  readonly os: OperatingSystem;
  /** Exact patches that pkgs.k8s.io and dl.k8s.io have, without `v`. */
  readonly kubernetesVersions: readonly string[];
}

/** What stopped the machine; each has a sentence on the serial console. */
export type BootFailureReason =
  | "no-boot-data"
  | "wrong-format"
  | "malformed"
  | "truncated"
  | "never-runs"
  | "wrong-package-manager"
  | "missing-step"
  | "missing-file"
  | "node-facts"
  | "unsupported-role"
  | "unknown-version"
  | "package-source"
  | "wrong-minor"
  | "not-executable"
  | "containerd-config"
  | "kubeadm-document"
  | "kubelet-arguments"
  | "labels"
  | "taints"
  | "ca-hash"
  | "endpoint"
  | "join-url"
  | "pki-secret"
  | "ranges"
  | "etcd-disk";

export type BootRole = "control-plane-init" | "control-plane-join" | "worker";

/**
 * In this order: fetch keys (control plane), initialise or ask to join, run kubeadm, be a node. A `control-plane-init`
 * machine without etcd data of its own asks the endpoint first: where an API server of this CA answers, it joins as
 * `control-plane-join` does instead of making a second cluster. A node that has joined does none of this at later boots.
 */
export interface BootPlan {
  readonly clusterId: string;
  readonly uid: string;
  readonly project: string;
  readonly region: string;
  readonly role: BootRole;
  readonly pool?: string;
  readonly member?: number;
  /** Without `v`. */
  readonly kubernetesVersion: string;
  readonly joinUrl: string;
  /** What the CA that the machine meets must hash to. */
  readonly caHash: string;
  /** `address:port`, the internal load balancer. */
  readonly apiEndpoint: string;
  /** The secret's name; control-plane machines alone. */
  readonly pkiSecret?: string;
  /** The disk that must be attached with this device name; absent: etcd on the boot disk. */
  readonly etcdDeviceName?: string;
  readonly network: { readonly pods: string; readonly services: string };
  readonly plugin: ClusterSpec["network"]["plugin"];
  /** Of `kubeadm init`; only the first control-plane machine has it. */
  readonly cluster?: ClusterFacts;
  readonly labels: Readonly<Record<string, string>>;
  /** Those of the spec and kubeadm's own; the kubelet adds `uninitialized` because of `cloud-provider=external`. */
  readonly taints: readonly Taint[];
  readonly image: ImageFacts;
  /** What the serial console shows up to asking to join. */
  readonly console: readonly string[];
}
export interface ClusterFacts {
  readonly podSubnet: string;
  readonly serviceSubnet: string;
  readonly certSANs: readonly string[];
  readonly controlPlaneEndpoint: string;
  readonly kubeProxy: boolean;
  /** Whether the controller manager hands out pod ranges. */
  readonly allocateNodeCidrs: boolean;
  readonly etcdDataDirectory: string;
}
/** A Node's `status.nodeInfo`, by image. */
export interface ImageFacts {
  readonly osImage: string;
  readonly kernelVersion: string;
  readonly containerRuntimeVersion: string;
}

export type BootOutcome =
  | { readonly ok: true; readonly plan: BootPlan }
  | { readonly ok: false; readonly reason: BootFailureReason; readonly console: readonly string[] };

/** Ends the interpretation; `line` is what the serial console shows. */
export class BootFailure extends Error {
  readonly reason: BootFailureReason;
  constructor(reason: BootFailureReason, line: string) {
    super(line);
    this.name = "BootFailure";
    this.reason = reason;
  }
}

/** A failure in the words of the boot script: `clusterwright: failed <step>: <why>`. */
export const stepFailure = (reason: BootFailureReason, step: string, why: string): BootFailure =>
  new BootFailure(reason, `clusterwright: failed ${step}: ${why}`);
