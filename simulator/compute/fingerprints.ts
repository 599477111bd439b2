/**
 * Fingerprints: eight bytes in base64 that change whenever what they stand for changes. The URL-safe kind, as the API
 * writes them; gcloud sends them back so, whatever it got.
 */
import { hash } from "node:crypto";
import type { Json } from "./call.ts";

const FINGERPRINT_BYTES = 8;
const ofObject = new WeakMap<object, string>();

function digest(text: string): string {
  const bytes = hash("sha256", text, "buffer").subarray(0, FINGERPRINT_BYTES);
  return bytes.toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}
/** Of content: labels, tags, metadata. Remembered by object, which is sound because stored JSON is never changed in place. */
export function contentFingerprint(content: Json | undefined): string {
  if (content === null || typeof content !== "object") return digest(JSON.stringify(content ?? null));
  const known = ofObject.get(content);
  if (known !== undefined) return known;
  const made = digest(JSON.stringify(content));
  ofObject.set(content, made);
  return made;
}
/** Of a resource as a whole, by its id and the number of its changes. */
export function revisionFingerprint(id: string, revision: number): string {
  return digest(`${id} ${revision}`);
}
