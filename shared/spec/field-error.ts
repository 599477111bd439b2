/** One thing that is wrong with a document: where, what was found, why it cannot be, and how to solve it. */
export interface FieldError {
  /** As a person writes it: `nodePools[1].zones[0]`; `(document)` for the whole. */
  readonly path: string;
  /** What was found, as shortened JSON; `(missing)` when nothing was. */
  readonly value: string;
  /** What is wrong, reading on after the path: "is not a zone of europe-west4". */
  readonly reason: string;
  /** How to solve it, as an imperative: "use europe-west4-a". */
  readonly remedy: string;
}
export type Path = readonly PropertyKey[];

/** A terminal line, with room for path and reason. */
const VALUE_LENGTH_MAX = 60;
const KEY_LENGTH_MAX = 60;
/** What a terminal or a log viewer would obey instead of showing: controls, line separators, direction marks. */
const UNPRINTABLE = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** `["nodePools", 1, "labels", "a/b"]` → `nodePools[1].labels["a/b"]`. */
export function formatPath(path: Path): string {
  if (path.length === 0) return "(document)";
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/^[A-Za-z_][A-Za-z0-9_]{0,59}$/.test(String(part)))
      text += `${text === "" ? "" : "."}${String(part)}`;
    else text += `[${shortened(quote(String(part)), KEY_LENGTH_MAX)}]`;
  }
  return text;
}

/** The way back: `nodePools[1].labels["a/b"]` → `["nodePools", 1, "labels", "a/b"]`; a shortened key stays as shown. */
export function parsePath(text: string): (string | number)[] {
  const parts: (string | number)[] = [];
  for (const [, index, quoted, name] of text.matchAll(
    /\[(\d+)\]|\["((?:[^"\\]|\\.)*)["…]?\]|([A-Za-z_]\w*)/g,
  )) {
    if (index !== undefined) parts.push(Number(index));
    else if (quoted !== undefined) parts.push(unquote(quoted));
    else if (name !== undefined) parts.push(name);
  }
  return text === "(document)" ? [] : parts;
}
function unquote(quoted: string): string {
  try {
    return String(JSON.parse(`"${quoted}"`));
  } catch {
    return quoted;
  }
}

/** JSON of the value, on one line, printable, shortened. Never throws on JSON. */
export function showValue(value: unknown): string {
  if (value === undefined) return "(missing)";
  if (typeof value === "string") return shortened(quote(value), VALUE_LENGTH_MAX);
  if (typeof value === "number" || typeof value === "boolean" || value === null) return String(value);
  if (Array.isArray(value)) return value.length === 0 ? "[]" : `a list of ${value.length}`;
  if (typeof value !== "object") return `a ${typeof value}`;
  const keys = Object.keys(value);
  if (keys.length === 0) return "{}";
  return shortened(
    `{ ${keys.slice(0, 5).map(quote).join(", ")}${keys.length > 5 ? ", …" : ""} }`,
    VALUE_LENGTH_MAX,
  );
}

export function fieldError(path: Path, value: unknown, reason: string, remedy: string): FieldError {
  return { path: formatPath(path), value: showValue(value), reason, remedy };
}

/** One line for a terminal or a condition's message. */
export function describeFieldError(error: FieldError): string {
  const found = error.value === "(missing)" ? "" : ` ${error.value}`;
  return `${error.path}:${found} ${error.reason}; ${error.remedy}`;
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 2 * VALUE_LENGTH_MAX)).replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
function shortened(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`;
}
