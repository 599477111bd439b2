/**
 * The snapshots of etcd's disks. While the cluster stays, those of the schedule are its own, which keeps to their retention,
 * and those taken before a machine was made anew the care of the control plane's; with the cluster all of them go.
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
  table: { ...IDENTITY, status: IGNORED, sourceDisk: IGNORED, storageLocations: IGNORED, labels: IGNORED },
});

export const snapshots: typeof kind = {
  ...kind,
  observe: async (cloud, cluster) => (cluster.deleting ? kind.observe(cloud, cluster) : []),
};
