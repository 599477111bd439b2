/**
 * Metadata whose long texts are kept line by line. Boot data is some 30 KB for every machine and template, and nearly all of
 * its lines are the same in every cluster: lines with the same text are kept once.
 */
import { createMemory } from "../remembered.ts";
import type { JsonObject } from "./call.ts";
import { asObject, asObjects, asText } from "./json.ts";

/** Characters. Shorter texts stay as they are. */
const LONG_MIN = 1_024;
const LINES_KEPT_MAX = 256;
const lines = createMemory<string>(LINES_KEPT_MAX);

/** A text of its own, where a part of another one would hold on to the whole. */
const ownText = (line: string): string => JSON.parse(JSON.stringify(line)) as string;

/** The same metadata to whoever reads it. */
export function packedMetadata(metadata: JsonObject): JsonObject {
  if (!asObjects(metadata["items"]).some(isLong)) return metadata;
  return {
    ...metadata,
    items: asObjects(metadata["items"]).map((item) => (isLong(item) ? packed(item) : item)),
  };
}

function isLong(item: JsonObject): boolean {
  const value = Object.getOwnPropertyDescriptor(item, "value")?.value as unknown;
  return typeof value === "string" && value.length >= LONG_MIN;
}
function packed(item: JsonObject): JsonObject {
  const parts = (asText(item["value"]) ?? "").split("\n").map((line) => lines(line, () => ownText(line)));
  return Object.defineProperty({ ...item }, "value", { enumerable: true, get: () => parts.join("\n") });
}

/** In the body of an instance, or the properties of a template. */
export function withPackedMetadata(body: JsonObject): JsonObject {
  return body["metadata"] === undefined
    ? body
    : { ...body, metadata: packedMetadata(asObject(body["metadata"])) };
}
