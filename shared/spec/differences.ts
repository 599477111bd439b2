/** Finds where two JSON values differ, as paths. */
import type { Path } from "./field-error.ts";

export interface Difference {
  readonly path: Path;
  readonly before: unknown;
  readonly after: unknown;
}

/** Field by field; lists are compared as wholes. Both values are JSON. */
export function differences(before: unknown, after: unknown, path: Path = []): Difference[] {
  if (isGroup(before) && isGroup(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => differences(before[key], after[key], [...path, key]));
  }
  return same(before, after) ? [] : [{ path, before, after }];
}

export function same(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => same(item, other[index]));
  }
  if (isGroup(one) && isGroup(other)) return differences(one, other).length === 0;
  return Object.is(one, other);
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
