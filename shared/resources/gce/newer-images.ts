/** Which images a cluster takes by itself: those that the families of its operating systems name now. Pure but for the asking. */
import type { ComputeReader } from "../../ports/compute.ts";
import type { ClusterSpec, OperatingSystem } from "../../spec/cluster.ts";
import { IMAGE_FAMILIES, imageKey } from "./image-families.ts";

/**
 * Operating systems whose image is looked after. Not your own images, for which there is no family; not those of a pool
 * that is upgraded in place, for a machine keeps its boot disk there.
 */
export function familiesOf({
  controlPlane,
  nodePools,
  maintenance,
}: Pick<ClusterSpec, "controlPlane" | "nodePools" | "maintenance">): readonly OperatingSystem[] {
  if (!maintenance.autoUpgrade.os) return [];
  const fixed = new Set(
    nodePools.filter(({ upgrade }) => upgrade.strategy === "in-place").map((pool) => imageKey(pool)),
  );
  const all = [controlPlane, ...nodePools].filter(({ image }) => image === undefined).map(({ os }) => os);
  return [...new Set(all)].filter((os) => !fixed.has(os));
}

/** URLs of the images that their families name, where they are others than the pinned ones. @throws CloudError */
export async function newerImages(
  compute: Pick<ComputeReader, "imageFromFamily">,
  families: readonly OperatingSystem[],
  pinned: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const asked = families.filter((os) => Object.hasOwn(pinned, os));
  const found = await Promise.all(
    asked.map(async (os) => {
      const { project, family } = IMAGE_FAMILIES[os];
      return [os, (await compute.imageFromFamily(project, family)).selfLink] as const;
    }),
  );
  return Object.fromEntries(
    found.flatMap(([os, url]) => (url === undefined || url === pinned[os] ? [] : [[os, url]])),
  );
}
