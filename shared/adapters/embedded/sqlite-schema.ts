/** The tables of the embedded mode, as the steps that made them: never change one, add another at the end. */

/**
 * Documents, every write of which takes the next revision, and what was deleted lately, for watchers in other
 * processes. `sort_path` orders paths id by id, as Firestore does: the separator comes before every other character.
 */
const DOCUMENTS = `
  CREATE TABLE revision (only INTEGER PRIMARY KEY CHECK (only = 1), value INTEGER NOT NULL) STRICT;
  INSERT INTO revision (only, value) VALUES (1, 0);
  CREATE TABLE documents (
    path TEXT PRIMARY KEY,
    sort_path TEXT GENERATED ALWAYS AS (replace(path, '/', char(1))) VIRTUAL,
    collection TEXT NOT NULL,
    collection_group TEXT NOT NULL,
    data TEXT NOT NULL,
    revision INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX documents_by_collection ON documents (collection, sort_path);
  CREATE INDEX documents_by_group ON documents (collection_group, sort_path);
  CREATE INDEX documents_by_revision ON documents (revision);
  CREATE TABLE deletions (revision INTEGER NOT NULL, path TEXT NOT NULL, PRIMARY KEY (revision, path))
    STRICT, WITHOUT ROWID;
`;

/** What the sweep asks for: overdue documents, and those in a phase. */
const QUERIES = ["wakeAtMs", "phase"]
  .flatMap((field) => [
    `CREATE INDEX documents_by_collection_and_${field} ON documents (collection, json_extract(data, '$.${field}'), sort_path);`,
    `CREATE INDEX documents_by_group_and_${field} ON documents (collection_group, json_extract(data, '$.${field}'), sort_path);`,
  ])
  .join("\n");

/** Passes asked for, and passes that have begun: a cluster may have one of each. */
const WAKEUPS = `
  CREATE TABLE wakeups_pending (
    cluster_id TEXT PRIMARY KEY,
    at_ms REAL NOT NULL,
    cause TEXT NOT NULL,
    failures INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX wakeups_by_time ON wakeups_pending (at_ms);
  CREATE TABLE wakeups_running (
    cluster_id TEXT PRIMARY KEY,
    at_ms REAL NOT NULL,
    cause TEXT NOT NULL,
    failures INTEGER NOT NULL
  ) STRICT;
`;

export const MIGRATIONS: readonly string[] = [DOCUMENTS, QUERIES, WAKEUPS];
