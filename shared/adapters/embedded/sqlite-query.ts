/** A query of documents as SQL that the indexes of the schema serve. */
import type { SQLInputValue } from "node:sqlite";
import type { Condition, Query } from "../../ports/store.ts";
import type { Cursor } from "../query-rules.ts";

export interface Sql {
  readonly text: string;
  readonly values: readonly SQLInputValue[];
}

/** As `json_type` names them. Comparisons find values of their own type alone, as in Firestore. */
const JSON_TYPES = { number: "'integer', 'real'", string: "'text'", boolean: "'true', 'false'" } as const;

/** Selects one document more than the limit, which tells whether a page follows. The query has been checked. */
export function querySql(query: Query, cursor: Cursor | undefined): Sql {
  const terms = [
    sourceTerm(query),
    ...(query.where ?? []).map(conditionTerm),
    ...orderTerms(query),
    ...(cursor === undefined ? [] : [cursorTerm(query, cursor)]),
  ];
  const where = terms.map(({ text }) => `(${text})`).join(" AND ");
  return {
    text: `SELECT path, data, revision, updated_ms FROM documents WHERE ${where} ORDER BY ${ordering(query)} LIMIT ?`,
    values: [...terms.flatMap(({ values }) => values), query.limit + 1],
  };
}

function sourceTerm({ collection, group }: Query): Sql {
  return collection === undefined
    ? { text: "collection_group = ?", values: [group ?? ""] }
    : { text: "collection = ?", values: [collection] };
}

function conditionTerm([field, comparison, value]: Condition): Sql {
  const operator = comparison === "==" ? "=" : comparison;
  const types = JSON_TYPES[typeof value as keyof typeof JSON_TYPES];
  return {
    text: `${extract(field)} ${operator} ? AND json_type(data, '${jsonPath(field)}') IN (${types})`,
    values: [bindable(value)],
  };
}

/** A document without the field is not in an ordered answer; one that holds null there comes first, as in Firestore. */
function orderTerms({ orderBy }: Query): readonly Sql[] {
  if (orderBy === undefined) return [];
  return [{ text: `json_type(data, '${jsonPath(orderBy.field)}') NOT IN ('object', 'array')`, values: [] }];
}

function ordering({ orderBy }: Query): string {
  if (orderBy === undefined) return "sort_path";
  const direction = orderBy.direction === "descending" ? "DESC" : "ASC";
  return `${extract(orderBy.field)} ${direction}, sort_path ${direction}`;
}

function cursorTerm({ orderBy }: Query, { path, value }: Cursor): Sql {
  const sortPath = path.replaceAll("/", "\u0001");
  if (orderBy === undefined || value === undefined) return { text: "sort_path > ?", values: [sortPath] };
  const field = extract(orderBy.field);
  const ascending = orderBy.direction === "ascending";
  if (value === null) {
    const text = ascending ? `${field} IS NOT NULL OR sort_path > ?` : `${field} IS NULL AND sort_path < ?`;
    return { text, values: [sortPath] };
  }
  const bound = bindable(value);
  return ascending
    ? { text: `${field} >= ? AND (${field} > ? OR sort_path > ?)`, values: [bound, bound, sortPath] }
    : {
        text: `(${field} <= ? AND (${field} < ? OR sort_path < ?)) OR ${field} IS NULL`,
        values: [bound, bound, sortPath],
      };
}

/** The very text of the expression indexes, or SQLite would not use them. Fields are letters, digits, _ and dots. */
function extract(field: string): string {
  return `json_extract(data, '${jsonPath(field)}')`;
}
function jsonPath(field: string): string {
  return `$.${field}`;
}
function bindable(value: string | number | boolean): SQLInputValue {
  return typeof value === "boolean" ? Number(value) : value;
}
