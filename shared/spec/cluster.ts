/** PROVISIONAL types of an accepted cluster spec, all defaults applied; the zod schema replaces this file. */
export type OperatingSystem =
  | "debian-12"
  | "debian-13"
  | "ubuntu-24.04"
  | "rhel-9"
  | "rhel-10"
  | "centos-stream-9"
  | "centos-stream-10"
  | "rocky-9"
  | "rocky-10"
  | "flatcar"
  | "fedora-coreos"
  | "cos";
export interface Taint {
  readonly key: string;
  readonly value?: string | undefined;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}
export interface NodePool {
  readonly name: string;
  readonly machineType: string;
  /** An operating system we know, or with `image` the family of OS that the golden image was made from. */
  readonly os: OperatingSystem;
  readonly image?: string | undefined;
  readonly size: number | { readonly min: number; readonly max: number };
  readonly zones: readonly string[];
  readonly disk: { readonly type: string; readonly sizeGb: number };
  readonly spot: boolean;
  readonly accelerators: readonly { readonly type: string; readonly count: number }[];
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly serviceAccount?: string | undefined;
}
export interface ClusterSpec {
  readonly name: string;
  readonly environment?: string | undefined;
  readonly engine: "gce" | "gke";
  readonly project: string;
  readonly region: string;
  readonly zones: readonly string[];
  readonly kubernetes: { readonly version: string; readonly channel: string };
  readonly network: {
    readonly nodes: string;
    readonly pods: string;
    readonly services: string;
    readonly plugin: "cilium" | "calico" | "alias-ip";
    readonly nodesPrivate: boolean;
    readonly api: { readonly access: "public" | "private"; readonly allowedFrom: readonly string[] };
    readonly existing?: { readonly network: string; readonly subnetwork: string } | undefined;
  };
  readonly controlPlane: {
    readonly replicas: 1 | 3 | 5;
    readonly machineType: string;
    readonly os: OperatingSystem;
    readonly image?: string | undefined;
    readonly serviceAccount?: string | undefined;
    readonly etcd: {
      readonly disk: string;
      readonly sizeGb: number;
      readonly backup: { readonly every: string; readonly keep: number };
    };
  };
  readonly nodePools: readonly NodePool[];
  readonly addons: {
    readonly dns: boolean;
    readonly metrics: boolean;
    readonly storage: boolean;
    readonly nodeProblemDetector: boolean;
    readonly manifests: readonly string[];
  };
  readonly deletionProtection: boolean;
}
