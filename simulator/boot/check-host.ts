/** Whether the host's own configuration would let a kubelet run: kernel, containerd, credentials. */
import { stepFailure } from "./boot-plan.ts";

type Files = ReadonlyMap<string, string>;
const CONTAINERD_CONFIG = "/etc/containerd/config.toml";
const MODULES = ["overlay", "br_netfilter"] as const;

/** What containerd 2 must be told: pattern, and the sentence when it is not. */
const CONTAINERD: readonly (readonly [RegExp, string])[] = [
  [/^version = 3$/m, "its configuration is not version 3"],
  [
    /^\[plugins\.['"]io\.containerd\.cri\.v1\.runtime['"]\.containerd\.runtimes\.runc\.options\]\s*\n\s*SystemdCgroup = true$/m,
    "SystemdCgroup is not true: the kubelet uses the systemd cgroup driver",
  ],
  [/^\s*sandbox = ['"]registry\.k8s\.io\/pause:[\d.]+['"]$/m, "the sandbox image is not pinned"],
  [
    /^\s*config_path = ['"]\/etc\/containerd\/certs\.d['"]$/m,
    "the registries' config_path is not /etc/containerd/certs.d",
  ],
];

/** @throws BootFailure */
export function checkHost(files: Files): void {
  const lines = (directory: string): readonly string[] =>
    [...files]
      .filter(([path]) => path.startsWith(directory))
      .flatMap(([, content]) => content.split("\n").map((line) => line.trim()));
  const modules = lines("/etc/modules-load.d/");
  const missing = MODULES.find((module) => !modules.includes(module));
  if (missing !== undefined)
    throw stepFailure("missing-file", "kernel", `the module ${missing} is never loaded`);
  if (!lines("/etc/sysctl.d/").some((line) => /^net\.ipv4\.ip_forward\s*=\s*1$/.test(line)))
    throw stepFailure("missing-file", "kernel", "net.ipv4.ip_forward is 0: kubeadm's preflight refuses");
  const containerd = files.get(CONTAINERD_CONFIG);
  if (containerd === undefined)
    throw stepFailure("containerd-config", "containerd", `${CONTAINERD_CONFIG}: No such file or directory`);
  for (const [pattern, why] of CONTAINERD)
    if (!pattern.test(containerd)) throw stepFailure("containerd-config", "containerd", why);
}
