/** Which public image each operating system boots from. The image found is pinned; a newer one is a deliberate rollout. */
import type { ComputeReader } from "../../ports/compute.ts";
import type { ClusterSpec, OperatingSystem } from "../../spec/cluster.ts";

/** Project and family of the amd64 images. Source: https://cloud.google.com/compute/docs/images/os-details and each vendor. */
export const IMAGE_FAMILIES: Readonly<
  Record<OperatingSystem, { readonly project: string; readonly family: string }>
> = {
  "debian-12": { project: "debian-cloud", family: "debian-12" },
  "debian-13": { project: "debian-cloud", family: "debian-13" },
  "ubuntu-24.04": { project: "ubuntu-os-cloud", family: "ubuntu-2404-lts-amd64" },
  "rhel-9": { project: "rhel-cloud", family: "rhel-9" },
  "rhel-10": { project: "rhel-cloud", family: "rhel-10" },
  "centos-stream-9": { project: "centos-cloud", family: "centos-stream-9" },
  "centos-stream-10": { project: "centos-cloud", family: "centos-stream-10" },
  "rocky-9": { project: "rocky-linux-cloud", family: "rocky-linux-9" },
  "rocky-10": { project: "rocky-linux-cloud", family: "rocky-linux-10" },
  flatcar: { project: "kinvolk-public", family: "flatcar-stable" },
  "fedora-coreos": { project: "fedora-coreos-cloud", family: "fedora-coreos-stable" },
  cos: { project: "cos-cloud", family: "cos-stable" },
};

/** What `pins.images` is keyed by: the golden image's name where there is one, else the operating system. */
export function imageKey(machine: {
  readonly os: OperatingSystem;
  readonly image?: string | undefined;
}): string {
  return machine.image ?? machine.os;
}

/** The images that the spec needs and nobody pinned yet. */
export function unpinnedImages(
  spec: ClusterSpec,
  pinned: Readonly<Record<string, string>>,
): readonly { readonly key: string; readonly os: OperatingSystem; readonly golden: boolean }[] {
  const machines = [spec.controlPlane, ...spec.nodePools];
  const wanted = new Map(
    machines.map((machine) => [imageKey(machine), { os: machine.os, golden: machine.image !== undefined }]),
  );
  return [...wanted]
    .filter(([key]) => !Object.hasOwn(pinned, key))
    .map(([key, image]) => ({ key, ...image }));
}

/** URL of the image to pin. A golden image is looked for by name in the cluster's project. @throws CloudError not-found */
export async function resolveImage(
  compute: ComputeReader,
  project: string,
  image: { readonly key: string; readonly os: OperatingSystem; readonly golden: boolean },
): Promise<string | undefined> {
  if (image.golden) {
    return (await compute.get({ kind: "images", project, scope: "global", name: image.key }))?.selfLink;
  }
  const { project: owner, family } = IMAGE_FAMILIES[image.os];
  return (await compute.imageFromFamily(owner, family)).selfLink;
}
