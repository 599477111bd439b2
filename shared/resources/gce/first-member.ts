/** Which control-plane machine makes the cluster, or takes up the one that its etcd disk holds; each other one joins. */
import type { Cluster } from "../resource.ts";

/**
 * The first member, until the cluster is made. Later too when it is the only one that etcd can have: nobody is there whom
 * it could join, and its disk, used before, holds everything.
 */
export function makesTheCluster(cluster: Cluster, member: number): boolean {
  if (member !== 0) return false;
  return (
    cluster.pins.initialised !== true || cluster.spec.controlPlane.replicas === 1 || isOnlyMember(cluster)
  );
}

/** A member's disk is attached before the member joins, so one whose disk was never used is none yet. */
function isOnlyMember({ facts: { etcdDisks = [] } }: Cluster): boolean {
  const used = etcdDisks.filter((disk) => disk.used);
  return used.length > 0 && used.every(({ member }) => member === 0);
}
