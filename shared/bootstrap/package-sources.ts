/** Where a machine gets Kubernetes and containerd from: repository files and keys, or downloads with their hashes. */
import { DATA_MODE, type MachineFile } from "./host-files.ts";
import type { MachineInput } from "./machine-input.ts";
import { OPERATING_SYSTEMS } from "./operating-systems.ts";
import { PACKAGE_DIRECTORY } from "./paths.ts";

/** `{arch}` stands for amd64 or arm64 and is filled in on the machine. */
export interface Download {
  readonly url: string;
  readonly sha256Url: string;
  /** A file; for an archive a directory. */
  readonly target: string;
}
export type PackageFacts =
  | { readonly kubernetesKey: string; readonly containerdKey: string }
  | { readonly downloads: readonly Download[] };

/** https://github.com/containernetworking/plugins/releases; what Kubernetes 1.36's kubernetes-cni package holds. */
const CNI_PLUGINS_VERSION = "v1.8.0";

/** "1.36" of "1.36.4". */
export const minorOf = (version: string): string => version.split(".").slice(0, 2).join(".");

/** One repository a minor. */
const repository = (input: MachineInput, kind: "deb" | "rpm"): string =>
  `https://pkgs.k8s.io/core:/stable:/v${minorOf(input.kubernetesVersion)}/${kind}/`;
const docker = (path: string): string => `https://download.docker.com/linux/${path}`;

function downloads(input: MachineInput): readonly Download[] {
  const { binDirectory } = OPERATING_SYSTEMS[input.os];
  const kubernetes = ["kubeadm", "kubectl", "kubelet"].map((program) => {
    const url = `https://dl.k8s.io/release/v${input.kubernetesVersion}/bin/linux/{arch}/${program}`;
    return { url, sha256Url: `${url}.sha256`, target: `${binDirectory}/${program}` };
  });
  const cni = `https://github.com/containernetworking/plugins/releases/download/${CNI_PLUGINS_VERSION}/cni-plugins-linux-{arch}-${CNI_PLUGINS_VERSION}.tgz`;
  return [...kubernetes, { url: cni, sha256Url: `${cni}.sha256`, target: "/opt/cni/bin" }];
}

/** What the boot script reads from node.json. */
export function packageFacts(input: MachineInput): PackageFacts {
  const { packages, containerdRepository = "" } = OPERATING_SYSTEMS[input.os];
  switch (packages) {
    case "binaries":
      return { downloads: downloads(input) };
    case "apt":
      return {
        kubernetesKey: `${repository(input, "deb")}Release.key`,
        containerdKey: `${docker(containerdRepository.split(" ")[0] ?? "")}/gpg`,
      };
    case "dnf":
      return {
        kubernetesKey: `${repository(input, "rpm")}repodata/repomd.xml.key`,
        containerdKey: `${docker(containerdRepository.split("/")[0] ?? "")}/gpg`,
      };
  }
}

const text = (name: string, lines: readonly string[]): MachineFile => ({
  path: `${PACKAGE_DIRECTORY}/${name}`,
  mode: DATA_MODE,
  content: `${lines.join("\n")}\n`,
});

function aptSources(input: MachineInput): readonly MachineFile[] {
  const [distribution = "", release = ""] = (OPERATING_SYSTEMS[input.os].containerdRepository ?? "").split(
    " ",
  );
  return [
    text("kubernetes.list", [
      `deb [signed-by=/etc/apt/keyrings/kubernetes.asc] ${repository(input, "deb")} /`,
    ]),
    text("containerd.list", [
      `deb [signed-by=/etc/apt/keyrings/docker.asc] ${docker(distribution)} ${release} stable`,
    ]),
  ];
}

function dnfRepositories(input: MachineInput): readonly MachineFile[] {
  const { kubernetesKey, containerdKey } = packageFacts(input) as Extract<
    PackageFacts,
    { kubernetesKey: string }
  >;
  const common = ["enabled=1", "gpgcheck=1"];
  return [
    text("kubernetes.repo", [
      "[kubernetes]",
      "name=Kubernetes",
      `baseurl=${repository(input, "rpm")}`,
      ...common,
      "repo_gpgcheck=1",
      `gpgkey=${kubernetesKey}`,
      "exclude=kubelet kubeadm kubectl cri-tools kubernetes-cni",
    ]),
    text("containerd.repo", [
      "[containerd]",
      "name=containerd",
      `baseurl=${docker(OPERATING_SYSTEMS[input.os].containerdRepository ?? "")}/$basearch/stable`,
      ...common,
      `gpgkey=${containerdKey}`,
      "exclude=containerd.io",
    ]),
  ];
}

/** The repository files, put in force by the boot script once their keys are there. */
export function packageFiles(input: MachineInput): readonly MachineFile[] {
  const { packages } = OPERATING_SYSTEMS[input.os];
  if (packages === "apt") return aptSources(input);
  return packages === "dnf" ? dnfRepositories(input) : [];
}
