/** Regions and zones exist and belong together. */
import { closest } from "../closest.ts";
import { type FieldError, fieldError, type Path } from "../field-error.ts";
import { REGIONS, zonesOf } from "../regions.ts";
import type { RuleInput } from "./rule.ts";

export function checkPlaces({ parsed }: RuleInput): FieldError[] {
  const { region } = parsed;
  if (!REGIONS.includes(region)) return [unknownRegion(region)];
  return [
    ...checkZones(["zones"], parsed.zones ?? [], region),
    ...parsed.nodePools.flatMap((pool, index) =>
      checkZones(["nodePools", index, "zones"], pool.zones ?? [], region),
    ),
  ];
}

function unknownRegion(region: string): FieldError {
  const meant = closest(region, REGIONS);
  const remedy =
    meant === undefined
      ? "use a region of https://cloud.google.com/compute/docs/regions-zones"
      : `did you mean ${meant}?`;
  return fieldError(["region"], region, "is not a region of Google Cloud that is known", remedy);
}

function checkZones(path: Path, zones: readonly string[], region: string): FieldError[] {
  const known = zonesOf(region);
  return zones.flatMap((zone, index) =>
    known.includes(zone)
      ? []
      : [fieldError([...path, index], zone, `is not a zone of ${region}`, `use ${known.join(", ")}`)],
  );
}
