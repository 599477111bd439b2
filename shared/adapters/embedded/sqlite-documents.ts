/** Documents as rows: reading, writing and what has changed. Everything here is synchronous; callers own transactions. */
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import type { Document, DocumentData } from "../../ports/store.ts";
import { collectionOf, lastId } from "../document-rules.ts";
import type { Sql } from "./sqlite-query.ts";
import type { WatchSource } from "./sqlite-watch.ts";

/** Revisions that deletions are remembered for; a watcher that falls further behind is told of all there is. */
const DELETIONS_KEPT = 10_000;
/** Paths named to a watcher in one call. A hint: the listener reads afresh. */
const CHANGES_MAX = 10_000;
/** Prepared statements kept; the shapes of queries are few. */
const STATEMENTS_MAX = 200;

const COLUMNS = "path, data, revision, updated_ms";
type Row = Record<string, SQLOutputValue>;

export interface DocumentTable extends WatchSource {
  get(path: string): Document | undefined;
  /** The version of a document, or nothing when it is absent. */
  versionOf(path: string): string | undefined;
  select(sql: Sql): readonly Document[];
  /** Begins a write: everything until the next belongs to one revision. */
  nextRevision(): number;
  put(path: string, text: string, revision: number, updatedMs: number): void;
  remove(path: string, revision: number): void;
}

export function createDocumentTable(database: DatabaseSync, isMemory: boolean): DocumentTable {
  const statements = new Map<string, StatementSync>();
  const prepare = (text: string): StatementSync => {
    const known = statements.get(text);
    if (known !== undefined) return known;
    if (statements.size >= STATEMENTS_MAX) statements.clear();
    const statement = database.prepare(text);
    statements.set(text, statement);
    return statement;
  };
  const row = (text: string, ...values: SQLInputValue[]): Row | undefined => prepare(text).get(...values);
  const run = (text: string, ...values: SQLInputValue[]) => prepare(text).run(...values);
  const paths = (text: string, ...values: SQLInputValue[]) =>
    prepare(text)
      .all(...values)
      .map((found) => String(found["path"]));

  return {
    get: (path) => {
      const found = row(`SELECT ${COLUMNS} FROM documents WHERE path = ?`, path);
      return found === undefined ? undefined : toDocument(found);
    },
    versionOf: (path) => {
      const found = row("SELECT revision FROM documents WHERE path = ?", path);
      return found === undefined ? undefined : String(found["revision"]);
    },
    select: ({ text, values }) =>
      prepare(text)
        .all(...values)
        .map(toDocument),
    nextRevision: () => {
      const next = row("UPDATE revision SET value = value + 1 RETURNING value");
      return Number(next?.["value"]);
    },
    put: (path, text, revision, updatedMs) => {
      const collection = collectionOf(path);
      run(
        `INSERT INTO documents (path, collection, collection_group, data, revision, updated_ms) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (path) DO UPDATE SET data = excluded.data, revision = excluded.revision, updated_ms = excluded.updated_ms`,
        path,
        collection,
        lastId(collection),
        text,
        revision,
        updatedMs,
      );
    },
    // The row goes first: on a full disk its pages hold the record of the deletion.
    remove: (path, revision) => {
      if (run("DELETE FROM documents WHERE path = ?", path).changes === 0) return;
      run("DELETE FROM deletions WHERE revision < ?", revision - DELETIONS_KEPT);
      run("INSERT OR IGNORE INTO deletions (revision, path) VALUES (?, ?)", revision, path);
    },
    revision: () => Number(row("SELECT value FROM revision")?.["value"]),
    changedSince: (revision) => {
      const current = Number(row("SELECT value FROM revision")?.["value"]);
      if (current - revision > DELETIONS_KEPT) return undefined;
      const changed = paths(
        `SELECT path FROM documents WHERE revision > ? UNION SELECT path FROM deletions WHERE revision > ? LIMIT ${CHANGES_MAX + 1}`,
        revision,
        revision,
      );
      return changed.length > CHANGES_MAX ? undefined : changed;
    },
    existing: (path) =>
      paths(
        `SELECT path FROM documents WHERE path = ? OR collection = ? ORDER BY sort_path LIMIT ${CHANGES_MAX}`,
        path,
        path,
      ),
    foreignVersion: () => (isMemory ? undefined : Number(row("PRAGMA data_version")?.["data_version"])),
  };
}

function toDocument(row: Row): Document {
  return {
    path: String(row["path"]),
    data: JSON.parse(String(row["data"])) as DocumentData,
    version: String(row["revision"]),
    updatedMs: Number(row["updated_ms"]),
  };
}
