/** Where add-on pods run and how they reach the API before the pod network stands. */
import { API_PORT } from "../../api-server.ts";
import type { AddonSettings } from "./settings.ts";
import type { EnvVar, Toleration } from "./types.ts";

export const CONTROL_PLANE_NODES = { "node-role.kubernetes.io/control-plane": "" } as const;
export const LINUX_NODES = { "kubernetes.io/os": "linux" } as const;

/** For what makes nodes Ready: control-plane nodes, not Ready, without network, not yet known to the cloud. */
export const BEFORE_READY: readonly Toleration[] = [
  { key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" },
  { key: "node.cloudprovider.kubernetes.io/uninitialized", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/not-ready", operator: "Exists" },
  { key: "node.kubernetes.io/network-unavailable", operator: "Exists", effect: "NoSchedule" },
];
export const ON_CONTROL_PLANE: readonly Toleration[] = [
  { key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" },
];
/** Every taint there is: for what belongs on each node. */
export const EVERYWHERE: readonly Toleration[] = [{ operator: "Exists" }];

/**
 * In-cluster clients call the Service address by default, which needs kube-proxy and stands for port 443; the internal
 * load balancer answers from the start, on kubeadm's port, so host and port are both said.
 */
export function apiEnvironment(settings: AddonSettings): readonly EnvVar[] {
  return [
    { name: "KUBERNETES_SERVICE_HOST", value: settings.apiAddress },
    { name: "KUBERNETES_SERVICE_PORT", value: String(API_PORT) },
  ];
}
