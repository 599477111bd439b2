/** The gate before the schema: a document must be plain JSON of bounded size, with no text that hides or escapes. */
import { type FieldError, fieldError, type Path } from "./field-error.ts";

/** The deepest field of the schema is at 5; the rest is room for mistakes. */
const DEPTH_MAX = 12;
/** 50 pools of 100 values come to 5,000. */
const VALUES_MAX = 20_000;
/** The longest field of one line takes 2,000 characters. */
const TEXT_LENGTH_MAX = 4_000;
/** Manifests are texts of many lines; the schema bounds each, the store the whole document. */
const BLOCKS_PATH = "addons.manifests";
const BLOCK_LENGTH_MAX = 200_000;
/** More does not help the reader. */
const ERRORS_MAX = 50;
/** Names through which a key could reach an object's prototype. */
const PROTOTYPE_KEYS = new Set(["__proto__", "constructor", "prototype"]);
/** Control characters, line and paragraph separators, direction marks, byte order marks, lone surrogates. */
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** Empty when the document is harmless to parse. Never throws. */
export function findForeign(document: unknown): FieldError[] {
  const errors: FieldError[] = [];
  if (document === undefined) return []; // the schema says that it is missing
  const budget = { values: VALUES_MAX };
  visit(document, [], budget, errors);
  return errors;
}

function visit(value: unknown, path: Path, budget: { values: number }, errors: FieldError[]): void {
  if (errors.length >= ERRORS_MAX || budget.values < 0) return;
  budget.values -= 1;
  if (budget.values < 0) {
    errors.push(
      fieldError([], undefined, `holds more than ${VALUES_MAX} values`, "split it into smaller documents"),
    );
  } else if (path.length > DEPTH_MAX) {
    errors.push(
      fieldError(path, undefined, `is nested deeper than ${DEPTH_MAX} levels`, "remove the nesting"),
    );
  } else if (typeof value === "string") {
    visitText(value, path, errors);
  } else if (Array.isArray(value)) {
    for (let index = 0; index < value.length && budget.values >= 0; index += 1) {
      visit(value[index], [...path, index], budget, errors);
    }
  } else if (isPlainObject(value)) {
    visitFields(value, path, budget, errors);
  } else if (!isScalar(value)) {
    errors.push(
      fieldError(path, value, "is not JSON", "use texts, finite numbers, true, false, lists and fields"),
    );
  }
}

function visitFields(value: object, path: Path, budget: { values: number }, errors: FieldError[]): void {
  for (const [key, child] of Object.entries(value)) {
    const at = [...path, key];
    if (PROTOTYPE_KEYS.has(key))
      errors.push(fieldError(at, child, "is not a name that a field can have", "remove it"));
    else if (UNPRINTABLE.test(key))
      errors.push(fieldError(at, child, "has a name with characters that do not print", "remove them"));
    else visit(child, at, budget, errors);
  }
}

function visitText(value: string, path: Path, errors: FieldError[]): void {
  const isBlock = path.length === 3 && path.slice(0, 2).join(".") === BLOCKS_PATH;
  const lengthMax = isBlock ? BLOCK_LENGTH_MAX : TEXT_LENGTH_MAX;
  const shown = isBlock ? value.replace(/[\n\r\t]/g, "") : value;
  if (value.length > lengthMax) {
    const reason = `has ${value.length} characters, more than ${lengthMax}`;
    errors.push(fieldError(path, value, reason, "shorten it"));
  } else if (UNPRINTABLE.test(shown)) {
    const reason = isBlock
      ? "holds characters that do not print"
      : "holds line breaks or other characters that do not print";
    errors.push(
      fieldError(path, value, reason, isBlock ? "remove them" : "write it on one line, without them"),
    );
  }
}

function isScalar(value: unknown): boolean {
  return (
    value === null || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))
  );
}
function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
