import assert from "node:assert/strict";
import type { OperatingSystem } from "../../../shared/spec/cluster.ts";
import type { BootFailureReason, BootRole } from "../../../simulator/boot/boot-plan.ts";
import { assertFails, boot, breakFile, dropFile, rendered } from "../../support/boots.ts";

describe("a simulated machine whose files are wrong", () => {
  const NODE = "/etc/clusterwright/node.json";
  const PACKAGES = "/etc/clusterwright/packages";
  const KUBEADM = "/etc/clusterwright/kubeadm";
  type Break = readonly [
    title: string,
    reason: BootFailureReason,
    line: RegExp,
    path: string,
    change: (content: string) => string,
    role?: BootRole,
    os?: OperatingSystem,
  ];
  const swap = (from: string | RegExp, to: string) => (content: string) => content.replace(from, to);
  const HASH = /sha256:[0-9a-f]{64}/;

  const breaks: readonly Break[] = [
    ["node.json is not JSON", "node-facts", /jq: parse error/, NODE, swap("{", "")],
    ["a fact is missing", "node-facts", /region/, NODE, swap('"region"', '"place"')],
    ["the role is unknown", "node-facts", /role/, NODE, swap('"role": "worker"', '"role": "boss"')],
    [
      "the repository is of another minor",
      "wrong-minor",
      /the repository is that of v1\.35/,
      `${PACKAGES}/kubernetes.list`,
      swap("v1.36", "v1.35"),
    ],
    [
      "the repository is somebody else's",
      "package-source",
      /names no deb repository of pkgs\.k8s\.io/,
      `${PACKAGES}/kubernetes.list`,
      swap("pkgs.k8s.io", "pkgs.example.com"),
    ],
    [
      "the repository is of the other kind",
      "package-source",
      /names no deb repository/,
      `${PACKAGES}/kubernetes.list`,
      swap("/deb/", "/rpm/"),
    ],
    [
      "the repository is not signed",
      "package-source",
      /not signed by a key/,
      `${PACKAGES}/kubernetes.list`,
      swap("signed-by=", "trusted=yes "),
    ],
    [
      "an rpm repository is not checked",
      "package-source",
      /not signed by a key/,
      `${PACKAGES}/kubernetes.repo`,
      swap(/^gpgcheck=1$/m, "gpgcheck=0"),
      "worker",
      "rhel-10",
    ],
    [
      "an rpm repository is of another minor",
      "wrong-minor",
      /that of v1\.35/,
      `${PACKAGES}/kubernetes.repo`,
      swap(/v1\.36/g, "v1.35"),
      "worker",
      "rhel-10",
    ],
    [
      "containerd has no repository",
      "package-source",
      /containerd\.list has no/,
      `${PACKAGES}/containerd.list`,
      swap("download.docker.com", "example.com"),
    ],
    [
      "containerd's configuration is of version 2",
      "containerd-config",
      /not version 3/,
      "/etc/containerd/config.toml",
      swap("version = 3", "version = 2"),
    ],
    [
      "containerd does not use systemd's cgroups",
      "containerd-config",
      /SystemdCgroup is not true/,
      "/etc/containerd/config.toml",
      swap("SystemdCgroup = true", "SystemdCgroup = false"),
    ],
    [
      "containerd has no sandbox image",
      "containerd-config",
      /sandbox image/,
      "/etc/containerd/config.toml",
      swap(/^ {2}sandbox.*$/m, ""),
    ],
    [
      "containerd does not look into certs.d",
      "containerd-config",
      /config_path/,
      "/etc/containerd/config.toml",
      swap("config_path", "config_paths"),
    ],
    [
      "br_netfilter is not loaded",
      "missing-file",
      /br_netfilter is never loaded/,
      "/etc/modules-load.d/clusterwright.conf",
      swap("br_netfilter", ""),
    ],
    [
      "packets are not forwarded",
      "missing-file",
      /ip_forward is 0/,
      "/etc/sysctl.d/90-clusterwright.conf",
      swap("net.ipv4.ip_forward = 1", "net.ipv4.ip_forward = 0"),
    ],
    [
      "a kubeadm document has an unknown field",
      "kubeadm-document",
      /strict decoding error/,
      `${KUBEADM}/join.json`,
      swap('"discovery"', '"x": 1, "discovery"'),
    ],
    [
      "a kubeadm document is of v1beta3",
      "kubeadm-document",
      /strict decoding error: apiVersion/,
      `${KUBEADM}/join.json`,
      swap("v1beta4", "v1beta3"),
    ],
    [
      "extra arguments are a map, as in v1beta3",
      "kubeadm-document",
      /extraArgs/,
      `${KUBEADM}/cluster.json`,
      swap(/"extraArgs": \[[^\]]*\]/, '"extraArgs": {"cloud-provider": "external"}'),
      "control-plane-init",
    ],
    [
      "a kubeadm document is something else",
      "kubeadm-document",
      /no kubeadm document/,
      `${KUBEADM}/join.json`,
      swap('"JoinConfiguration"', '"Pod"'),
    ],
    [
      "a worker would join as control plane",
      "kubeadm-document",
      /does not fit the role worker/,
      `${KUBEADM}/join.json`,
      swap('"discovery"', '"controlPlane": {}, "discovery"'),
    ],
    [
      "kubeadm would install another version",
      "kubeadm-document",
      /kubernetesVersion v1\.35\.8/,
      `${KUBEADM}/cluster.json`,
      swap("v1.36.4", "v1.35.8"),
      "control-plane-init",
    ],
    ["the CA's hash is no hash", "ca-hash", /invalid hash/, NODE, swap(HASH, "sha256:abc")],
    ["the CA's hash is of a different kind", "ca-hash", /invalid hash/, NODE, swap("sha256:", "sha512:")],
    [
      "the CA's hash differs between the files",
      "ca-hash",
      /not the hash of node\.json/,
      `${KUBEADM}/join.json`,
      swap(HASH, `sha256:${"0".repeat(64)}`),
    ],
    [
      "the endpoint is no address",
      "endpoint",
      /is no address and port/,
      NODE,
      swap('"apiServerEndpoint": "10.10.0.2:6443"', '"apiServerEndpoint": "10.10.0.256:6443"'),
    ],
    [
      "the endpoint differs between the files",
      "endpoint",
      /apiServerEndpoint is not that/,
      `${KUBEADM}/join.json`,
      swap("10.10.0.2:6443", "10.10.0.3:6443"),
    ],
    [
      "the control plane's endpoint is another",
      "endpoint",
      /controlPlaneEndpoint is not/,
      `${KUBEADM}/cluster.json`,
      swap("10.10.0.2:6443", "10.10.0.3:6443"),
      "control-plane-init",
    ],
    [
      "the API server's certificate lacks the endpoint",
      "endpoint",
      /certSANs lack 10\.10\.0\.2/,
      `${KUBEADM}/cluster.json`,
      swap('"10.10.0.2",', ""),
      "control-plane-init",
    ],
    [
      "the join URL is none",
      "join-url",
      /URL rejected/,
      NODE,
      swap("https://node-join", "ht!tp://node-join"),
    ],
    [
      "the keys' secret is unknown",
      "pki-secret",
      /no secret "" /,
      NODE,
      swap('"pkiSecret"', '"secret"'),
      "control-plane-join",
    ],
    [
      "the keys' secret has an impossible name",
      "pki-secret",
      /no secret "\.\.\/other"/,
      NODE,
      swap("checkout-prod-a1b2c3-pki", "../other"),
      "control-plane-join",
    ],
    [
      "a worker knows the keys' secret",
      "pki-secret",
      /a worker must not know/,
      NODE,
      swap('"role"', '"pkiSecret": "x", "role"'),
    ],
    [
      "the etcd disk has an impossible name",
      "etcd-disk",
      /not one that Compute Engine/,
      NODE,
      swap('"etcdDeviceName": "etcd"', '"etcdDeviceName": "../sda"'),
      "control-plane-join",
    ],
    [
      "etcd's data lies on the disk's root",
      "etcd-disk",
      /DirAvailable refuses/,
      `${KUBEADM}/cluster.json`,
      swap("/var/lib/etcd/data", "/var/lib/etcd"),
      "control-plane-init",
    ],
    ["a range is none", "ranges", /is no IPv4 range/, NODE, swap("10.64.0.0/14", "10.64.0.0/33")],
    ["two ranges overlap", "ranges", /overlaps/, NODE, swap("10.96.0.0/20", "10.64.0.0/20")],
    [
      "kubeadm's ranges are others",
      "ranges",
      /are not those of node\.json/,
      `${KUBEADM}/cluster.json`,
      swap("10.64.0.0/14", "10.68.0.0/14"),
      "control-plane-init",
    ],
    [
      "kube-proxy's range is another",
      "ranges",
      /are not those of node\.json/,
      `${KUBEADM}/kube-proxy.json`,
      swap("10.64.0.0/14", "10.68.0.0/14"),
      "control-plane-init",
    ],
    [
      "the kubelet thinks there is no cloud",
      "kubelet-arguments",
      /--cloud-provider is not external/,
      `${KUBEADM}/join.json`,
      swap('"external"', '"gce"'),
    ],
    [
      "the labels are not handed over",
      "kubelet-arguments",
      /--node-labels are not/,
      `${KUBEADM}/join.json`,
      swap("tier=web", "tier=db"),
    ],
    [
      "the credential provider is not there",
      "kubelet-arguments",
      /plugin binary executable .* did not exist/,
      "/etc/clusterwright/image-credentials.yaml",
      swap("clusterwright-registry", "other-registry"),
    ],
  ];
  for (const [title, reason, line, path, change, role = "worker", os = "debian-13"] of breaks)
    it(`does not join when ${title}`, () => {
      assertFails(boot(breakFile(rendered(os, role), path, change), os), reason, line);
    });

  for (const path of [
    NODE,
    `${PACKAGES}/kubernetes.list`,
    `${PACKAGES}/containerd.list`,
    "/etc/containerd/config.toml",
    `${KUBEADM}/join.json`,
  ])
    it(`does not join without ${path}`, () => {
      const outcome = boot(dropFile(rendered(), path), "debian-13");
      assert.ok(!outcome.ok);
      assert.match(outcome.console.at(-1) ?? "", /No such file|there is no JoinConfiguration/);
    });
});
