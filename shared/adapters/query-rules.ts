/** What a query may ask and where its next page begins, the same for every Store. */
import { createHash } from "node:crypto";
import { type DocumentData, QUERY_LIMIT_MAX, type Query, StoreError } from "../ports/store.ts";
import { checkCollectionPath, checkDocumentPath, checkIds, isMap } from "./document-rules.ts";

/** A field, or fields of maps within maps with dots between. */
const FIELD_PATH = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/;

/** @throws StoreError invalid */
export function checkQuery(query: Query): void {
  const problem = queryProblem(query);
  if (problem !== undefined) throw new StoreError("invalid", `query: ${problem}`);
  if (query.collection !== undefined) checkCollectionPath(query.collection);
  else checkIds(query.group ?? "");
}

function queryProblem({ collection, group, where = [], orderBy, limit }: Query): string | undefined {
  if ((collection === undefined) === (group === undefined)) return "give exactly one of collection and group";
  if (group?.includes("/")) return `group ${group} is a path: give the id of a collection`;
  if (!Number.isInteger(limit) || limit < 1 || limit > QUERY_LIMIT_MAX) {
    return `limit ${limit} is not a whole number from 1 to ${QUERY_LIMIT_MAX}`;
  }
  const fields = [...where.map(([field]) => field), ...(orderBy === undefined ? [] : [orderBy.field])];
  const badField = fields.find((field) => !FIELD_PATH.test(field));
  if (badField !== undefined)
    return `${JSON.stringify(badField)} is not a field: letters, digits, _ and dots between`;
  const range = where.find(([field, comparison]) => comparison !== "==" && field !== orderBy?.field);
  if (range !== undefined) return `a range of ${range[0]} needs orderBy ${range[0]}`;
  const badValue = where.find(([, , value]) => typeof value === "number" && !Number.isFinite(value));
  return badValue === undefined ? undefined : `${badValue[0]} is compared with ${badValue[2]}`;
}

/** Where the next page begins: after this document. */
export interface Cursor {
  readonly path: string;
  /** What the document held in the field that the query is ordered by. */
  readonly value?: string | number | boolean | null;
}

/** A page token names a position, not a count, so that it stays right when documents come and go. */
export function encodeCursor(query: Query, cursor: Cursor): string {
  return Buffer.from(JSON.stringify({ ...cursor, query: fingerprint(query) })).toString("base64url");
}

/** @throws StoreError invalid when the token is garbled or was given for another query */
export function decodeCursor(query: Query, token: string): Cursor {
  const cursor = parseCursor(token);
  if (cursor === undefined || cursor.query !== fingerprint(query)) {
    throw new StoreError("invalid", "the page token is not one of this query: start again without it");
  }
  return cursor;
}

function parseCursor(token: string): (Cursor & { readonly query: unknown }) | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    if (!isMap(parsed) || typeof parsed["path"] !== "string") return undefined;
    checkDocumentPath(parsed["path"]);
    const { path, value, query } = parsed;
    if (value === undefined) return { path, query };
    return isScalar(value) ? { path, value, query } : undefined;
  } catch {
    return undefined;
  }
}

function isScalar(value: unknown): value is string | number | boolean | null {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

/** The limit may change from page to page, all else belongs to the query. */
function fingerprint({ collection, group, where, orderBy }: Query): string {
  const text = JSON.stringify([collection, group, where ?? [], orderBy?.field, orderBy?.direction]);
  return createHash("sha256").update(text).digest("base64url").slice(0, 12);
}

/** The value at a field path in a document; absent when it, or a map on the way, is not there. */
function fieldValue(data: DocumentData, field: string): unknown {
  let value: unknown = data;
  for (const name of field.split(".")) {
    if (!isMap(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** A cursor after a document. @throws StoreError invalid when its place in the order is that of a map or an array */
export function cursorAfter(query: Query, path: string, data: DocumentData): Cursor {
  if (query.orderBy === undefined) return { path };
  const { field } = query.orderBy;
  const value = fieldValue(data, field);
  if (isScalar(value)) return { path, value };
  throw new StoreError(
    "invalid",
    `document ${path}: ${field} is not a number, string, boolean or null to order by`,
  );
}
