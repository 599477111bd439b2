/** Request ids that a crashed or repeated pass derives again, so that a repeat is the same request (S10). */
import { createHash } from "node:crypto";
import { remembered } from "../bootstrap/remembered.ts";
import { canonicalJson } from "../resources/canonical-json.ts";

/**
 * A UUID over who, what, with which body, and how often this was finished before. Not random, never zero.
 * `body` is whatever the action carries besides its reason; key order does not matter.
 */
export function requestId(uid: string, key: string, verb: string, body: unknown, attempt: number): string {
  const hex = createHash("sha256")
    .update([uid, key, verb, canonicalJson(body), attempt].join("\n"))
    .digest("hex");
  // The version and variant bits of a name-based UUID (RFC 9562, version 8: custom).
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A short content hash: 16 hex digits. */
export function contentHash(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex").slice(0, 16);
}

/** Clusters on their way in one process; a document is some kilobytes. */
const DOCUMENTS_KEPT = 200;
/** The same for a cluster's document and its spec, which every pass asks for. */
export const documentHash: (value: unknown) => string = remembered(contentHash, DOCUMENTS_KEPT);
