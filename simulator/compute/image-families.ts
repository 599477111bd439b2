/** Which image a family stands for, and whether an image may still be used. */
import { invalid, notFound } from "./api-error.ts";
import { asObject, asText } from "./json.ts";
import type { Row } from "./row.ts";
import type { World } from "./world.ts";

function isCurrent(row: Row): boolean {
  const state = asText(asObject(row.body["deprecated"])["state"]);
  return row.state === "ready" && (state === undefined || state === "ACTIVE");
}
/** The newest image of the family that is not deprecated. @throws ApiError 404 */
export function newestOfFamily(world: World, project: string, family: string): Row {
  let newest: Row | undefined;
  for (const row of world.rows.inScope(project, "images", "global")) {
    if (row.body["family"] !== family || !isCurrent(row)) continue;
    if (
      newest === undefined ||
      row.createdMs > newest.createdMs ||
      (row.createdMs === newest.createdMs && row.name > newest.name)
    ) {
      newest = row;
    }
  }
  if (newest === undefined) throw notFound(`projects/${project}/global/images/family/${family}`);
  return newest;
}

/** "OBSOLETE and DELETED: new use refused" (compute.proto, DeprecationStatus.state). @throws ApiError 400 */
export function checkUsable(image: Row, field: string): void {
  const state = asText(asObject(image.body["deprecated"])["state"]);
  if (state === "OBSOLETE" || state === "DELETED") {
    throw invalid(field, image.name, `The image is ${state} and cannot be used for new disks.`);
  }
}
