/** What a machine says of itself when its kubelet registers: capacity, addresses, versions, labels and taints. */
import { createMemory } from "../../remembered.ts";
import type { Node, Taint } from "../objects/object.ts";
import { sealed } from "../objects/sealed.ts";

export interface Machine {
  readonly nodeName: string;
  readonly internalIp: string;
  readonly externalIp?: string | undefined;
  readonly zone?: string | undefined;
  /** `e2-standard-4`: the CCM labels the node with it. */
  readonly machineType?: string | undefined;
  /** `gce://project/zone/name`. */
  readonly providerId?: string | undefined;
  readonly kubeletVersion: string;
  readonly osImage: string;
  readonly kernelVersion: string;
  /** `containerd://2.3.2`. */
  readonly containerRuntimeVersion: string;
  readonly architecture?: "amd64" | "arm64";
  readonly cpus?: number;
  readonly memoryBytes?: number;
  readonly diskBytes?: number;
  readonly podsMax?: number;
  /** E.g. `{ "nvidia.com/gpu": "1" }`. */
  readonly extendedResources?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  /** `--cloud-provider=external`: tainted until the CCM has initialised it. */
  readonly cloudProviderExternal?: boolean;
  /** `alias-ip`: its boot script wrote a host-local network, which works once podCIDR is set. */
  readonly network?: "plugin" | "alias-ip";
  /** The machine's alias range; the CCM copies it into podCIDR. */
  readonly aliasCidr?: string | undefined;
}

const GIB = 2 ** 30;
// kubelet --max-pods, default 110.
const PODS_MAX = 110;
// What kubeadm's kubelet keeps for itself: 100 MiB hard eviction threshold for memory, 10 % of the disk.
const EVICTION_MEMORY_KI = 100 * 1_024;
const DISK_SHARE_FOR_PODS = 0.9;

export const UNINITIALIZED_TAINT = "node.cloudprovider.kubernetes.io/uninitialized";
export const NOT_READY_TAINT = "node.kubernetes.io/not-ready";
export const CONTROL_PLANE_ROLE = "node-role.kubernetes.io/control-plane";

/** Machines of a size share what they say of it. */
const sizes = createMemory<ReturnType<typeof sizeOf>>();
function resources(machine: Machine) {
  const { cpus, memoryBytes, diskBytes, podsMax, extendedResources } = machine;
  const key = JSON.stringify([cpus, memoryBytes, diskBytes, podsMax, extendedResources]);
  return sizes(key, () => sealed(sizeOf(machine)));
}
function sizeOf(machine: Machine) {
  const cpus = machine.cpus ?? 4;
  const memoryKi = Math.floor((machine.memoryBytes ?? 16 * GIB) / 1_024);
  const diskKi = Math.floor((machine.diskBytes ?? 100 * GIB) / 1_024);
  const common = {
    cpu: String(cpus),
    "hugepages-1Gi": "0",
    "hugepages-2Mi": "0",
    pods: String(machine.podsMax ?? PODS_MAX),
    ...machine.extendedResources,
  };
  return {
    capacity: { ...common, memory: `${memoryKi}Ki`, "ephemeral-storage": `${diskKi}Ki` },
    allocatable: {
      ...common,
      memory: `${memoryKi - EVICTION_MEMORY_KI}Ki`,
      "ephemeral-storage": String(Math.floor(diskKi * 1_024 * DISK_SHARE_FOR_PODS)),
    },
  };
}

const HEALTHY = [
  ["MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"],
  ["DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"],
  ["PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"],
] as const;

export const NETWORK_NOT_READY =
  "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized";

/** The node's conditions as its kubelet first reports them. */
export function firstConditions(now: string) {
  const times = { lastHeartbeatTime: now, lastTransitionTime: now };
  return [
    ...HEALTHY.map(([type, reason, message]) => ({
      type,
      status: "False" as const,
      ...times,
      reason,
      message,
    })),
    {
      type: "Ready",
      status: "False" as const,
      ...times,
      reason: "KubeletNotReady",
      message: NETWORK_NOT_READY,
    },
  ];
}

export function nodeLabels(machine: Machine, controlPlane: boolean): Record<string, string> {
  const architecture = machine.architecture ?? "amd64";
  return {
    "beta.kubernetes.io/arch": architecture,
    "beta.kubernetes.io/os": "linux",
    "kubernetes.io/arch": architecture,
    "kubernetes.io/hostname": machine.nodeName,
    "kubernetes.io/os": "linux",
    ...(controlPlane
      ? { [CONTROL_PLANE_ROLE]: "", "node.kubernetes.io/exclude-from-external-load-balancers": "" }
      : {}),
    ...machine.labels,
  };
}
export function nodeTaints(machine: Machine, controlPlane: boolean): Taint[] {
  return [
    ...(machine.taints ?? []),
    ...(controlPlane ? [{ key: CONTROL_PLANE_ROLE, effect: "NoSchedule" as const }] : []),
    ...(machine.cloudProviderExternal === true
      ? [{ key: UNINITIALIZED_TAINT, value: "true", effect: "NoSchedule" as const }]
      : []),
    { key: NOT_READY_TAINT, effect: "NoSchedule" },
  ];
}

export function nodeInfo(
  machine: Machine,
  ids: { machineId: string; bootId: string },
): Record<string, string> {
  return {
    machineID: ids.machineId.replaceAll("-", ""),
    systemUUID: ids.machineId,
    bootID: ids.bootId,
    kernelVersion: machine.kernelVersion,
    osImage: machine.osImage,
    containerRuntimeVersion: machine.containerRuntimeVersion,
    kubeletVersion: machine.kubeletVersion,
    kubeProxyVersion: "",
    operatingSystem: "linux",
    architecture: machine.architecture ?? "amd64",
  };
}

const ENDPOINTS = sealed({ kubeletEndpoint: { Port: 10250 } });

/** The status that goes with the registration. With an external cloud provider only the host name is known. */
export function firstStatus(
  machine: Machine,
  ids: { machineId: string; bootId: string },
  now: string,
): Node["status"] {
  const addresses = [
    { type: "InternalIP", address: machine.internalIp },
    { type: "Hostname", address: machine.nodeName },
  ];
  return {
    ...resources(machine),
    conditions: firstConditions(now),
    addresses,
    daemonEndpoints: ENDPOINTS,
    nodeInfo: nodeInfo(machine, ids),
    images: [],
  };
}
