/** Whether the boot script takes the steps without which a machine does not become a node. */

import type { BootRole } from "./boot-plan.ts";
import { stepFailure } from "./boot-plan.ts";
import type { Image } from "./image-facts.ts";

interface Step {
  readonly name: string;
  readonly pattern: RegExp;
  readonly why: string;
  readonly roles?: readonly BootRole[];
}
const CONTROL_PLANE: readonly BootRole[] = ["control-plane-init", "control-plane-join"];

const STEPS: readonly Step[] = [
  {
    name: "kernel",
    pattern: /(?:^|\s)modprobe\s/m,
    why: "br_netfilter and overlay are never loaded: kubeadm's preflight refuses",
  },
  {
    name: "kernel",
    pattern: /(?:^|\s)sysctl\s+-/m,
    why: "net.ipv4.ip_forward is 0: kubeadm's preflight refuses",
  },
  {
    name: "kernel",
    pattern: /(?:^|\s)swapoff\s/m,
    why: "running with swap on is not supported: kubeadm's preflight refuses",
  },
  {
    name: "containerd",
    pattern: /systemctl\b.*\b(?:re)?start containerd\b/,
    why: "containerd is never started with its configuration",
  },
  {
    name: "kubelet",
    pattern: /systemctl\b.*\benable\b.*\bkubelet\b/,
    why: "the kubelet is not enabled: it would not survive a restart",
  },
  {
    name: "join-request",
    pattern: /service-accounts\/default\/identity\b/,
    why: "no identity token is asked for: node-join would answer 401",
  },
  {
    name: "join-request",
    pattern: /audience=\$/,
    why: "the identity token has no audience: node-join would answer 401",
  },
  { name: "kubeadm-join", pattern: /\bkubeadm join --config\b/, why: "kubeadm join is never run" },
  {
    name: "kubeadm-init",
    pattern: /\bkubeadm init --config\b/,
    why: "kubeadm init is never run",
    roles: ["control-plane-init"],
  },
  {
    name: "pki",
    pattern: /secretmanager\.googleapis\.com\/v1\/projects\//,
    why: "the cluster's keys are never read: kubeadm would make a CA of its own",
    roles: CONTROL_PLANE,
  },
  {
    name: "etcd-disk",
    pattern: /\/dev\/disk\/by-id\/google-/,
    why: "the etcd disk is never mounted",
    roles: CONTROL_PLANE,
  },
  {
    name: "etcd-members",
    pattern: /\/v3\/cluster\/member\/list\b/,
    why: "etcd is never asked for its members: one that lost its data would start without it, and panic",
    roles: CONTROL_PLANE,
  },
  {
    name: "etcd-member",
    pattern: /\bDirAvailable--var-lib-etcd-data\b/,
    why: "kubeadm is never told that a kept disk's data is meant: DirAvailable refuses",
    roles: CONTROL_PLANE,
  },
];
const MANAGERS = [
  { manager: "apt", pattern: /(?:^|\s)apt-get\s+-/m, program: "apt-get" },
  { manager: "dnf", pattern: /(?:^|\s)dnf\s+-/m, program: "dnf" },
] as const;

/** Comments do not run. */
const code = (script: string): string =>
  script
    .split("\n")
    .filter((line) => !line.trimStart().startsWith("#"))
    .join("\n");

/** @throws BootFailure */
export function checkScript(script: string, role: BootRole, image: Image): void {
  const text = code(script);
  for (const { manager, pattern, program } of MANAGERS)
    if (manager !== image.packageManager && pattern.test(text))
      throw stepFailure("wrong-package-manager", "tools", `${program}: command not found`);
  for (const { name, pattern, why, roles } of STEPS)
    if ((roles === undefined || roles.includes(role)) && !pattern.test(text))
      throw stepFailure("missing-step", name, why);
}
