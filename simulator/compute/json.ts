/** Reads REST JSON of unknown shape: each reader answers the value when it has the asked type, and nothing otherwise. */
import type { Json, JsonObject } from "./call.ts";

export type { Json, JsonObject } from "./call.ts";

export function asText(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
/** Numbers, and int64 values that travel as decimal strings. */
export function asNumber(value: Json | undefined): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "string" && /^-?\d+$/.test(value)) return Number(value);
  return undefined;
}
export function asBoolean(value: Json | undefined): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}
export function asList(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
export function asObject(value: Json | undefined): JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as JsonObject) : {};
}
export function isObject(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
export function asObjects(value: Json | undefined): readonly JsonObject[] {
  const list = asList(value);
  return isObjects(list) ? list : list.filter(isObject);
}
const isObjects = (list: readonly Json[]): list is readonly JsonObject[] => list.every(isObject);
export function asTexts(value: Json | undefined): readonly string[] {
  const list = asList(value);
  return isTexts(list) ? list : list.filter((entry) => typeof entry === "string");
}
const isTexts = (list: readonly Json[]): list is readonly string[] =>
  list.every((entry) => typeof entry === "string");

/** The value at `labels.app` or `scheduling.preemptible`; arrays on the way answer all of their members. */
export function valuesAt(value: Json | undefined, path: readonly string[]): readonly Json[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((entry: Json) => valuesAt(entry, path));
  const [key, ...rest] = path;
  if (key === undefined) return [value as Json];
  if (typeof value !== "object") return [];
  return valuesAt((value as JsonObject)[key], rest);
}

/** A copy in which every string at `path` (`*` stands for all members of an array) went through `change`. */
export function mapAt(
  value: Json | undefined,
  path: readonly string[],
  change: (text: string) => string,
): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return typeof value === "string" && value !== "" ? change(value) : value;
  if (key === "*") {
    return Array.isArray(value) ? value.map((entry: Json) => mapAt(entry, rest, change) ?? null) : value;
  }
  if (!isObject(value) || value[key] === undefined) return value;
  return { ...value, [key]: mapAt(value[key], rest, change) };
}

/** JSON merge patch (RFC 7396), as the API's `patch` methods apply it: objects merge, lists are replaced, null removes. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else if (isObject(value)) merged[key] = mergePatch(asObject(target[key]), value);
    else if (value !== undefined) merged[key] = value;
  }
  return merged;
}

/** The object without fields whose value is undefined. */
export function compact(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

export function without(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

/** Deep equality of JSON values; order of keys does not count. */
export function sameJson(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return (
      left.length === right.length && left.every((entry: Json, at) => sameJson(entry, right[at] as Json))
    );
  }
  if (!isObject(left) || !isObject(right)) return false;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => sameJson(left[key], right[key]));
}
