/** Checks a request's JSON against its published message type and converts it to canonical REST JSON. */
import type { Json, JsonObject } from "../compute/call.ts";
import { type ApiDefinition, camelCase, type Field, type MessageType } from "./definitions.ts";
import { badField } from "./errors.ts";

/** Nesting that the API's JSON parser accepts. Source: protobuf's default recursion limit. */
const DEPTH_MAX = 100;

export interface BodyOptions {
  /** Nulls are kept where a patch clears a field, and mean "absent" elsewhere. */
  readonly keepNulls: boolean;
}

/**
 * Pure. int64 becomes a string, int32 a number, an enum its name; unknown fields, wrong types and enum values are refused.
 * @throws Refusal
 */
export function checkBody(
  api: ApiDefinition,
  typeName: string,
  value: unknown,
  path: string,
  options: BodyOptions,
  depth = 0,
): JsonObject {
  if (depth > DEPTH_MAX) throw badField(path, "Invalid JSON payload received. Message too deep.");
  const type = api.messages.get(typeName);
  if (type === undefined) return wellKnownObject(value, path, typeName);
  if (!isObject(value)) throw wrongType(path, typeName, value);
  const checked: Record<string, Json> = {};
  for (const [key, item] of Object.entries(value)) {
    const field = fieldOf(api, type, key);
    if (field === undefined) throw unknownName(key, path);
    if (item === null) {
      if (options.keepNulls) checked[field.name] = null;
      continue;
    }
    checked[field.name] = checkField(api, field, item, join(path, field.name), options, depth);
  }
  return checked;
}

/** @throws Refusal when a field that the definitions require is missing */
export function checkRequired(api: ApiDefinition, typeName: string, body: JsonObject, path: string): void {
  for (const field of api.messages.get(typeName)?.fields.values() ?? [])
    if (field.required && body[field.name] === undefined)
      throw badField(join(path, field.name), `Required field '${join(path, field.name)}' not specified`);
}

function checkField(
  api: ApiDefinition,
  field: Field,
  value: unknown,
  path: string,
  options: BodyOptions,
  depth: number,
): Json {
  if (field.map) {
    if (!isObject(value)) throw wrongType(path, "map", value);
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        checkValue(api, field.type, item, `${path}[${key}]`, options, depth),
      ]),
    );
  }
  if (!field.repeated) return checkValue(api, field.type, value, path, options, depth);
  if (!Array.isArray(value)) {
    // Google's parser takes a single scalar for a list of one and says so for messages only.
    throw badField(path, `Invalid value at '${path}' (${field.type}), ${JSON.stringify(value)}`);
  }
  return value.map((item, index) => checkValue(api, field.type, item, `${path}[${index}]`, options, depth));
}

function checkValue(
  api: ApiDefinition,
  type: string,
  value: unknown,
  path: string,
  options: BodyOptions,
  depth: number,
): Json {
  const values = api.enums.get(type);
  if (values !== undefined) return checkEnum(type, values, value, path);
  const scalar = SCALAR_CHECKS[type];
  if (scalar === undefined) {
    const wellKnown = checkWellKnown(type, value, path);
    return wellKnown ?? checkBody(api, type, value, path, options, depth + 1);
  }
  const checked = scalar(value);
  if (checked === undefined) throw wrongType(path, type, value);
  return checked;
}

function checkEnum(
  type: string,
  values: ReadonlyMap<string, number | undefined>,
  value: unknown,
  path: string,
): Json {
  if (typeof value === "string" && (values.has(value) || values.size === 0)) return value;
  // Enums may come as numbers; Google's clients send them so when told to.
  if (typeof value === "number") for (const [name, number] of values) if (number === value) return name;
  throw badField(
    path,
    `Invalid value at '${path}' (type.googleapis.com/${type}), ${JSON.stringify(value)}. ` +
      `Must be one of [${[...values.keys()].join(", ")}].`,
  );
}

const INT32_MAX = 2 ** 31 - 1;
const UINT32_MAX = 2 ** 32 - 1;
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

function integer(min: number, max: number): (value: unknown) => Json | undefined {
  return (value) => {
    const number = typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value;
    return typeof number === "number" && Number.isInteger(number) && number >= min && number <= max
      ? number
      : undefined;
  };
}
function bigInteger(min: bigint, max: bigint): (value: unknown) => Json | undefined {
  return (value) => {
    const text = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
    if (typeof text !== "string" || !/^-?\d{1,20}$/.test(text)) return undefined;
    const number = BigInt(text);
    return number >= min && number <= max ? number.toString() : undefined;
  };
}
function float(value: unknown): Json | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value.trim() === "") return undefined;
  const number = Number(value);
  return Number.isNaN(number) ? undefined : number;
}
const int32 = integer(-INT32_MAX - 1, INT32_MAX);
const uint32 = integer(0, UINT32_MAX);
const int64 = bigInteger(-INT64_MAX - 1n, INT64_MAX);
const uint64 = bigInteger(0n, UINT64_MAX);

const SCALAR_CHECKS: Readonly<Record<string, (value: unknown) => Json | undefined>> = {
  string: (value) => (typeof value === "string" ? value : undefined),
  bool: (value) => (typeof value === "boolean" ? value : undefined),
  bytes: (value) => (typeof value === "string" && /^[A-Za-z0-9+/_-]*={0,2}$/.test(value) ? value : undefined),
  double: float,
  float,
  int32,
  sint32: int32,
  sfixed32: int32,
  uint32,
  fixed32: uint32,
  int64,
  sint64: int64,
  sfixed64: int64,
  uint64,
  fixed64: uint64,
};

/** Types that JSON writes as text. Source: https://protobuf.dev/programming-guides/json/. */
const WELL_KNOWN_TEXT: Readonly<Record<string, RegExp>> = {
  "google.protobuf.Timestamp": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/,
  "google.protobuf.Duration": /^-?\d+(\.\d{1,9})?s$/,
  "google.protobuf.FieldMask": /^[\w.,]*$/,
};
function checkWellKnown(type: string, value: unknown, path: string): Json | undefined {
  const text = WELL_KNOWN_TEXT[type];
  if (text !== undefined) {
    if (typeof value === "string" && text.test(value)) return value;
    throw wrongType(path, type, value);
  }
  if (type === "google.protobuf.Struct" || type === "google.protobuf.Value" || type === "google.protobuf.Any")
    return value as Json;
  return undefined;
}
function wellKnownObject(value: unknown, path: string, typeName: string): JsonObject {
  if (isObject(value)) return value as JsonObject;
  throw wrongType(path, typeName, value);
}

/** Proto JSON also takes the original names (`schedule_time`); Compute knows its REST names alone. */
function fieldOf(api: ApiDefinition, type: MessageType, key: string): Field | undefined {
  const field = type.fields.get(key);
  if (field !== undefined || api.namespace.startsWith("google.cloud.compute.")) return field;
  return key.includes("_") ? type.fields.get(camelCase(key)) : undefined;
}

function unknownName(name: string, path: string): Error {
  const where = path === "" ? "" : ` at '${path}'`;
  return badField(path, `Invalid JSON payload received. Unknown name "${name}"${where}: Cannot find field.`);
}
function wrongType(path: string, type: string, value: unknown): Error {
  const shown =
    typeof value === "string" ? JSON.stringify(value) : String(JSON.stringify(value)).slice(0, 100);
  const scalar =
    SCALAR_CHECKS[type] === undefined ? `type.googleapis.com/${type}` : `TYPE_${type.toUpperCase()}`;
  return badField(path, `Invalid value at '${path}' (${scalar}), ${shown}`);
}
function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
