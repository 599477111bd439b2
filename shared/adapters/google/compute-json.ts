/** Between the REST JSON of the port and the objects of the official client. */
import type { protobuf } from "google-gax/fallback";
import { CloudError } from "../../ports/cloud-error.ts";

/**
 * Pure. The client fills every answer with empty lists and maps and with `_field: "field"` beside every optional field;
 * REST JSON has neither.
 */
export function toRestJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toRestJson);
  if (typeof value !== "object" || value === null) return value;
  const json: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined || item === null || isOneofMark(key, item)) continue;
    const converted = toRestJson(item);
    if (!isEmpty(converted)) json[key] = converted;
  }
  return json;
}

function isOneofMark(key: string, value: unknown): boolean {
  return key.startsWith("_") && value === key.slice(1);
}
function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/**
 * Pure. The client drops without a word what it does not know, and cannot send an empty list or a null; a patch that
 * needs one would change nothing, so it is refused here.
 * @throws CloudError invalid
 */
export function checkSendable(
  type: protobuf.Type,
  value: unknown,
  path: string,
  options: { readonly patch: boolean },
): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return;
  for (const [key, item] of Object.entries(value)) {
    const field = type.fields[key];
    const at = `${path}.${key}`;
    if (field === undefined)
      throw new CloudError(
        "invalid",
        `${at} is not a field of ${type.name} in the Compute API's definitions.`,
      );
    if (options.patch && (item === null || (Array.isArray(item) && item.length === 0)))
      throw new CloudError(
        "invalid",
        `${at}: Google's client cannot send ${item === null ? "null" : "an empty list"} in a patch. ` +
          "Use the verb that sets this field, or replace the resource.",
      );
    const nested = field.resolve().resolvedType;
    if (nested === null || !("fields" in nested)) continue;
    for (const [index, element] of elements(item, field.map).entries())
      checkSendable(nested, element, Array.isArray(item) ? `${at}[${index}]` : at, options);
  }
}

function elements(value: unknown, map: boolean): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return map && typeof value === "object" && value !== null ? Object.values(value) : [value];
}
