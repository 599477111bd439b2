/** What each operating system needs and how it is handed its boot data: one table, a row an operating system. */
import type { OperatingSystem } from "../spec/cluster.ts";

export type MachineRole = "control-plane-init" | "control-plane-join" | "worker";

/** How boot data reaches the machine, and under which metadata key. */
export type Delivery = "startup-script" | "cloud-config" | "ignition";
/** Where Kubernetes and containerd come from. */
export type PackageSource = "apt" | "dnf" | "binaries";

export interface OperatingSystemFacts {
  readonly delivery: Delivery;
  readonly packages: PackageSource;
  /** For apt: Docker's path and release name. For dnf: Docker's path with the release. */
  readonly containerdRepository?: string;
  /** Where downloaded programs live; must be writable and executable on that system. */
  readonly binDirectory: string;
  /** The kubelet's directory for flexvolume drivers, where `/usr` is read-only. */
  readonly volumePluginDirectory?: string;
  /** Google's guest agent honours OS Login (Fedora CoreOS has none). */
  readonly osLogin: boolean;
  readonly controlPlane: { readonly supported: true } | { readonly supported: false; readonly why: string };
}

const PACKAGED = {
  delivery: "startup-script",
  binDirectory: "/usr/local/bin",
  osLogin: true,
  controlPlane: { supported: true },
} as const;
const rpm = (containerdRepository: string): OperatingSystemFacts => ({
  ...PACKAGED,
  packages: "dnf",
  containerdRepository,
});

export const OPERATING_SYSTEMS: Readonly<Record<OperatingSystem, OperatingSystemFacts>> = {
  "debian-12": { ...PACKAGED, packages: "apt", containerdRepository: "debian bookworm" },
  "debian-13": { ...PACKAGED, packages: "apt", containerdRepository: "debian trixie" },
  "ubuntu-24.04": {
    ...PACKAGED,
    delivery: "cloud-config",
    packages: "apt",
    containerdRepository: "ubuntu noble",
  },
  "rhel-9": rpm("rhel/9"),
  "rhel-10": rpm("rhel/10"),
  "centos-stream-9": rpm("centos/9"),
  "centos-stream-10": rpm("centos/10"),
  "rocky-9": rpm("centos/9"),
  "rocky-10": rpm("centos/10"),
  flatcar: {
    delivery: "ignition",
    packages: "binaries",
    binDirectory: "/opt/bin",
    volumePluginDirectory: "/opt/libexec/kubernetes/kubelet-plugins/volume/exec/",
    osLogin: true,
    controlPlane: { supported: true },
  },
  "fedora-coreos": {
    delivery: "ignition",
    packages: "binaries",
    binDirectory: "/usr/local/bin",
    volumePluginDirectory: "/var/lib/kubelet/volume-plugins/",
    osLogin: false,
    controlPlane: { supported: true },
  },
  cos: {
    delivery: "cloud-config",
    packages: "binaries",
    // https://cloud.google.com/container-optimized-os/docs/concepts/disks-and-filesystem: /var is noexec, this is not.
    binDirectory: "/var/lib/google/clusterwright/bin",
    volumePluginDirectory: "/var/lib/google/clusterwright/volume-plugins/",
    osLogin: true,
    controlPlane: {
      supported: false,
      why: "Container-Optimized OS forgets /etc at every boot, and with it the static pods, certificates and mount units of a control plane. Choose debian-13, ubuntu-24.04 or flatcar for controlPlane.os; cos works for node pools.",
    },
  },
};

/** Whether machines of this operating system can take the role; if not, why and what to choose. */
export function osSupports(
  os: OperatingSystem,
  role: MachineRole,
): { readonly supported: true } | { readonly supported: false; readonly why: string } {
  return role === "worker" ? { supported: true } : OPERATING_SYSTEMS[os].controlPlane;
}
