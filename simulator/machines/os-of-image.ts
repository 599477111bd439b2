/** Which operating system a machine's image holds, by where public images come from or by a golden image's label. */
import type { OperatingSystem } from "../../shared/spec/cluster.ts";

/** Path of a public image, without its version. */
const PUBLIC: readonly (readonly [RegExp, OperatingSystem])[] = [
  [/^projects\/debian-cloud\/global\/images\/debian-12-/, "debian-12"],
  [/^projects\/debian-cloud\/global\/images\/debian-13-/, "debian-13"],
  [/^projects\/ubuntu-os-cloud\/global\/images\/ubuntu-2404-/, "ubuntu-24.04"],
  [/^projects\/rhel-cloud\/global\/images\/rhel-9-/, "rhel-9"],
  [/^projects\/rhel-cloud\/global\/images\/rhel-10-/, "rhel-10"],
  [/^projects\/centos-cloud\/global\/images\/centos-stream-9-/, "centos-stream-9"],
  [/^projects\/centos-cloud\/global\/images\/centos-stream-10-/, "centos-stream-10"],
  [/^projects\/rocky-linux-cloud\/global\/images\/rocky-linux-9-/, "rocky-9"],
  [/^projects\/rocky-linux-cloud\/global\/images\/rocky-linux-10-/, "rocky-10"],
  [/^projects\/kinvolk-public\/global\/images\/flatcar-/, "flatcar"],
  [/^projects\/fedora-coreos-cloud\/global\/images\/fedora-coreos-/, "fedora-coreos"],
  [/^projects\/cos-cloud\/global\/images\/cos-/, "cos"],
];
/** A golden image says by this label what it was made from, dots as dashes. */
export const OS_LABEL = "clusterwright-os";

/** @param labels of the image. @returns nothing for an image that nobody knows */
export function osOfImage(
  path: string,
  labels: Readonly<Record<string, string>>,
): OperatingSystem | undefined {
  const known = PUBLIC.find(([pattern]) => pattern.test(path))?.[1];
  if (known !== undefined) return known;
  const label = labels[OS_LABEL];
  return PUBLIC.map(([, os]) => os).find((os) => os.replace(".", "-") === label);
}
