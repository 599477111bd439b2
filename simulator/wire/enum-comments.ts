/** Finds enum values that Google's definitions name only in comments ("Additional supported values …"). */

const MARKER = "Additional supported values";

/**
 * Pure. Full enum name to the values that the comment above it names. The definitions leave such values out "due to
 * technical reasons"; the API takes them.
 */
export function additionalEnumValues(
  proto: string,
  namespace: string,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const scope: string[] = [];
  let collecting: string[] | undefined;
  for (const raw of proto.split("\n")) {
    const line = raw.trim();
    if (line.startsWith("//")) {
      const text = line.slice(2).trim();
      if (text.startsWith(MARKER)) collecting = [];
      else if (collecting !== undefined && /^[A-Z][A-Z0-9_]*$/.test(text)) collecting.push(text);
      continue;
    }
    const block = /^(message|enum|service|oneof|rpc)\b\s*(\w+).*\{$/.exec(line);
    const name = block?.[2];
    if (block?.[1] === "enum" && name !== undefined && collecting !== undefined)
      found.set([namespace, ...scope.filter((part) => part !== ""), name].join("."), collecting);
    if (line !== "") collecting = undefined;
    if (line.endsWith("{")) scope.push(block?.[1] === "message" ? (name ?? "") : "");
    else if (line.startsWith("}")) scope.pop();
  }
  return found;
}
