/** Gives a workload a persistent disk, as the CSI driver does: a disk of nobody's, attached to the node that the pod is on. */
import { PROJECT } from "../../../simulation/world.ts";
import type { VirtualClock } from "../../../simulator/clock.ts";
import type { SimulatedCloud } from "../../../simulator/cloud.ts";

const SIZE_GB = "10";
/** The driver attaches what has been made. */
const ATTACHED_AFTER_MS = 30_000;

/** @returns the disk's name; nothing when the pool has no machine that runs */
export function claim(
  cloud: SimulatedCloud,
  clock: VirtualClock,
  uid: string,
  pool: string,
): string | undefined {
  const machine = [...cloud.compute.machines(PROJECT)].find(
    ({ labels, status }) =>
      labels["clusterwright-uid"] === uid && labels["clusterwright-pool"] === pool && status === "RUNNING",
  );
  if (machine === undefined) return undefined;
  const { zone, name: instance } = machine;
  const name = `pvc-of-${pool}`;
  const place = { project: PROJECT, zone };
  const { service } = cloud.compute;
  service({ service: "Disks", method: "Insert", params: place, body: { name, sizeGb: SIZE_GB } });
  const body = { source: `projects/${PROJECT}/zones/${zone}/disks/${name}` };
  clock.after(ATTACHED_AFTER_MS, () => {
    service({ service: "Instances", method: "AttachDisk", params: { ...place, instance }, body });
  });
  return name;
}
