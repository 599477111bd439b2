/**
 * The snapshots that the schedule takes of etcd's disks. While the cluster stays they are the schedule's own, which keeps
 * to their retention; with the cluster they go, for without their schedule nothing would ever remove them.
 */
import { IDENTITY, IGNORED } from "../change-table.ts";
import { computeKind } from "./compute-kind.ts";

const kind = computeKind({
  kind: "snapshots",
  collection: "snapshots",
  after: [],
  condition: "ControlPlaneReady",
  where: (cluster) => ({ project: cluster.spec.project, scope: "global" }),
  desire: () => [],
  table: { ...IDENTITY, status: IGNORED, sourceDisk: IGNORED, labels: IGNORED },
});

export const snapshots: typeof kind = {
  ...kind,
  observe: async (cloud, cluster) => (cluster.deleting ? kind.observe(cloud, cluster) : []),
};
