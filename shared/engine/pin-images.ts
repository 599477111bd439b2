/** Pins the image of each operating system, so that machines of a pool do not differ by the day on which they were made. */
import { CloudError, isCloudError } from "../ports/cloud-error.ts";
import { resolveImage, unpinnedImages } from "../resources/gce/image-families.ts";
import type { ClusterSpec } from "../spec/cluster.ts";
import type { Deadline } from "./deadline.ts";
import type { Engine } from "./engine.ts";
import { IMAGES } from "./report.ts";
import { failed, succeeded, type Work } from "./work.ts";

/** A new image in a family is a rollout, not a surprise: the first one found stays until an upgrade moves it. */
export async function pinImages(
  engine: Engine,
  spec: ClusterSpec,
  before: Work,
  deadline: Deadline,
): Promise<Work> {
  if (before.status.deleting) return before;
  const wanted = unpinnedImages(spec, before.status.pins.images).map((image) => ({
    image,
    key: `${IMAGES}/${image.key}`,
  }));
  let work = forgetImages(before, new Set(wanted.map(({ key }) => key)));
  for (const { image, key } of wanted) {
    try {
      const url = await deadline.within(
        resolveImage(engine.cloud.compute, spec.project, image),
        "unavailable",
      );
      if (url === undefined)
        throw new CloudError(
          "not-found",
          `there is no image ${image.key} in ${spec.project}: make it, or name another in the spec`,
        );
      const pins = { ...work.status.pins, images: { ...work.status.pins.images, [image.key]: url } };
      const nowMs = engine.clock.nowMs();
      // The families were asked just now: a newer image is looked for a while later.
      const images = work.status.images ?? { askedMs: nowMs, newer: {} };
      work = succeeded({ ...work, status: { ...work.status, pins, images } }, key, nowMs);
    } catch (error) {
      if (!isCloudError(error)) throw error;
      work = failed(work, { key, kind: IMAGES }, error, engine.clock.nowMs(), engine.chance.fraction());
    }
  }
  return work;
}

/** One that the spec no longer names is not looked for again. */
function forgetImages(work: Work, wanted: ReadonlySet<string>): Work {
  const { failures } = work.status;
  const left = failures.filter(({ kind, key }) => kind !== IMAGES || wanted.has(key));
  return left.length === failures.length ? work : { ...work, status: { ...work.status, failures: left } };
}
