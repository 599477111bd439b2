/** Whether Kubernetes and containerd would be installed: the right repository of the right minor, or checked downloads. */
import type { OperatingSystem } from "../../shared/spec/cluster.ts";
import { type BootFailure, stepFailure } from "./boot-plan.ts";
import { IMAGES } from "./image-facts.ts";
import type { NodeFacts } from "./node-facts.ts";

type Files = ReadonlyMap<string, string>;
const DIRECTORY = "/etc/clusterwright/packages/";
const PROGRAMS = ["kubeadm", "kubelet"] as const;
const KUBERNETES_HOST = "https://dl.k8s.io/release/";

const failure = (
  reason: "package-source" | "wrong-minor" | "unknown-version" | "not-executable",
  why: string,
): BootFailure => stepFailure(reason, "packages", why);

/** @throws BootFailure */
export function checkPackages(input: {
  readonly node: NodeFacts;
  readonly files: Files;
  readonly os: OperatingSystem;
  readonly kubernetesVersions: readonly string[];
}): void {
  const { node, files, os, kubernetesVersions } = input;
  const { packageManager } = IMAGES[os];
  if (packageManager === "none") checkDownloads(node, os);
  else checkRepositories(node, files, os, packageManager);
  if (!kubernetesVersions.includes(node.kubernetesVersion))
    throw failure(
      "unknown-version",
      `Kubernetes ${node.kubernetesVersion} was not found in the package source`,
    );
}

function fileOf(files: Files, name: string): string {
  const content = files.get(`${DIRECTORY}${name}`);
  if (content === undefined)
    throw failure("package-source", `install: cannot stat '${DIRECTORY}${name}': No such file or directory`);
  return content;
}

function checkRepositories(node: NodeFacts, files: Files, os: OperatingSystem, manager: "apt" | "dnf"): void {
  const suffix = manager === "apt" ? "list" : "repo";
  const kind = manager === "apt" ? "deb" : "rpm";
  const kubernetes = fileOf(files, `kubernetes.${suffix}`);
  const found = /https:\/\/pkgs\.k8s\.io\/core:\/stable:\/v(\d+\.\d+)\/(deb|rpm)\//.exec(kubernetes);
  if (found === null || found[2] !== kind)
    throw failure("package-source", `kubernetes.${suffix} names no ${kind} repository of pkgs.k8s.io`);
  const minor = found[1] ?? "";
  if (!node.kubernetesVersion.startsWith(`${minor}.`))
    throw failure(
      "wrong-minor",
      `Version '${node.kubernetesVersion}' for 'kubelet' was not found: the repository is that of v${minor}`,
    );
  checkKeys(node, kubernetes, manager, minor);
  const containerd = fileOf(files, `containerd.${suffix}`);
  const expected = IMAGES[os].containerdRepository;
  if (expected !== undefined && !expected.test(containerd))
    throw failure("package-source", `containerd.${suffix} has no containerd.io for ${os}`);
}

function checkKeys(node: NodeFacts, repository: string, manager: "apt" | "dnf", minor: string): void {
  const key = `https://pkgs.k8s.io/core:/stable:/v${minor}/${manager === "apt" ? "deb/Release.key" : "rpm/repodata/repomd.xml.key"}`;
  const trusted =
    manager === "apt"
      ? repository.includes("[signed-by=/etc/apt/keyrings/") && node.packages.kubernetesKey === key
      : /^gpgcheck=1$/m.test(repository) && repository.includes(`gpgkey=${key}`);
  if (!trusted)
    throw failure("package-source", "the repository of Kubernetes is not signed by a key that is fetched");
  if (manager === "apt" && !/^https:\/\/download\.docker\.com\//.test(node.packages.containerdKey ?? ""))
    throw failure("package-source", "the repository of containerd has no key");
}

function checkDownloads(node: NodeFacts, os: OperatingSystem): void {
  const downloads = node.packages.downloads ?? [];
  for (const program of PROGRAMS) {
    const found = downloads.find(({ url }) => url.startsWith(KUBERNETES_HOST) && url.endsWith(`/${program}`));
    if (found === undefined) throw failure("package-source", `${program} is not among the downloads`);
    if (found.sha256Url !== `${found.url}.sha256`)
      throw failure("package-source", `${found.url} is not checked against its published SHA-256`);
    checkVersion(node, program, found.url);
    const runs = IMAGES[os].programDirectories.some((directory) => found.target.startsWith(directory));
    if (!runs || found.target !== `${node.binDirectory}/${program}`)
      throw failure(
        "not-executable",
        `${found.target}: Permission denied (a ${os} image runs no programs there)`,
      );
  }
  if (!downloads.some(({ url, target }) => url.includes("/cni-plugins-") && target === "/opt/cni/bin"))
    throw failure("package-source", "the CNI plugins are not among the downloads");
}

function checkVersion(node: NodeFacts, program: string, url: string): void {
  const version = /\/release\/v(\d+\.\d+\.\d+)\/bin\/linux\/\{arch\}\//.exec(url)?.[1];
  if (version === undefined) throw failure("package-source", `${url}: 404 Not Found`);
  if (version === node.kubernetesVersion) return;
  const minor = (text: string): string => text.split(".").slice(0, 2).join(".");
  throw failure(
    minor(version) === minor(node.kubernetesVersion) ? "package-source" : "wrong-minor",
    `${program} would be ${version}, the cluster wants ${node.kubernetesVersion}`,
  );
}
