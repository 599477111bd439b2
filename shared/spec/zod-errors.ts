/** Turns what the schema library found into errors that a person can act on. */
import type { z } from "zod";
import { closest } from "./closest.ts";
import { type FieldError, fieldError, type Path } from "./field-error.ts";
import { heard, type Said } from "./message.ts";
import { valueAt } from "./value-at.ts";

type Issue = z.core.$ZodIssue;

/** More does not help the reader, and a hostile document could have one a value. */
const ERRORS_MAX = 200;

/** One error an issue; unknown fields one each. `document` is what was parsed. */
export function fieldErrors(issues: readonly Issue[], document: unknown): FieldError[] {
  const byPath = new Map<string, FieldError>();
  // Of several at one place the first is the cause: a text is no list, and then not too long a list either.
  for (const issue of issues) {
    if (byPath.size >= ERRORS_MAX) break;
    for (const error of translate(issue, [], document))
      if (!byPath.has(error.path)) byPath.set(error.path, error);
  }
  return [...byPath.values()].slice(0, ERRORS_MAX);
}

function translate(issue: Issue, base: Path, document: unknown): FieldError[] {
  const path = [...base, ...issue.path];
  const value = valueAt(document, path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys
      .slice(0, ERRORS_MAX)
      .map((key) => unknownField([...path, key], key, issue.message.split(","), document));
  }
  if (issue.code === "invalid_union") {
    const branch = nearestBranch(issue.errors);
    if (branch !== undefined && value !== undefined)
      return branch.flatMap((inner) => translate(inner, path, document));
  }
  const nested = issue.code === "invalid_key" ? heard(issue.issues[0]?.message ?? "") : undefined;
  // A check of several fields knows better than that one is missing.
  const own = issue.code === "custom" ? heard(issue.message) : nested;
  const said = own ?? missing(path, value) ?? heard(issue.message) ?? plain(issue, path, value);
  return [fieldError(path, value, said.reason, said.remedy)];
}

/** The branch whose kind of value was given, so that the error speaks of what was meant. */
function nearestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return branches.find((issues) => !issues.some(isOfAnotherKind));
}
/** 1.5 is no whole number, but a number all the same. */
function isOfAnotherKind(issue: Issue): boolean {
  return issue.path.length === 0 && issue.code === "invalid_type" && heard(issue.message) === undefined;
}

function unknownField(path: Path, key: string, known: readonly string[], document: unknown): FieldError {
  const meant = closest(key, known);
  const remedy =
    meant === undefined ? `remove it, or use one of ${known.join(", ")}` : `did you mean ${meant}?`;
  return fieldError(path, valueAt(document, path), "is not a field", remedy);
}

function missing(path: Path, value: unknown): Said | undefined {
  const name = String(path.at(-1) ?? "");
  if (value === undefined)
    return { reason: "is missing", remedy: path.length === 0 ? "write a document" : `add ${name}: …` };
  if (value === null) return { reason: "is empty", remedy: "give it a value, or remove the line" };
  return undefined;
}

const KINDS: Readonly<Record<string, { readonly noun: string; readonly remedy: string }>> = {
  string: { noun: "a text", remedy: "write a text" },
  number: { noun: "a number", remedy: "write a number, without quotes" },
  int: { noun: "a whole number", remedy: "write a whole number, without quotes" },
  boolean: { noun: "true or false", remedy: "write true or false, without quotes" },
  array: { noun: "a list", remedy: "write a list: [ … ], or lines that begin with a hyphen" },
  object: { noun: "a group of fields", remedy: "write its fields below it" },
  record: { noun: "a group of fields", remedy: "write NAME: VALUE lines below it" },
};

function plain(issue: Issue, path: Path, value: unknown): Said {
  if (issue.code === "invalid_type") {
    const kind = KINDS[issue.expected] ?? { noun: `of type ${issue.expected}`, remedy: "change it" };
    const quoted = issue.expected === "string" && typeof value !== "object";
    return {
      reason: `is not ${kind.noun}`,
      remedy: quoted ? `put it in quotes: "${String(value)}"` : remedyFor(kind, value),
    };
  }
  if (issue.code === "invalid_value") return choice(issue.values.map(String), value);
  return {
    reason: `is not accepted (${issue.message})`,
    remedy: `see the reference page of ${String(path.at(0) ?? "the document")}`,
  };
}

/** Of a text that is no number, like "20%", the quotes are not what is wrong. */
function remedyFor({ noun, remedy }: (typeof KINDS)[string], value: unknown): string {
  const isOther = typeof value === "string" && /number$/.test(noun) && !/^\s*-?[\d.]+\s*$/.test(value);
  return isOther ? `write ${noun}, like 3` : remedy;
}

function choice(values: readonly string[], value: unknown): Said {
  const meant = typeof value === "string" ? closest(value, values) : undefined;
  const remedy = meant === undefined ? `use one of ${values.join(", ")}` : `did you mean ${meant}?`;
  return { reason: "is not one of the choices", remedy };
}
