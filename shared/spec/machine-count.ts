/** How many machines a spec can come to, at the largest moment of an upgrade. */
import type { ClusterSpec, NodePool } from "./cluster.ts";
import { countOf } from "./share.ts";

/** The size that a pool can reach; under an autoscaler its upper bound. */
export function sizeMax(pool: Pick<NodePool, "size">): number {
  return typeof pool.size === "number" ? pool.size : pool.size.max;
}
/** The machines of a pool while it is upgraded. A second pool stands beside the first in a blue-green upgrade. */
export function poolMachinesMax(pool: Pick<NodePool, "size" | "upgrade">): number {
  const size = sizeMax(pool);
  if (pool.upgrade.strategy === "blue-green") return 2 * size;
  if (pool.upgrade.strategy === "in-place") return size;
  return size + countOf(pool.upgrade.maxSurge, size, "up");
}
/** Nodes of all pools, and the control plane's own machines, which are nodes too. */
export function machinesMax(spec: Pick<ClusterSpec, "controlPlane" | "nodePools" | "engine">): number {
  const controlPlane = spec.engine === "gce" ? spec.controlPlane.replicas : 0;
  return spec.nodePools.reduce((sum, pool) => sum + poolMachinesMax(pool), controlPlane);
}
