/** Between JSON and what Firestore holds: it has types that JSON lacks, and acts on one of them. */
import type { DocumentData } from "../../ports/store.ts";

/** The field that time-to-live policies look at: they act on Firestore's own times, never on text. */
const EXPIRY = "expireAt";

/** Everything as it is, but the expiry of a document, which becomes a time; reading makes it the same text again. */
export function encodeMap(map: DocumentData): Record<string, unknown> {
  const expiry = map[EXPIRY];
  if (typeof expiry !== "string") return { ...map };
  const time = new Date(expiry);
  const same = !Number.isNaN(time.getTime()) && time.toISOString() === expiry;
  return same ? { ...map, [EXPIRY]: time } : { ...map };
}

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
