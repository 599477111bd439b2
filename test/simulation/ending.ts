/** How a run ended, under names that two runs share: what the differential oracle compares. */
import type { ClusterStatus } from "../../shared/status/cluster-status.ts";
import { PROJECT } from "../../simulation/world.ts";
import type { SimulatedCloud } from "../../simulator/cloud.ts";
import { type Counts, sharedName } from "../support/change-counts.ts";

export interface Ending {
  /** Paths of all resources and secrets, sorted. */
  readonly resources: readonly string[];
  /** Phase and node counts by cluster. */
  readonly clusters: Readonly<Record<string, string>>;
  /** How often each resource was made and removed. */
  readonly counts: Counts;
}

export async function endingOf(
  cloud: SimulatedCloud,
  clusters: readonly string[],
  statusOf: (cluster: string) => Promise<ClusterStatus | undefined>,
  counts: Counts,
  uids: ReadonlySet<string>,
): Promise<Ending> {
  const all = [...uids];
  const resources = [
    ...cloud.compute
      .inventory(PROJECT)
      .filter(({ collection }) => collection !== "snapshots")
      .map(({ path }) => anyZone(sharedName(path, all))),
    ...cloud.secrets.inProject(PROJECT).map(({ id }) => sharedName(`secrets/${id}`, all)),
  ].sort();
  const states: Record<string, string> = {};
  for (const cluster of clusters) {
    const status = await statusOf(cluster);
    const { desired, ready } = status?.nodes ?? { desired: 0, ready: 0 };
    states[cluster] = status === undefined ? "gone" : `${status.phase} ${ready}/${desired}`;
  }
  return { resources, clusters: states, counts };
}

/** A control-plane machine and its disks are where there was room when they were made. */
function anyZone(path: string): string {
  return path.replace(/\/zones\/[^/]+(\/(?:instances|disks)\/.+-(?:cp|etcd)-\d)$/, "/zones/ZONE$1");
}
