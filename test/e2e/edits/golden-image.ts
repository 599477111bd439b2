/** An image of the user's own, for pools to be moved to. */

import type { SimulatedCloud } from "../../../simulator/cloud.ts";
import { computePort } from "../../../simulator/compute/port.ts";

export const GOLDEN_IMAGE = "golden";
/** What it was made from. */
export const GOLDEN_OS = "debian-13";

const REQUEST_ID = "00000000-0000-4000-8000-000000000001";

/** @returns its path, which stays when the clusters have gone */
export async function makeGoldenImage(cloud: SimulatedCloud, project: string): Promise<string> {
  await computePort(cloud.compute.service).insert(
    { kind: "images", project, scope: "global", name: GOLDEN_IMAGE },
    {
      name: GOLDEN_IMAGE,
      labels: { "clusterwright-os": GOLDEN_OS },
      sourceImage: `projects/debian-cloud/global/images/family/${GOLDEN_OS}`,
    } as never,
    REQUEST_ID,
  );
  return `projects/${project}/global/images/${GOLDEN_IMAGE}`;
}
