/** Files that every machine gets, the same whatever the spec says. */

import type { OperatingSystem } from "../spec/cluster.ts";
import { OPERATING_SYSTEMS } from "./operating-systems.ts";
import { CONTAINERD_CONFIG, CREDENTIAL_PROVIDER_CONFIG } from "./paths.ts";
import { REGISTRY_CREDENTIALS } from "./scripts.ts";

/** A file on a machine. */
export interface MachineFile {
  /** Absolute. */
  readonly path: string;
  readonly mode: number;
  readonly content: string;
}
export const DATA_MODE = 0o644;
const PROGRAM_MODE = 0o755;

const file = (path: string, lines: readonly string[]): MachineFile => ({
  path,
  mode: DATA_MODE,
  content: `${lines.join("\n")}\n`,
});

/** EL10 and Rocky 9 load nf_conntrack and nf_tables too late by themselves (kops #17915, #17968). */
const MODULES = file("/etc/modules-load.d/clusterwright.conf", [
  "overlay",
  "br_netfilter",
  "nf_conntrack",
  "nf_tables",
]);

/** As Kubernetes' image-builder sets them. */
const SYSCTLS = file("/etc/sysctl.d/90-clusterwright.conf", [
  "net.bridge.bridge-nf-call-iptables = 1",
  "net.bridge.bridge-nf-call-ip6tables = 1",
  "net.ipv4.ip_forward = 1",
  "net.ipv6.conf.all.forwarding = 1",
  "fs.inotify.max_user_instances = 8192",
  "fs.inotify.max_user_watches = 524288",
  "vm.overcommit_memory = 1",
  "kernel.panic = 10",
  "kernel.panic_on_oops = 1",
]);

const CONTAINERD = file(CONTAINERD_CONFIG, [
  "version = 3",
  "",
  "[plugins.'io.containerd.cri.v1.images'.pinned_images]",
  "  sandbox = 'registry.k8s.io/pause:3.10.2'",
  "",
  "[plugins.'io.containerd.cri.v1.images'.registry]",
  "  config_path = '/etc/containerd/certs.d'",
  "",
  "[plugins.'io.containerd.cri.v1.runtime'.containerd]",
  "  default_runtime_name = 'runc'",
  "",
  "[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]",
  "  runtime_type = 'io.containerd.runc.v2'",
  "",
  "[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]",
  "  SystemdCgroup = true",
]);

/** Docker Hub limits anonymous pulls by address, and private nodes share one; Google's cache comes first. */
const DOCKER_HUB_MIRROR = file("/etc/containerd/certs.d/docker.io/hosts.toml", [
  "server = 'https://registry-1.docker.io'",
  "",
  "[host.'https://mirror.gcr.io']",
  "  capabilities = ['pull', 'resolve']",
]);

const CREDENTIALS = file(CREDENTIAL_PROVIDER_CONFIG, [
  "apiVersion: kubelet.config.k8s.io/v1",
  "kind: CredentialProviderConfig",
  "providers:",
  "  - name: clusterwright-registry-credentials",
  "    apiVersion: credentialprovider.kubelet.k8s.io/v1",
  "    defaultCacheDuration: 1m",
  "    matchImages:",
  '      - "gcr.io"',
  '      - "*.gcr.io"',
  '      - "*.pkg.dev"',
]);

/** What kubeadm's packages bring elsewhere (github.com/kubernetes/release, cmd/krel/templates). */
function kubeletUnit(binDirectory: string): readonly MachineFile[] {
  return [
    file("/etc/systemd/system/kubelet.service", [
      "[Unit]",
      "Description=kubelet: The Kubernetes Node Agent",
      "Documentation=https://kubernetes.io/docs/",
      "Wants=network-online.target",
      "After=network-online.target containerd.service",
      "",
      "[Service]",
      `ExecStart=${binDirectory}/kubelet`,
      "Restart=always",
      "StartLimitInterval=0",
      "RestartSec=10",
      "",
      "[Install]",
      "WantedBy=multi-user.target",
    ]),
    file("/etc/systemd/system/kubelet.service.d/10-kubeadm.conf", [
      "[Service]",
      `Environment="PATH=${binDirectory}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"`,
      'Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"',
      'Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"',
      "EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env",
      "ExecStart=",
      `ExecStart=${binDirectory}/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS`,
    ]),
  ];
}

/** Flatcar's own unit reads the configuration in /usr. */
const FLATCAR_CONTAINERD = file("/etc/systemd/system/containerd.service.d/10-configuration.conf", [
  "[Service]",
  "ExecStart=",
  `ExecStart=/usr/bin/containerd --config ${CONTAINERD_CONFIG}`,
]);

export function hostFiles(os: OperatingSystem): readonly MachineFile[] {
  const { binDirectory, packages } = OPERATING_SYSTEMS[os];
  return [
    MODULES,
    SYSCTLS,
    CONTAINERD,
    DOCKER_HUB_MIRROR,
    CREDENTIALS,
    {
      path: `${binDirectory}/clusterwright-registry-credentials`,
      mode: PROGRAM_MODE,
      content: REGISTRY_CREDENTIALS,
    },
    ...(packages === "binaries" ? kubeletUnit(binDirectory) : []),
    ...(os === "flatcar" ? [FLATCAR_CONTAINERD] : []),
  ];
}
