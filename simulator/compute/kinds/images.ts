/** Images: Google's public families, a project's own images, deprecation. */
import { invalid, invalidUse } from "../api-error.ts";
import type { JsonObject } from "../call.ts";
import { newestOfFamily } from "../image-families.ts";
import { asNumber, asText } from "../json.ts";
import { changed } from "../mutations.ts";
import { renderRow } from "../render.ts";
import type { Kind, Verb, World } from "../world.ts";

/** Families of public images. Names as in their projects; sizes in GB as the images have them, rounded up to 10. */
export const PUBLIC_FAMILIES: readonly {
  readonly project: string;
  readonly family: string;
  readonly sizeGb: number;
  readonly arm?: true;
}[] = [
  { project: "debian-cloud", family: "debian-12", sizeGb: 10 },
  { project: "debian-cloud", family: "debian-12-arm64", sizeGb: 10, arm: true },
  { project: "debian-cloud", family: "debian-13", sizeGb: 10 },
  { project: "debian-cloud", family: "debian-13-arm64", sizeGb: 10, arm: true },
  { project: "ubuntu-os-cloud", family: "ubuntu-2404-lts-amd64", sizeGb: 10 },
  { project: "ubuntu-os-cloud", family: "ubuntu-2404-lts-arm64", sizeGb: 10, arm: true },
  { project: "ubuntu-os-cloud", family: "ubuntu-2604-lts-amd64", sizeGb: 10 },
  { project: "rhel-cloud", family: "rhel-9", sizeGb: 20 },
  { project: "rhel-cloud", family: "rhel-9-arm64", sizeGb: 20, arm: true },
  { project: "rhel-cloud", family: "rhel-10", sizeGb: 20 },
  { project: "rhel-cloud", family: "rhel-10-arm64", sizeGb: 20, arm: true },
  { project: "centos-cloud", family: "centos-stream-9", sizeGb: 20 },
  { project: "centos-cloud", family: "centos-stream-10", sizeGb: 20 },
  { project: "rocky-linux-cloud", family: "rocky-linux-9", sizeGb: 20 },
  { project: "rocky-linux-cloud", family: "rocky-linux-10", sizeGb: 20 },
  { project: "rocky-linux-cloud", family: "rocky-linux-9-optimized-gcp", sizeGb: 20 },
  { project: "rocky-linux-cloud", family: "rocky-linux-10-optimized-gcp", sizeGb: 20 },
  { project: "kinvolk-public", family: "flatcar-stable", sizeGb: 10 },
  { project: "kinvolk-public", family: "flatcar-beta", sizeGb: 10 },
  { project: "kinvolk-public", family: "flatcar-lts", sizeGb: 10 },
  { project: "fedora-coreos-cloud", family: "fedora-coreos-stable", sizeGb: 10 },
  { project: "cos-cloud", family: "cos-stable", sizeGb: 10 },
  { project: "cos-cloud", family: "cos-129-lts", sizeGb: 10 },
];
/** Versions of each public image in a new world: the newest is current, the one before deprecated. */
const PUBLIC_VERSIONS = ["v20260713", "v20260810"] as const;
const GIB_BYTES = 1_073_741_824;

/** Those that `gcloud compute images list` also asks; this world has none of their images. Source: Cloud SDK, api_lib/compute/constants.py */
const EMPTY_IMAGE_PROJECTS = [
  "opensuse-cloud",
  "oracle-linux-cloud",
  "rhel-sap-cloud",
  "rocky-linux-accelerator-cloud",
  "suse-cloud",
  "suse-sap-cloud",
  "ubuntu-os-accelerator-images",
  "ubuntu-os-pro-cloud",
  "windows-cloud",
  "windows-sql-cloud",
];

/** Projects that hold nothing but images; everyone may read them. */
export const IMAGE_PROJECTS: readonly string[] = [
  ...new Set([...PUBLIC_FAMILIES.map(({ project }) => project), ...EMPTY_IMAGE_PROJECTS]),
];

export function createPublicImages(world: World): void {
  for (const { project, family, sizeGb, arm } of PUBLIC_FAMILIES) {
    for (const version of PUBLIC_VERSIONS) {
      const located = { project, scope: "global", collection: "images", name: `${family}-${version}` };
      const older = version !== PUBLIC_VERSIONS.at(-1);
      const body: JsonObject = {
        family,
        architecture: arm === true ? "ARM64" : "X86_64",
        diskSizeGb: String(sizeGb),
        archiveSizeBytes: String(sizeGb * GIB_BYTES),
        sourceType: "RAW",
        status: "READY",
        ...(older ? { deprecated: { state: "DEPRECATED" } } : {}),
      };
      world.create(located, body, "ready");
    }
  }
}

const deprecate: Verb = (request) => {
  const state = asText(request.body["state"]) ?? "ACTIVE";
  if (!["ACTIVE", "DEPRECATED", "OBSOLETE", "DELETED"].includes(state)) {
    throw invalid("resource.state", state, "Must be one of: ACTIVE, DEPRECATED, OBSOLETE, DELETED.");
  }
  return changed(request, "deprecate", { ...request.row.body, deprecated: { ...request.body, state } });
};

export const images: Kind = {
  collection: "images",
  noun: "image",
  scopes: ["global"],
  methods: ["Get", "List", "Insert", "Delete", "Patch"],
  references: [
    { at: "sourceDisk", to: ["disks"], loose: true },
    { at: "sourceImage", to: ["images"], loose: true },
    { at: "sourceSnapshot", to: ["snapshots"], loose: true },
  ],
  outputOnly: ["status", "archiveSizeBytes", "sourceType", "sourceDiskId", "sourceImageId", "deprecated"],
  immutable: ["sourceDisk", "sourceImage", "sourceSnapshot", "diskSizeGb", "guestOsFeatures", "architecture"],
  labels: "on insert",
  usage: () => [{ metric: "IMAGES", region: "global", amount: 1 }],
  prepare(body, { world }) {
    const source =
      asText(body["sourceDisk"]) ?? asText(body["sourceImage"]) ?? asText(body["sourceSnapshot"]);
    if (source === undefined && body["rawDisk"] === undefined) {
      throw invalidUse(
        "One of fields 'sourceDisk', 'sourceImage', 'sourceSnapshot' and 'rawDisk' must be specified.",
      );
    }
    const from = source === undefined ? {} : (world.rows.at(source)?.body ?? {});
    const sizeGb =
      asNumber(body["diskSizeGb"]) ?? asNumber(from["sizeGb"]) ?? asNumber(from["diskSizeGb"]) ?? 10;
    return {
      architecture: from["architecture"] ?? "X86_64",
      ...body,
      diskSizeGb: String(sizeGb),
      archiveSizeBytes: String(sizeGb * GIB_BYTES),
      sourceType: "RAW",
      status: "PENDING",
    };
  },
  ready: (row, world) => world.settle(row, { ...row.body, status: "READY" }),
  verbs: {
    Deprecate: deprecate,
  },
};

/** `images.getFromFamily`. @throws ApiError 404 */
export function getFromFamily(world: World, project: string, family: string): JsonObject {
  return renderRow(world, newestOfFamily(world, project, family));
}
