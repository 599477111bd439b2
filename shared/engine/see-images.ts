/** Asks once a day which images the families of a cluster's operating systems name; whether one is taken, step-images.ts decides. */
import { isCloudError } from "../ports/cloud-error.ts";
import { familiesOf, newerImages } from "../resources/gce/newer-images.ts";
import type { ClusterSpec } from "../spec/cluster.ts";
import type { ClusterStatus } from "../status/cluster-status.ts";
import type { Deadline } from "./deadline.ts";
import type { Engine } from "./engine.ts";
import type { Work } from "./work.ts";

/** Vendors publish every few weeks: sooner than a day gains nothing and costs a call for each family. */
export const IMAGES_EVERY_MS = 24 * 3_600_000;
/** What could not be asked is asked again by then. */
const AGAIN_MS = 3_600_000;

/** Only at a cluster that has been Ready and is at rest: until then it has the images that were found for it. */
export async function seeImages(
  engine: Engine,
  spec: ClusterSpec,
  before: Work,
  deadline: Deadline,
): Promise<Work> {
  const { status } = before;
  const families = familiesOf(spec);
  if (status.deleting || families.length === 0) return without(before);
  const nowMs = engine.clock.nowMs();
  const isYoung = status.readyGeneration === 0 || status.unsettledSinceMs !== null;
  if (isYoung || !isDue(status, nowMs)) return before;
  try {
    const newer = await deadline.within(
      newerImages(engine.cloud.compute, families, status.pins.images),
      "unavailable",
    );
    return { ...before, status: { ...status, images: { askedMs: nowMs, newer } } };
  } catch (error) {
    if (!isCloudError(error)) throw error;
    const newer = status.images?.newer ?? {};
    return {
      ...before,
      status: { ...status, images: { askedMs: nowMs - IMAGES_EVERY_MS + AGAIN_MS, newer } },
    };
  }
}

function isDue({ images }: ClusterStatus, nowMs: number): boolean {
  return (
    images === undefined || nowMs - images.askedMs >= IMAGES_EVERY_MS || nowMs < images.askedMs - AGAIN_MS
  );
}

/** What is not looked after any more is forgotten, and nothing of it is taken. */
function without(work: Work): Work {
  if (work.status.images === undefined) return work;
  const { images: _images, ...status } = work.status;
  return { ...work, status };
}
