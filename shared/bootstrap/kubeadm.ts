/** The kubeadm v1beta4 documents of a machine, as plain data; the boot script only adds the node's name and the token. */
import type { MachineInput } from "./machine-input.ts";
import { OPERATING_SYSTEMS } from "./operating-systems.ts";
import { CREDENTIAL_PROVIDER_CONFIG } from "./paths.ts";

export const KUBEADM_API = "kubeadm.k8s.io/v1beta4";
export const ETCD_MOUNT = "/var/lib/etcd";
/** A subdirectory, so that `lost+found` does not stand in kubeadm's way (kubeadm #2127). */
export const ETCD_DATA = `${ETCD_MOUNT}/data`;
const CONTAINERD_SOCKET = "unix:///run/containerd/containerd.sock";
/** Nobody uses kubeadm init's own token: members and workers get theirs from node-join. */
const OWN_TOKEN_TTL = "15m0s";
/** A Spot machine is stopped 30 s after the notice: https://cloud.google.com/compute/docs/instances/spot */
const SHUTDOWN_GRACE = { all: "30s", critical: "10s" } as const;

export interface Argument {
  readonly name: string;
  readonly value: string;
}
export type KubeadmDocument = Readonly<Record<string, unknown>> & {
  readonly apiVersion: string;
  readonly kind: string;
};
const argument = (name: string, value: string): Argument => ({ name, value });
const byText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

function kubeletArguments(input: MachineInput): readonly Argument[] {
  const { binDirectory, volumePluginDirectory } = OPERATING_SYSTEMS[input.os];
  const labels = Object.entries(input.nodeLabels)
    .sort(([left], [right]) => byText(left, right))
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  return [
    argument("cloud-provider", "external"),
    argument("image-credential-provider-bin-dir", binDirectory),
    argument("image-credential-provider-config", CREDENTIAL_PROVIDER_CONFIG),
    ...(labels === "" ? [] : [argument("node-labels", labels)]),
    ...(volumePluginDirectory === undefined ? [] : [argument("volume-plugin-dir", volumePluginDirectory)]),
  ];
}

function nodeRegistration(input: MachineInput): Readonly<Record<string, unknown>> {
  const controlPlane = input.role !== "worker";
  const taints = [
    ...(controlPlane ? [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }] : []),
    ...input.taints.map(({ key, value, effect }) => ({
      key,
      ...(value === undefined ? {} : { value }),
      effect,
    })),
  ];
  return {
    criSocket: CONTAINERD_SOCKET,
    // An empty list says "no taints"; absent would mean kubeadm's default.
    taints,
    kubeletExtraArgs: kubeletArguments(input),
    ignorePreflightErrors: [
      // kube-proxy brings its own conntrack; the immutable systems do not ship one.
      ...(OPERATING_SYSTEMS[input.os].packages === "binaries" ? ["FileExisting-conntrack"] : []),
    ],
    imagePullPolicy: "IfNotPresent",
  };
}

/** `InitConfiguration`, but for the node's name. */
export function initConfiguration(input: MachineInput): KubeadmDocument {
  return {
    apiVersion: KUBEADM_API,
    kind: "InitConfiguration",
    bootstrapTokens: [
      {
        description: "Made by kubeadm init, used by nobody.",
        ttl: OWN_TOKEN_TTL,
        usages: ["signing", "authentication"],
        groups: ["system:bootstrappers:kubeadm:default-node-token"],
      },
    ],
    nodeRegistration: nodeRegistration(input),
    localAPIEndpoint: { bindPort: input.api.port },
  };
}

/** `JoinConfiguration`, but for the node's name, the token and the address to join by. */
export function joinConfiguration(input: MachineInput): KubeadmDocument {
  return {
    apiVersion: KUBEADM_API,
    kind: "JoinConfiguration",
    discovery: {
      bootstrapToken: {
        apiServerEndpoint: `${input.api.internalAddress}:${input.api.port}`,
        caCertHashes: [input.caHash],
      },
    },
    nodeRegistration: nodeRegistration(input),
    ...(input.role === "worker" ? {} : { controlPlane: { localAPIEndpoint: { bindPort: input.api.port } } }),
  };
}

export function clusterConfiguration(input: MachineInput): KubeadmDocument {
  const { api, network, os, plugin } = input;
  const { volumePluginDirectory } = OPERATING_SYSTEMS[os];
  return {
    apiVersion: KUBEADM_API,
    kind: "ClusterConfiguration",
    clusterName: input.clusterId,
    kubernetesVersion: `v${input.kubernetesVersion}`,
    controlPlaneEndpoint: `${api.internalAddress}:${api.port}`,
    encryptionAlgorithm: "ECDSA-P256",
    networking: {
      dnsDomain: "cluster.local",
      podSubnet: network.pods,
      serviceSubnet: network.services,
    },
    apiServer: {
      certSANs: [
        api.internalAddress,
        ...(api.externalAddress === undefined ? [] : [api.externalAddress]),
        "127.0.0.1",
      ],
    },
    controllerManager: {
      extraArgs: [
        // With alias IP ranges the cloud controller manager hands out the pods' ranges.
        argument("allocate-node-cidrs", plugin === "alias-ip" ? "false" : "true"),
        argument("cloud-provider", "external"),
        ...(volumePluginDirectory === undefined
          ? []
          : [argument("flex-volume-plugin-dir", volumePluginDirectory)]),
      ],
    },
    etcd: { local: { dataDir: ETCD_DATA } },
  };
}

export function kubeletConfiguration(): KubeadmDocument {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    cgroupDriver: "systemd",
    shutdownGracePeriod: SHUTDOWN_GRACE.all,
    shutdownGracePeriodCriticalPods: SHUTDOWN_GRACE.critical,
  };
}

/** One mode for every pool, because kube-proxy has one configuration a cluster: EL10 has no legacy iptables. */
export function kubeProxyConfiguration(input: MachineInput): KubeadmDocument {
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "nftables",
    clusterCIDR: input.network.pods,
  };
}

/** The documents that the role needs, by the name of the file that holds them. */
export function kubeadmDocuments(input: MachineInput): Readonly<Record<string, KubeadmDocument>> {
  const join = { "join.json": joinConfiguration(input) };
  if (input.role !== "control-plane-init") return join;
  return {
    "cluster.json": clusterConfiguration(input),
    "init.json": initConfiguration(input),
    // A first machine that finds the cluster alive joins it instead.
    ...join,
    "kube-proxy.json": kubeProxyConfiguration(input),
    "kubelet.json": kubeletConfiguration(),
  };
}
