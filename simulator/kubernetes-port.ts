/** The Kubernetes port of the control plane, in process: every cluster of a simulated cloud by its addresses. */
import type { KubernetesTransport } from "../shared/ports/kubernetes.ts";
import type { SimulatedCloud } from "./cloud.ts";
import { createInProcessTransport } from "./kubernetes/door.ts";
import { remembered } from "./remembered.ts";

/** Every cluster has one. */
const SERVERS_KEPT_MAX = 4_096;
const placeOf = remembered((server) => {
  const { hostname, port } = new URL(server);
  return { hostname, port: Number(port) };
}, SERVERS_KEPT_MAX);

export function kubernetesPort(cloud: Pick<SimulatedCloud, "clusterAt">): KubernetesTransport {
  return createInProcessTransport({
    find: (server) => {
      const { hostname, port } = placeOf(server);
      return cloud.clusterAt(hostname, port);
    },
  });
}
