/** Persistent disks. */
import { inUse, invalid, invalidUse } from "../api-error.ts";
import type { JsonObject } from "../call.ts";
import { checkUsable } from "../image-families.ts";
import { asNumber, asText, asTexts } from "../json.ts";
import { lastSegment, type Place, regionOf, relativePath } from "../links.ts";
import { changed } from "../mutations.ts";
import type { Usage } from "../quotas.ts";
import { resolveReferences, usersOf } from "../references.ts";
import type { Kind, Verb, World } from "../world.ts";

const TYPE_DEFAULT = "pd-standard";
/** Source: https://cloud.google.com/compute/docs/disks/scheduled-snapshots ("one snapshot schedule per disk") */
const SCHEDULES_MAX = 1;

export function diskUsage(place: Place, body: JsonObject): readonly Usage[] {
  const ssd = /pd-ssd|pd-balanced/.test(asText(body["type"]) ?? "");
  return [
    {
      metric: ssd ? "SSD_TOTAL_GB" : "DISKS_TOTAL_GB",
      region: regionOf(place.scope),
      amount: asNumber(body["sizeGb"]) ?? 0,
    },
  ];
}

/** The body of a new disk with its size and type; sources are relative paths already. @throws ApiError */
export function prepareDisk(body: JsonObject, world: World, place: Place): JsonObject {
  const image = world.rows.at(asText(body["sourceImage"]) ?? "");
  const snapshot = world.rows.at(asText(body["sourceSnapshot"]) ?? "");
  if (image !== undefined) checkUsable(image, "resource.sourceImage");
  const type = asText(body["type"]) ?? `projects/${place.project}/${place.scope}/diskTypes/${TYPE_DEFAULT}`;
  if (!type.includes(`/${place.scope}/`))
    throw invalid("resource.type", type, `The disk type must be of ${place.scope}.`);
  const offer = world.catalogue.diskType(lastSegment(type));
  const least = asNumber(image?.body["diskSizeGb"]) ?? asNumber(snapshot?.body["diskSizeGb"]) ?? 0;
  const sizeGb = asNumber(body["sizeGb"]) ?? (least > 0 ? least : (offer?.defaultGb ?? 0));
  if (sizeGb < least)
    throw invalid(
      "resource.sizeGb",
      sizeGb,
      `Requested disk size cannot be smaller than the source's size (${least} GB).`,
    );
  if (offer !== undefined && (sizeGb < offer.leastGb || sizeGb > offer.mostGb)) {
    throw invalid(
      "resource.sizeGb",
      sizeGb,
      `Disk size of ${offer.name} must be between ${offer.leastGb} GB and ${offer.mostGb} GB.`,
    );
  }
  return {
    // 4096 bytes. Source: compute.proto, Disk.physical_block_size_bytes
    physicalBlockSizeBytes: "4096",
    ...(image === undefined ? {} : { sourceImageId: image.id, architecture: image.body["architecture"] }),
    ...(snapshot === undefined ? {} : { sourceSnapshotId: snapshot.id }),
    ...body,
    type,
    sizeGb: String(sizeGb),
    status: "CREATING",
  };
}

const resize: Verb = (request) => {
  const { row, body } = request;
  const present = asNumber(row.body["sizeGb"]) ?? 0;
  const wanted = asNumber(body["sizeGb"]) ?? 0;
  if (wanted <= present)
    throw invalid("sizeGb", wanted, `New disk size must be larger than the current size ${present} GB.`);
  return changed(request, "resizeDisk", { ...row.body, sizeGb: String(wanted) });
};
const addResourcePolicies: Verb = (request) => {
  const { world, row, body } = request;
  const present = asTexts(row.body["resourcePolicies"]);
  const { resourcePolicies } = resolveReferences(
    world,
    disks,
    { resourcePolicies: body["resourcePolicies"] },
    row.project,
  );
  const added = asTexts(resourcePolicies);
  for (const policy of added) {
    if (present.includes(policy))
      throw invalidUse(`Resource policy '${policy}' is already attached to the disk.`);
    if (!policy.includes(`/regions/${regionOf(row.scope)}/`))
      throw invalid("resourcePolicies", policy, "It must be in the disk's region.");
  }
  if (present.length + added.length > SCHEDULES_MAX)
    throw invalidUse(`Cannot attach more than ${SCHEDULES_MAX} snapshot schedule to a disk.`);
  return changed(request, "addResourcePolicies", { ...row.body, resourcePolicies: [...present, ...added] });
};
const removeResourcePolicies: Verb = (request) => {
  const { row, body } = request;
  const removed = asTexts(body["resourcePolicies"]).map((link) =>
    relativePath(link, row.project, "resourcePolicies"),
  );
  const present = asTexts(row.body["resourcePolicies"]);
  const missing = removed.find((policy) => !present.includes(policy));
  if (missing !== undefined) throw invalidUse(`Resource policy '${missing}' is not attached to the disk.`);
  const resourcePolicies = present.filter((policy) => !removed.includes(policy));
  return changed(request, "removeResourcePolicies", { ...row.body, resourcePolicies });
};

export const disks: Kind = {
  collection: "disks",
  noun: "disk",
  scopes: ["zones"],
  methods: ["Get", "List", "AggregatedList", "Insert", "Delete"],
  references: [
    { at: "sourceImage", to: ["images"], missing: "invalid", loose: true },
    { at: "sourceSnapshot", to: ["snapshots"], loose: true },
    { at: "type", to: ["diskTypes"], loose: true },
    { at: "resourcePolicies.*", to: ["resourcePolicies"] },
  ],
  outputOnly: [
    "status",
    "users",
    "lastAttachTimestamp",
    "lastDetachTimestamp",
    "sourceImageId",
    "sourceSnapshotId",
  ],
  labels: "on insert",
  usage: diskUsage,
  prepare: (body, { world, project, scope }) => prepareDisk(body, world, { project, scope }),
  ready: (row, world) => world.settle(row, { ...row.body, status: "READY" }),
  mayDelete(row) {
    for (const user of usersOf(row, "instances")) throw inUse("disk", row.path, user.path);
  },
  deleting: (row, world) => world.settle(row, { ...row.body, status: "DELETING" }),
  render(row, world) {
    const users = usersOf(row, "instances").map((instance) => world.link(instance.path));
    return users.length === 0 ? {} : { users };
  },
  verbs: {
    Resize: resize,
    AddResourcePolicies: addResourcePolicies,
    RemoveResourcePolicies: removeResourcePolicies,
  },
};
