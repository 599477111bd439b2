/** Reads a value out of a document by its path. */
import type { Path } from "./field-error.ts";

/** What is in the document at a path; own fields alone. */
export function valueAt(document: unknown, path: Path): unknown {
  let value = document;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}
