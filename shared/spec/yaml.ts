/** Reads and writes cluster documents as YAML: bounded in size and aliases, strict about keys, errors by line and column. */
import { type Document, LineCounter, parseDocument, stringify } from "yaml";
import { parsePath } from "./field-error.ts";

/** Source: DOCUMENT_BYTES_MAX of the store. */
export const YAML_BYTES_MAX = 200_000;
/** Anchors are for a block shared by a few pools, not for multiplication. */
const ALIASES_MAX = 50;
/** More does not help the reader. */
const ERRORS_MAX = 20;
const MESSAGE_LENGTH_MAX = 200;
/** Longer than any field's name. */
const NAME_LENGTH_MAX = 64;

export interface YamlError {
  /** From 1; 1 when it concerns the whole text. */
  readonly line: number;
  readonly column: number;
  readonly reason: string;
  readonly remedy: string;
}
export type YamlRead =
  | { readonly ok: true; readonly document: unknown; readonly locate: Locate }
  | { readonly ok: false; readonly errors: readonly YamlError[] };
/**
 * Where a field of the document, or else what it is in, stands in the text: for errors that validation finds later. The
 * path is that of a FieldError, or its parts.
 */
export type Locate = (path: string | readonly (string | number)[]) => Position;
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One document of a text. Never throws. */
export function readYaml(text: string): YamlRead {
  const bytes = Buffer.byteLength(text, "utf8");
  if (bytes > YAML_BYTES_MAX) {
    return refused(`has ${bytes} bytes, more than ${YAML_BYTES_MAX}`, "split it into several clusters");
  }
  try {
    return parse(text);
  } catch (error) {
    return refusedAs(error instanceof Error ? error.message : String(error));
  }
}

function parse(text: string): YamlRead {
  const lineCounter = new LineCounter();
  const parsed = parseDocument(text, {
    version: "1.2",
    schema: "core",
    uniqueKeys: true,
    stringKeys: true,
    resolveKnownTags: false,
    strict: true,
    lineCounter,
    prettyErrors: false,
  });
  const troubles = [...parsed.errors, ...parsed.warnings].slice(0, ERRORS_MAX);
  if (troubles.length > 0) {
    const errors = troubles.map(({ code, message, pos }) => ({
      ...positionAt(lineCounter, pos[0]),
      ...explain(code, message, text.slice(pos[0], pos[0] + NAME_LENGTH_MAX)),
    }));
    return { ok: false, errors };
  }
  const document: unknown = parsed.toJS({ maxAliasCount: ALIASES_MAX });
  return (
    tooLarge(document) ?? {
      ok: true,
      document,
      locate: (path) => locate(parsed, lineCounter, typeof path === "string" ? parsePath(path) : path),
    }
  );
}

/** The text that `readYaml` reads back to the same document. */
export function writeYaml(document: unknown): string {
  return stringify(document, {
    version: "1.2",
    schema: "core",
    aliasDuplicateObjects: false,
    lineWidth: 110,
  });
}

export function describeYamlError({ line, column, reason, remedy }: YamlError): string {
  return `line ${line}, column ${column}: ${reason}; ${remedy}`;
}

function locate(
  parsed: Document.Parsed,
  lineCounter: LineCounter,
  path: readonly (string | number)[],
): Position {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = parsed.getIn(path.slice(0, length), true);
    if (typeof node !== "object" || node === null || !("range" in node) || !Array.isArray(node.range))
      continue;
    return positionAt(lineCounter, Number(node.range[0]));
  }
  return { line: 1, column: 1 };
}

/** Aliases can make much of little, or hold themselves. */
function tooLarge(document: unknown): YamlRead | undefined {
  try {
    const length = JSON.stringify(document)?.length ?? 0;
    if (length <= YAML_BYTES_MAX) return undefined;
    return refused(
      `comes to ${length} characters, more than ${YAML_BYTES_MAX}`,
      "split it into several clusters",
    );
  } catch {
    return refused("holds an alias to what it is part of", "write the value itself");
  }
}

function positionAt(lineCounter: LineCounter, offset: number): Position {
  const { line, col } = lineCounter.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

const EXPLAINED: Readonly<Record<string, { readonly reason: string; readonly remedy: string }>> = {
  MULTIPLE_DOCS: { reason: "holds several documents", remedy: "write one document to a file" },
  TAG_RESOLVE_FAILED: { reason: "has a YAML tag (!…)", remedy: "remove the tag; every value is plain" },
  NON_STRING_KEY: { reason: "has a name that is not a text", remedy: "put the name in quotes" },
  TAB_AS_INDENT: { reason: "is indented with a tab", remedy: "indent with spaces" },
};
function explain(code: string, message: string, from: string): { reason: string; remedy: string } {
  if (/call stack/i.test(message)) return TOO_DEEP;
  if (code === "DUPLICATE_KEY")
    return { reason: `has ${nameAt(from)} twice`, remedy: "remove one of the two" };
  const reason = message.slice(0, MESSAGE_LENGTH_MAX);
  return EXPLAINED[code] ?? { reason, remedy: "check quotes, colons and indentation" };
}
/** The field whose name begins there; any other name is not repeated to a terminal. */
function nameAt(from: string): string {
  const name = /^["']?([\w.-]+)["']?\s*:/.exec(from)?.[1];
  return name === undefined ? "a field" : `the field ${name}`;
}
const TOO_DEEP = { reason: "is nested too deeply", remedy: "remove the nesting" };

/** The library throws on aliases that lead nowhere or multiply, and the engine on nesting without end. */
function refusedAs(message: string): YamlRead {
  if (/unresolved alias/i.test(message))
    return refused("uses an alias that has no anchor", "write the value itself");
  if (/alias/i.test(message))
    return refused("multiplies itself through aliases", "write the repeated parts out");
  if (/call stack/i.test(message)) return refused(TOO_DEEP.reason, TOO_DEEP.remedy);
  return refused(`cannot be read (${message.slice(0, MESSAGE_LENGTH_MAX)})`, "check it with a YAML linter");
}
function refused(reason: string, remedy: string): YamlRead {
  return { ok: false, errors: [{ line: 1, column: 1, reason, remedy }] };
}
