/** The Kubernetes port of the control plane, in process: every cluster of a simulated cloud by its addresses. */
import type { KubernetesTransport } from "../shared/ports/kubernetes.ts";
import type { SimulatedCloud } from "./cloud.ts";
import { createInProcessTransport } from "./kubernetes/door.ts";

export function kubernetesPort(cloud: Pick<SimulatedCloud, "clusterAt">): KubernetesTransport {
  return createInProcessTransport({
    find: (server) => {
      const { hostname, port } = new URL(server);
      return cloud.clusterAt(hostname, Number(port));
    },
  });
}
