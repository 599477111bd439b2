/** One text for equal values: what hashes and request ids are made over. */

/**
 * JSON with sorted keys and without undefined: a store may give a document's fields back in another order. Plain data only,
 * written out by hand since a replacer of JSON.stringify costs three times as much.
 */
export function canonicalJson(value: unknown): string {
  return textOf(value) ?? "null";
}

/** Nothing for what JSON leaves out. */
function textOf(value: unknown): string | undefined {
  if (value === null || typeof value !== "object") return JSON.stringify(value) as string | undefined;
  if (Array.isArray(value)) return `[${value.map((element) => textOf(element) ?? "null").join(",")}]`;
  const parts: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const text = textOf((value as Readonly<Record<string, unknown>>)[key]);
    if (text !== undefined) parts.push(`${JSON.stringify(key)}:${text}`);
  }
  return `{${parts.join(",")}}`;
}

export function sortedFields<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))) as T;
}
