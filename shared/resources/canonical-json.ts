/** One text for equal values: what hashes and request ids are made over. */

/** JSON with sorted keys and without undefined: a store may give a document's fields back in another order. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner) ? sortedFields(inner) : inner,
  ) as string;
}

export function sortedFields<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))) as T;
}
