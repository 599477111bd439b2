/** Reads and writes cluster documents as YAML: bounded in size and aliases, strict about keys, errors by line and column. */
import { LineCounter, parseDocument, stringify } from "yaml";

/** Source: DOCUMENT_BYTES_MAX of the store. */
export const YAML_BYTES_MAX = 200_000;
/** Anchors are for a block shared by a few pools, not for multiplication. */
const ALIASES_MAX = 50;
/** More does not help the reader. */
const ERRORS_MAX = 20;

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
/** Where a field of the document stands in the text, for errors that validation finds later. */
export type Locate = (path: readonly (string | number)[]) => {
  readonly line: number;
  readonly column: number;
};

/** One document of a text. Never throws. */
export function readYaml(text: string): YamlRead {
  const bytes = Buffer.byteLength(text, "utf8");
  if (bytes > YAML_BYTES_MAX) {
    return refused(`has ${bytes} bytes, more than ${YAML_BYTES_MAX}`, "split it into several clusters");
  }
  const lineCounter = new LineCounter();
  try {
    const parsed = parseDocument(text, {
      version: "1.2",
      schema: "core",
      uniqueKeys: true,
      resolveKnownTags: false,
      stringKeys: true,
      lineCounter,
      prettyErrors: false,
      strict: true,
    });
    const troubles = [...parsed.errors, ...parsed.warnings].slice(0, ERRORS_MAX);
    if (troubles.length > 0) {
      return {
        ok: false,
        errors: troubles.map(({ code, message, pos }) => ({
          ...at(lineCounter, pos[0]),
          ...explain(code, message),
        })),
      };
    }
    const locate: Locate = (path) => {
      for (let length = path.length; length > 0; length -= 1) {
        const node = parsed.getIn(path.slice(0, length), true);
        const range =
          typeof node === "object" && node !== null && "range" in node
            ? (node.range as [number] | null)
            : null;
        if (range) return at(lineCounter, range[0]);
      }
      return { line: 1, column: 1 };
    };
    const document: unknown = parsed.toJS({ maxAliasCount: ALIASES_MAX });
    return tooLarge(document) ?? { ok: true, document, locate };
  } catch (error) {
    // The library throws when aliases multiply, and on merges of what is no map.
    const message = error instanceof Error ? error.message : String(error);
    if (/alias/i.test(message))
      return refused(`uses aliases too much (${message})`, "write the repeated parts out");
    return refused(`cannot be read (${message.slice(0, 200)})`, "check it with a YAML linter");
  }
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

function at(lineCounter: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lineCounter.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
function explain(code: string, message: string): { reason: string; remedy: string } {
  if (code === "DUPLICATE_KEY") return { reason: "has a field twice", remedy: "remove one of the two" };
  if (code === "MULTIPLE_DOCS")
    return { reason: "holds several documents", remedy: "write one document to a file" };
  if (code === "TAG_RESOLVE_FAILED")
    return { reason: "has a YAML tag (!…)", remedy: "remove the tag; every value is plain" };
  if (code === "NON_STRING_KEY")
    return { reason: "has a name that is not a text", remedy: "put the name in quotes" };
  if (code === "TAB_AS_INDENT") return { reason: "is indented with a tab", remedy: "indent with spaces" };
  return { reason: message.slice(0, 200), remedy: "check quotes, colons and indentation" };
}
function refused(reason: string, remedy: string): YamlRead {
  return { ok: false, errors: [{ line: 1, column: 1, reason, remedy }] };
}
