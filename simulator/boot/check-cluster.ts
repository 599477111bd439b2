/** Whether the machine would find its cluster and fit into it: endpoint, CA, keys, ranges, etcd. */
import ipaddr from "ipaddr.js";
import { type BootFailureReason, type ClusterFacts, stepFailure } from "./boot-plan.ts";
import type { KubeadmDocuments } from "./kubeadm-documents.ts";
import type { NodeFacts } from "./node-facts.ts";

const CA_HASH = /^sha256:[0-9a-f]{64}$/;
/** https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets/create */
const SECRET_NAME = /^[A-Za-z0-9_-]{1,255}$/;
const DEVICE_NAME = /^[a-z]([-a-z0-9]{0,62})$/;
const PORT_MAX = 65535;

function require(holds: boolean, reason: BootFailureReason, step: string, why: string): asserts holds {
  if (!holds) throw stepFailure(reason, step, why);
}

/** @throws BootFailure */
export function checkJoining(node: NodeFacts, documents: KubeadmDocuments): void {
  require(CA_HASH.test(
    node.caHash,
  ), "ca-hash", "kubeadm-join", `caCertHashes: invalid hash ${JSON.stringify(node.caHash)}, expected "sha256:" and 64 hex digits`);
  const [address = "", port = ""] = node.apiServerEndpoint.split(":");
  const reachable =
    ipaddr.IPv4.isValidFourPartDecimal(address) && /^\d+$/.test(port) && Number(port) <= PORT_MAX;
  require(reachable, "endpoint", "kubeadm-join", `${JSON.stringify(node.apiServerEndpoint)} is no address and port`);
  require(node.api.internalAddress ===
    address, "endpoint", "kubeadm-join", "the endpoint is not the internal address");
  require(isHttpUrl(
    node.joinUrl,
  ), "join-url", "join-request", `curl: (3) URL rejected: ${JSON.stringify(node.joinUrl)}`);
  const discovery = documents.JoinConfiguration?.discovery.bootstrapToken;
  require(discovery !==
    undefined, "missing-file", "kubeadm-join", "there is no JoinConfiguration with bootstrapToken");
  require(discovery.caCertHashes.includes(
    node.caHash,
  ), "ca-hash", "kubeadm-join", "caCertHashes is not the hash of node.json");
  require(discovery.apiServerEndpoint ===
    node.apiServerEndpoint, "endpoint", "kubeadm-join", "apiServerEndpoint is not that of node.json");
  const joinsAsControlPlane = documents.JoinConfiguration?.controlPlane !== undefined;
  require(joinsAsControlPlane ===
    (node.role !==
      "worker"), "kubeadm-document", "kubeadm-join", `controlPlane does not fit the role ${node.role}`);
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && ["http:", "https:"].includes(new URL(text).protocol);
}

/** @throws BootFailure */
export function checkControlPlane(node: NodeFacts): void {
  if (node.role === "worker") {
    require(node.pkiSecret ===
      undefined, "pki-secret", "pki", "a worker must not know where the cluster's keys are");
    return;
  }
  require(SECRET_NAME.test(
    node.pkiSecret ?? "",
  ), "pki-secret", "pki", `no secret ${JSON.stringify(node.pkiSecret ?? "")} with the cluster's keys: 404`);
  const device = node.etcdDeviceName;
  require(device === undefined ||
    DEVICE_NAME.test(
      device,
    ), "etcd-disk", "etcd-disk", "the device name is not one that Compute Engine would give");
}

/** @throws BootFailure */
export function checkRanges(node: NodeFacts): void {
  const ranges = Object.entries(node.network);
  for (const [name, range] of ranges)
    require(ipaddr.IPv4.isValidCIDR(
      range,
    ), "ranges", "kubeadm", `network.${name}: ${JSON.stringify(range)} is no IPv4 range`);
  for (const [at, [name, range]] of ranges.entries())
    for (const [other, otherRange] of ranges.slice(at + 1))
      require(!overlap(
        range,
        otherRange,
      ), "ranges", "kubeadm", `network.${name} ${range} overlaps network.${other} ${otherRange}`);
}

function overlap(left: string, right: string): boolean {
  const [leftAddress, leftBits] = ipaddr.IPv4.parseCIDR(left);
  const [rightAddress, rightBits] = ipaddr.IPv4.parseCIDR(right);
  return leftAddress.match(rightAddress, Math.min(leftBits, rightBits));
}

/** What `kubeadm init` would make. @throws BootFailure */
export function readCluster(node: NodeFacts, documents: KubeadmDocuments): ClusterFacts {
  const cluster = documents.ClusterConfiguration;
  require(cluster !== undefined, "missing-file", "kubeadm-init", "there is no ClusterConfiguration");
  require(documents.InitConfiguration !==
    undefined, "missing-file", "kubeadm-init", "there is no InitConfiguration");
  require(cluster.kubernetesVersion ===
    `v${node.kubernetesVersion}`, "kubeadm-document", "kubeadm-init", `kubernetesVersion ${cluster.kubernetesVersion} is not that of node.json`);
  require(cluster.controlPlaneEndpoint ===
    node.apiServerEndpoint, "endpoint", "kubeadm-init", "controlPlaneEndpoint is not the load balancer's");
  const { podSubnet = "", serviceSubnet = "" } = cluster.networking ?? {};
  const proxyRange = documents.KubeProxyConfiguration?.clusterCIDR ?? node.network.pods;
  const fits =
    podSubnet === node.network.pods && serviceSubnet === node.network.services && proxyRange === podSubnet;
  require(fits, "ranges", "kubeadm-init", "podSubnet, serviceSubnet and clusterCIDR are not those of node.json");
  const certSANs = cluster.apiServer?.certSANs ?? [];
  require(certSANs.includes(
    node.api.internalAddress,
  ), "endpoint", "kubeadm-init", `certSANs lack ${node.api.internalAddress}: nobody could verify the API server`);
  const etcdDataDirectory = cluster.etcd?.local?.dataDir ?? "/var/lib/etcd";
  const subdirectory =
    node.etcdDeviceName === undefined || /^\/var\/lib\/etcd\/[^/]+$/.test(etcdDataDirectory);
  require(subdirectory, "etcd-disk", "kubeadm-init", `${etcdDataDirectory} is not a directory on the etcd disk: DirAvailable refuses`);
  const argument = (name: string) =>
    cluster.controllerManager?.extraArgs?.find((one) => one.name === name)?.value;
  require(argument("cloud-provider") ===
    "external", "kubeadm-document", "kubeadm-init", "the controller manager's cloud-provider is not external");
  return {
    podSubnet,
    serviceSubnet,
    certSANs,
    controlPlaneEndpoint: cluster.controlPlaneEndpoint ?? "",
    kubeProxy: cluster.proxy?.disabled !== true,
    allocateNodeCidrs: argument("allocate-node-cidrs") !== "false",
    etcdDataDirectory,
  };
}
