/** Opens and closes the TLS doors of clusters: one a loopback address that the cluster's certificate is for. */
import type { Log } from "../../shared/ports/log.ts";
import type { KubernetesCluster } from "../kubernetes/cluster.ts";
import { type KubernetesServer, serveKubernetes } from "../kubernetes/server.ts";
import { loopbackTwin } from "../loopback.ts";

const API_PORT = 6443;
const IP_ADDRESS = /^\d+\.\d+\.\d+\.\d+$/;

export interface Doors {
  open(cluster: KubernetesCluster, names: readonly string[], reachable: (address: string) => boolean): void;
  close(cluster: KubernetesCluster): void;
  closeAll(): Promise<void>;
}

export function createDoors(log: Log): Doors {
  const doors = new Map<KubernetesCluster, Promise<KubernetesServer | undefined>[]>();
  const openOne = async (
    cluster: KubernetesCluster,
    address: string,
    names: readonly string[],
    reachable: () => boolean,
  ): Promise<KubernetesServer | undefined> => {
    try {
      return await serveKubernetes({
        cluster,
        host: loopbackTwin(address),
        port: API_PORT,
        alternativeNames: names,
        reachable,
      });
    } catch (error) {
      // Two private networks with one range meet on the same loopback twin: the first has it.
      log("warning", "a cluster's address cannot be served", { address, error: String(error) });
      return undefined;
    }
  };
  const closeSome = async (opened: readonly Promise<KubernetesServer | undefined>[]): Promise<void> => {
    await Promise.all(opened.map(async (door) => (await door)?.close()));
  };
  return {
    open: (cluster, names, reachable) => {
      const addresses = names.filter((name) => IP_ADDRESS.test(name));
      const opened = addresses.map((address) => openOne(cluster, address, names, () => reachable(address)));
      doors.set(cluster, [...(doors.get(cluster) ?? []), ...opened]);
    },
    close: (cluster) => {
      void closeSome(doors.get(cluster) ?? []);
      doors.delete(cluster);
    },
    closeAll: async () => {
      await closeSome([...doors.values()].flat());
      doors.clear();
    },
  };
}
