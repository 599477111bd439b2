/** Reads cluster specs from YAML files, or from standard input for `-`; a file may hold several documents. */
import { readFileSync } from "node:fs";
import type { ClusterSpec } from "../shared/spec/cluster.ts";
import { describeFieldError, type FieldError, fieldError } from "../shared/spec/field-error.ts";
import { unsupported } from "../shared/spec/support.ts";
import { validateCluster } from "../shared/spec/validate.ts";
import { type Locate, readYaml } from "../shared/spec/yaml.ts";
import { CommandError } from "./command-error.ts";

/** One document of a file. */
export interface SpecText {
  readonly file: string;
  /** From 1, as editors count. */
  readonly firstLine: number;
  readonly text: string;
}
export interface ValidSpec {
  readonly file: string;
  readonly name: string;
  /** As it was written: this is what is sent. */
  readonly document: unknown;
  /** With its defaults. */
  readonly spec: ClusterSpec;
  /** A mistake that was found later, as a whole line with its place. */
  readonly tell: (error: FieldError) => string;
}
/** `mistakes` are whole lines: `cluster.yaml:7:3: region: "europe" is not …; use …`. */
export type CheckedSpec =
  | ({ readonly ok: true } & ValidSpec)
  | { readonly ok: false; readonly file: string; readonly mistakes: readonly string[] };

/** YAML begins a document at three dashes in the first column, and nowhere else. */
const DOCUMENT_START = /^---(?=\s|$)/;

/** @throws CommandError when a file cannot be read */
export function readSpecTexts(files: readonly string[]): readonly SpecText[] {
  return files.flatMap((file) => splitDocuments(textOf(file), file === "-" ? "(standard input)" : file));
}

/** Pure. Documents that hold nothing but comments are left out, unless there is no other. */
export function splitDocuments(text: string, file: string): readonly SpecText[] {
  const parts: { firstLine: number; lines: string[] }[] = [{ firstLine: 1, lines: [] }];
  text.split("\n").forEach((line, index) => {
    if (DOCUMENT_START.test(line)) parts.push({ firstLine: index + 1, lines: [line] });
    else parts.at(-1)?.lines.push(line);
  });
  const full = parts.filter(({ lines }) => lines.some((line) => !/^\s*(#.*|---\s*|\.\.\.\s*)?$/.test(line)));
  return (full.length === 0 ? parts.slice(0, 1) : full).map(({ firstLine, lines }) => ({
    file,
    firstLine,
    text: lines.join("\n"),
  }));
}

/**
 * What the control plane would say, without asking it: the schema, the rules, and what is not supported yet. Which shared
 * networks it allows is its own setting, so any passes here.
 */
export function checkSpec({ file, firstLine, text }: SpecText, nowMs: number): CheckedSpec {
  const read = readYaml(text);
  const at = (line: number, column: number): string => `${file}:${line + firstLine - 1}:${column}`;
  if (!read.ok) {
    const mistakes = read.errors.map(
      ({ line, column, reason, remedy }) => `${at(line, column)}: ${reason}; ${remedy}`,
    );
    return { ok: false, file, mistakes };
  }
  const { document, locate } = read;
  const tell = (error: FieldError): string => `${placeOf(error, locate, at)}: ${describeFieldError(error)}`;
  if (document === null || document === undefined) {
    const empty = fieldError([], undefined, "is empty", "write a cluster spec; examples/ has some");
    return { ok: false, file, mistakes: [tell(empty)] };
  }
  const validation = validateCluster(document, { nowMs, sharedNetworkProjects: "any" });
  const errors = validation.ok ? unsupported(validation.spec) : validation.errors;
  if (!validation.ok || errors.length > 0) return { ok: false, file, mistakes: errors.map(tell) };
  return { ok: true, file, name: validation.spec.name, document, spec: validation.spec, tell };
}

/** All documents of all files, or everything that is wrong with them. @throws CommandError */
export function readValidSpecs(files: readonly string[], nowMs: number): readonly ValidSpec[] {
  const checked = readSpecTexts(files).map((text) => checkSpec(text, nowMs));
  const mistakes = checked.flatMap((one) => (one.ok ? [] : one.mistakes));
  if (mistakes.length > 0) throw new CommandError(["this cannot be applied:", ...mistakes].join("\n  "));
  const valid = checked.filter((one) => one.ok);
  const twice = valid.find(({ name }, index) => valid.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined)
    throw new CommandError(`two documents describe cluster ${twice.name}; keep one of them`);
  return valid;
}

function placeOf(error: FieldError, locate: Locate, at: (line: number, column: number) => string): string {
  const { line, column } = locate(error.path);
  return at(line, column);
}

const READ_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder; name the files in it",
  EACCES: "you may not read it",
};
function textOf(path: string): string {
  try {
    return readFileSync(path === "-" ? 0 : path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandError(`cannot read ${path}: ${READ_ERRORS[code ?? ""] ?? message}`, { cause: error });
  }
}
