/** What each operating system's image is: what reads its boot data, its package manager, and what its nodes report. */
import type { OperatingSystem } from "../../shared/spec/cluster.ts";
import type { ImageFacts } from "./boot-plan.ts";

export type Reader = "startup-script" | "cloud-init" | "ignition";

export interface Image {
  /** In order of preference; what is not listed is not on the image and ignores its metadata. */
  readonly readers: readonly Reader[];
  readonly packageManager: "apt" | "dnf" | "none";
  /** Docker's repository for it: `debian bookworm`, `rhel/9`; absent without a package manager. */
  readonly containerdRepository?: RegExp;
  /** Directories where programs can be put and run. */
  readonly programDirectories: readonly string[];
  /** `/etc` survives a restart; a control plane needs that. */
  readonly persistentEtc: boolean;
  readonly node: ImageFacts;
}

/** Docker's containerd.io on the packaged systems, the image's own elsewhere. */
const CONTAINERD = "containerd://2.2.1";
const ANYWHERE = ["/usr/local/", "/opt/", "/usr/bin/"] as const;
const node = (osImage: string, kernelVersion: string): ImageFacts => ({
  osImage,
  kernelVersion,
  containerRuntimeVersion: CONTAINERD,
});
/** Google's Debian images carry no cloud-init. */
const debian = (release: string, facts: ImageFacts): Image => ({
  readers: ["startup-script"],
  packageManager: "apt",
  containerdRepository: new RegExp(`https://download\\.docker\\.com/linux/debian ${release} stable`),
  programDirectories: ANYWHERE,
  persistentEtc: true,
  node: facts,
});
/** Nor do those of RHEL and CentOS; for Rocky it is unconfirmed. */
const enterprise = (docker: string, facts: ImageFacts): Image => ({
  readers: ["startup-script"],
  packageManager: "dnf",
  containerdRepository: new RegExp(`https://download\\.docker\\.com/linux/(?:${docker})/\\$basearch/stable`),
  programDirectories: ANYWHERE,
  persistentEtc: true,
  node: facts,
});

export const IMAGES: Readonly<Record<OperatingSystem, Image>> = {
  "debian-12": debian("bookworm", node("Debian GNU/Linux 12 (bookworm)", "6.1.0-41-cloud-amd64")),
  "debian-13": debian("trixie", node("Debian GNU/Linux 13 (trixie)", "6.12.57+deb13-cloud-amd64")),
  "ubuntu-24.04": {
    readers: ["cloud-init", "startup-script"],
    packageManager: "apt",
    containerdRepository: /https:\/\/download\.docker\.com\/linux\/ubuntu noble stable/,
    programDirectories: ANYWHERE,
    persistentEtc: true,
    node: node("Ubuntu 24.04.3 LTS", "6.14.0-1021-gcp"),
  },
  "rhel-9": enterprise(
    "rhel/9|centos/9",
    node("Red Hat Enterprise Linux 9.7 (Plow)", "5.14.0-611.5.1.el9_7.x86_64"),
  ),
  "rhel-10": enterprise(
    "rhel/10|centos/10",
    node("Red Hat Enterprise Linux 10.1 (Coughlan)", "6.12.0-124.8.1.el10_1.x86_64"),
  ),
  "centos-stream-9": enterprise("centos/9", node("CentOS Stream 9", "5.14.0-639.el9.x86_64")),
  "centos-stream-10": enterprise("centos/10", node("CentOS Stream 10 (Coughlan)", "6.12.0-164.el10.x86_64")),
  "rocky-9": enterprise(
    "rhel/9|centos/9",
    node("Rocky Linux 9.7 (Blue Onyx)", "5.14.0-611.5.1.el9_7.x86_64"),
  ),
  "rocky-10": enterprise(
    "rhel/10|centos/10",
    node("Rocky Linux 10.1 (Red Quartz)", "6.12.0-124.8.1.el10_1.x86_64"),
  ),
  flatcar: {
    readers: ["ignition"],
    packageManager: "none",
    programDirectories: ["/opt/", "/var/"],
    persistentEtc: true,
    node: node("Flatcar Container Linux by Kinvolk 4459.2.1 (Oklo)", "6.12.58-flatcar"),
  },
  "fedora-coreos": {
    readers: ["ignition"],
    packageManager: "none",
    programDirectories: ["/usr/local/", "/opt/", "/var/"],
    persistentEtc: true,
    node: node("Fedora CoreOS 43.20251110.3.0", "6.17.7-300.fc43.x86_64"),
  },
  cos: {
    readers: ["cloud-init", "startup-script"],
    packageManager: "none",
    // https://cloud.google.com/container-optimized-os/docs/concepts/disks-and-filesystem
    programDirectories: ["/var/lib/google/", "/var/lib/docker/", "/var/lib/toolbox/"],
    persistentEtc: false,
    node: node("Container-Optimized OS from Google", "6.12.55+"),
  },
};
