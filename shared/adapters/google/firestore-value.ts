/** What Firestore can hold and JSON cannot, as JSON: others, the console among them, may have written it. */
import type { DocumentData } from "../../ports/store.ts";

/** Times become RFC 3339, references their paths, bytes base64, everything else that is foreign null. */
export function decodeMap(map: Readonly<Record<string, unknown>>): DocumentData {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, decode(value)]));
}

function decode(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map(decode);
  return typeof value === "object" ? decodeObject(value) : null;
}

function decodeObject(value: object): unknown {
  if (Buffer.isBuffer(value)) return value.toString("base64");
  if ("toDate" in value && typeof value.toDate === "function") return (value.toDate() as Date).toISOString();
  if ("firestore" in value && "path" in value) return value.path;
  if ("latitude" in value && "longitude" in value && Object.getPrototypeOf(value) !== Object.prototype) {
    return { latitude: value.latitude, longitude: value.longitude };
  }
  return decodeMap(value as Readonly<Record<string, unknown>>);
}
