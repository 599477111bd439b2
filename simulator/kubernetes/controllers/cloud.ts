/** The cloud controller manager, at work only while a pod of it runs: initialises nodes and removes those whose machine is gone. */
import { deleteObject } from "../api/deletion.ts";
import type { Kubelet } from "../kubelet.ts";
import { conditionStatus, type Node, type Pod } from "../objects/object.ts";
import { type Machine, UNINITIALIZED_TAINT } from "../workloads/machine.ts";
import { isReady } from "../workloads/pod-ready.ts";
import type { Control } from "./control.ts";

export interface CloudOptions {
  readonly kubelet: (nodeName: string) => Kubelet | undefined;
  readonly machineState: (providerId: string) => "running" | "stopped" | "gone";
}
// cloud-provider's node lifecycle controller looks at nodes that are not ready every --node-monitor-period, 5s.
const MONITOR_MS = 5_000;
const SHUTDOWN_TAINT = { key: "node.cloudprovider.kubernetes.io/shutdown", effect: "NoSchedule" } as const;

function isManager(pod: Pod): boolean {
  return pod.spec.containers.some(({ image }) => image.includes("cloud-controller-manager"));
}
function regionOf(zone: string): string {
  return zone.slice(0, zone.lastIndexOf("-"));
}
function labelsOf({ zone, machineType }: Machine): Record<string, string> {
  const type =
    machineType === undefined
      ? {}
      : { "node.kubernetes.io/instance-type": machineType, "beta.kubernetes.io/instance-type": machineType };
  if (zone === undefined) return type;
  const region = regionOf(zone);
  return {
    ...type,
    "topology.kubernetes.io/zone": zone,
    "topology.kubernetes.io/region": region,
    "failure-domain.beta.kubernetes.io/zone": zone,
    "failure-domain.beta.kubernetes.io/region": region,
    "topology.gke.io/zone": zone,
  };
}
/** The node as the cloud describes its machine. */
export function initialized(node: Node, machine: Machine): Node {
  const taints = (node.spec.taints ?? []).filter(({ key }) => key !== UNINITIALIZED_TAINT);
  const external =
    machine.externalIp === undefined ? [] : [{ type: "ExternalIP", address: machine.externalIp }];
  const podCIDR = node.spec.podCIDR ?? machine.aliasCidr;
  return {
    ...node,
    metadata: { ...node.metadata, labels: { ...node.metadata.labels, ...labelsOf(machine) } },
    spec: {
      ...node.spec,
      ...(machine.providerId === undefined ? {} : { providerID: machine.providerId }),
      ...(podCIDR === undefined ? {} : { podCIDR, podCIDRs: [podCIDR] }),
      taints: taints.length === 0 ? undefined : taints,
    },
    status: {
      ...node.status,
      addresses: [
        { type: "InternalIP", address: machine.internalIp },
        ...external,
        { type: "Hostname", address: machine.nodeName },
      ],
    },
  };
}

export function startCloudController(control: Control, options: CloudOptions): void {
  const { state, queue, record } = control;
  const { store } = state;
  const managers = new Set<string>();
  const working = () => managers.size > 0;

  function initialize(name: string) {
    const node = store.get<Node>("nodes", undefined, name);
    const machine = options.kubelet(name)?.machine;
    if (node === undefined || machine === undefined || !working()) return;
    if (!(node.spec.taints ?? []).some(({ key }) => key === UNINITIALIZED_TAINT)) return;
    store.put("nodes", initialized(node, machine));
    record({
      about: node,
      reason: "Synced",
      message: "Node synced successfully",
      component: "cloud-node-controller",
    });
  }
  function monitor(name: string) {
    const node = store.get<Node>("nodes", undefined, name);
    if (
      node === undefined ||
      !working() ||
      conditionStatus(node, "Ready") === "True" ||
      node.spec.providerID === undefined
    )
      return;
    const machine = options.machineState(node.spec.providerID);
    const taints = node.spec.taints ?? [];
    if (machine === "gone") {
      record({
        about: node,
        reason: "DeletingNode",
        message: `Deleting node ${name} because it does not exist in the cloud provider`,
        component: "cloud-node-lifecycle-controller",
      });
      return void deleteObject(state, "nodes", node);
    }
    if (machine === "stopped" && !taints.some(({ key }) => key === SHUTDOWN_TAINT.key))
      store.put("nodes", { ...node, spec: { ...node.spec, taints: [...taints, SHUTDOWN_TAINT] } });
    queue.add(`cloud/${name}/monitor`, () => monitor(name), MONITOR_MS);
  }
  function look(name: string) {
    queue.add(`cloud/${name}/initialize`, () => initialize(name));
    const node = store.get<Node>("nodes", undefined, name);
    if (node !== undefined && conditionStatus(node, "Ready") === "Unknown")
      queue.add(`cloud/${name}/monitor`, () => monitor(name), MONITOR_MS);
    else if (
      node !== undefined &&
      conditionStatus(node, "Ready") === "True" &&
      (node.spec.taints ?? []).some(({ key }) => key === SHUTDOWN_TAINT.key)
    )
      queue.add(`cloud/${name}/started`, () => started(name));
  }
  function started(name: string) {
    const node = store.get<Node>("nodes", undefined, name);
    if (node === undefined || !working()) return;
    store.put("nodes", {
      ...node,
      spec: { ...node.spec, taints: node.spec.taints?.filter(({ key }) => key !== SHUTDOWN_TAINT.key) },
    });
  }

  store.subscribe("pods", ({ type, object }) => {
    const pod = object as Pod;
    if (!isManager(pod)) return;
    const was = working();
    if (type !== "DELETED" && isReady(pod)) managers.add(pod.metadata.uid);
    else managers.delete(pod.metadata.uid);
    if (!was && working()) for (const node of store.list("nodes")) look(node.metadata.name);
  });
  store.subscribe("nodes", ({ type, object }) => {
    if (type !== "DELETED" && working()) look(object.metadata.name);
  });
}
