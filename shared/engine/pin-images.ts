/** Pins the image of each operating system, so that machines of a pool do not differ by the day on which they were made. */
import { isDue } from "../nodes/commands.ts";
import { CloudError, isCloudError } from "../ports/cloud-error.ts";
import { resolveImage, unpinnedImages } from "../resources/gce/image-families.ts";
import type { ClusterSpec } from "../spec/cluster.ts";
import type { ClusterStatus } from "../status/cluster-status.ts";
import type { Deadline } from "./deadline.ts";
import type { Engine } from "./engine.ts";
import { IMAGES } from "./report.ts";
import { wantsWholeLook } from "./verify.ts";
import { backingOff, failed, succeeded, type Work } from "./work.ts";

/**
 * How long it is remembered that an image is not there, once it has not been for as long: a cluster with other work passes
 * each second, and each pass would ask. Until then it is asked for as soon as the table of answers says (backoff.ts), for
 * an image is often made along with the cluster that names it.
 */
export const IMAGE_MISSING_MS = 5 * 60_000;

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
  const waiting = stillWaiting(work.status, engine.clock.nowMs());
  for (const { image, key } of wanted.filter((one) => !waiting.has(one.key))) {
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
      const nowMs = engine.clock.nowMs();
      work = remembered(
        failed(work, { key, kind: IMAGES }, error, nowMs, engine.chance.fraction()),
        key,
        nowMs,
      );
    }
  }
  return work;
}

/** Images whose failure says that it is too early to ask again, unless somebody waits for a look at everything. */
function stillWaiting(status: ClusterStatus, nowMs: number): ReadonlySet<string> {
  return wantsWholeLook(status, (command) => isDue(command, nowMs)) ? new Set() : backingOff(status, nowMs);
}

/** What has not been there for long will not be there in a minute. */
function remembered(work: Work, key: string, nowMs: number): Work {
  const failures = work.status.failures.map((one) => {
    const isLong = one.key === key && one.code === "not-found" && nowMs - one.firstMs >= IMAGE_MISSING_MS;
    return isLong ? { ...one, retryAtMs: nowMs + IMAGE_MISSING_MS } : one;
  });
  return { ...work, status: { ...work.status, failures } };
}

/** Whoever has changed the spec may have made the image first. */
export function askForImages(status: ClusterStatus, nowMs: number): ClusterStatus {
  const failures = status.failures.map((one) =>
    one.kind === IMAGES && one.retryAtMs > nowMs ? { ...one, retryAtMs: nowMs } : one,
  );
  return { ...status, failures };
}

/** One that the spec no longer names is not looked for again. */
function forgetImages(work: Work, wanted: ReadonlySet<string>): Work {
  const { failures } = work.status;
  const left = failures.filter(({ kind, key }) => kind !== IMAGES || wanted.has(key));
  return left.length === failures.length ? work : { ...work, status: { ...work.status, failures: left } };
}
