/** Checks the formats that the API prescribes for names, labels, tags, metadata and enumerations. */
import { ApiError, invalid } from "./api-error.ts";
import { asList, asObject, asText, type Json, type JsonObject } from "./json.ts";

/** RFC 1035, 1–63. Source: compute.proto, every `name` field. */
const NAME = /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
/** Labels of a resource. Source: https://cloud.google.com/compute/docs/labeling-resources#requirements */
const LABELS_MAX = 64;
const LABEL_KEY = /^[a-z][a-z0-9_-]{0,62}$/;
const LABEL_VALUE = /^[a-z0-9_-]{0,63}$/;
/** Network tags of a machine. Source: https://cloud.google.com/vpc/docs/add-remove-network-tags */
const TAGS_MAX = 64;
/** Bytes. Source: https://cloud.google.com/compute/docs/metadata/setting-custom-metadata#limitations */
const METADATA_VALUE_BYTES_MAX = 262_144;
const METADATA_BYTES_MAX = 524_288;
const METADATA_KEY = /^[a-zA-Z0-9-_]{1,128}$/;

export function isName(name: string): boolean {
  return NAME.test(name);
}

export function checkName(name: Json | undefined, field = "resource.name"): string {
  if (typeof name === "string" && isName(name)) return name;
  throw invalid(field, name ?? "", "Must be a match of regex '(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'");
}

export function checkLabels(labels: Json | undefined, field = "resource.labels"): void {
  if (labels === undefined) return;
  const entries = Object.entries(asObject(labels));
  if (entries.length > LABELS_MAX)
    throw invalid(field, entries.length, `Label count exceeds the maximum of ${LABELS_MAX}.`);
  for (const [key, value] of entries) {
    if (!LABEL_KEY.test(key))
      throw invalid(field, key, "Label key must match regex '[a-z][a-z0-9_-]{0,62}'.");
    if (typeof value !== "string" || !LABEL_VALUE.test(value)) {
      throw invalid(field, value ?? "", `Label value of '${key}' must match regex '[a-z0-9_-]{0,63}'.`);
    }
  }
}

export function checkTags(tags: JsonObject, field = "resource.tags"): void {
  const items = asList(tags["items"]);
  if (items.length > TAGS_MAX) throw invalid(field, items.length, `At most ${TAGS_MAX} tags are allowed.`);
  for (const [at, tag] of items.entries()) checkName(tag, `${field}.items[${at}]`);
}

export function checkMetadata(metadata: JsonObject, field = "resource.metadata"): void {
  const seen = new Set<string>();
  let bytes = 0;
  for (const [at, entry] of asList(metadata["items"]).entries()) {
    const key = asText(asObject(entry)["key"]) ?? "";
    const value = asObject(entry)["value"];
    if (!METADATA_KEY.test(key))
      throw invalid(`${field}.items[${at}].key`, key, "Must be a match of regex '[a-zA-Z0-9-_]{1,128}'");
    if (seen.has(key)) throw invalid(field, key, "Duplicate metadata key.");
    seen.add(key);
    const size = typeof value === "string" ? Buffer.byteLength(value) : 0;
    if (size > METADATA_VALUE_BYTES_MAX) {
      throw invalid(
        `${field}.items[${at}].value`,
        `${key}…`,
        `Metadata value exceeds ${METADATA_VALUE_BYTES_MAX} bytes.`,
      );
    }
    bytes += size + key.length;
  }
  if (bytes > METADATA_BYTES_MAX) {
    throw new ApiError(
      413,
      "uploadTooLarge",
      `Value for field '${field}' is too large: maximum size ${METADATA_BYTES_MAX} bytes; actual size ${bytes} bytes.`,
    );
  }
}

export function checkEnum(value: Json | undefined, allowed: readonly string[], field: string): void {
  if (value === undefined || (typeof value === "string" && allowed.includes(value))) return;
  throw invalid(field, value, `Must be one of: ${allowed.join(", ")}.`);
}

export function checkInteger(value: Json | undefined, least: number, most: number, field: string): void {
  if (value === undefined) return;
  const number = typeof value === "string" ? Number(value) : value;
  if (typeof number === "number" && Number.isInteger(number) && number >= least && number <= most) return;
  throw invalid(field, value, `Must be an integer between ${least} and ${most}.`);
}
