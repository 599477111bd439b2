/** Opens the one SQLite file of the embedded mode: private, crash-safe, and brought to the schema of this version. */
import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { MIGRATIONS } from "./sqlite-schema.ts";

/** Milliseconds that a statement waits, blocking the process, while another process writes. */
const BUSY_TIMEOUT_MS = 200;
/** Milliseconds that opening waits for it: the process has nothing else to do yet, and another may be making the tables. */
const OPENING_TIMEOUT_MS = 10_000;
/** Documents may name secrets and addresses: nobody but the owner reads them. The -wal and -shm files inherit it. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** Primary result codes, the low byte of an extended one. Source: sqlite.org/rescode.html. */
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_FULL = 13;

export interface SqliteOptions {
  /** A path, or `:memory:`. The folder is made when it is not there. */
  readonly file: string;
  /** Pages of 4 KiB that the file may grow to; then writes answer "unavailable". As many as the disk holds by default. */
  readonly pagesMax?: number;
}

/** @throws Error of SQLite or of the file system, or one that says that a newer version wrote the file */
export function openSqliteDatabase({ file, pagesMax }: SqliteOptions, migrations = MIGRATIONS): DatabaseSync {
  if (file !== ":memory:") makePrivate(file);
  const database = new DatabaseSync(file, { timeout: OPENING_TIMEOUT_MS });
  try {
    // FULL: the log is synced at every commit, so that a power cut loses nothing acknowledged either, not only kill -9.
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    migrate(database, file, migrations);
    if (pagesMax !== undefined) database.exec(`PRAGMA max_page_count = ${Math.trunc(pagesMax)}`);
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function makePrivate(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: FOLDER_MODE });
  closeSync(openSync(file, "a", FILE_MODE));
  chmodSync(file, FILE_MODE);
}

/** `user_version` counts the migrations that the file has had; each runs whole or not at all. */
function migrate(database: DatabaseSync, file: string, migrations: readonly string[]): void {
  while (true) {
    const finished = inWriteTransaction(database, () => {
      const version = userVersion(database);
      if (version > migrations.length) throw new Error(tooNew(file, version, migrations.length));
      const migration = migrations[version];
      if (migration === undefined) return true;
      database.exec(migration);
      database.exec(`PRAGMA user_version = ${version + 1}`);
      return false;
    });
    if (finished) return;
  }
}

function tooNew(file: string, version: number, known: number): string {
  return (
    `${file} has schema version ${version}, and this version of Clusterwright knows up to ${known}: ` +
    "run the newer version that wrote it, or start with another file"
  );
}

function userVersion(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
}

/** Runs `body` in a transaction that no other process can write in, and takes all of it back when it throws. */
export function inWriteTransaction<R>(database: DatabaseSync, body: () => R): R {
  return inTransaction(database, "BEGIN IMMEDIATE", body);
}

/** Runs `body` on one snapshot. */
export function inReadTransaction<R>(database: DatabaseSync, body: () => R): R {
  return inTransaction(database, "BEGIN", body);
}

function inTransaction<R>(database: DatabaseSync, begin: string, body: () => R): R {
  database.exec(begin);
  try {
    const result = body();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // SQLite has already rolled back after some errors, a full disk among them.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** Another process holds the lock. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === SQLITE_BUSY || code === SQLITE_LOCKED;
}

/** The disk has no room, or the file may not grow further. */
export function isFull(error: unknown): boolean {
  return resultCode(error) === SQLITE_FULL;
}

/** What went wrong and how to solve it, for people. */
export function explainSqliteError(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (isFull(error)) return `${text}: nothing was written; free space and it works again`;
  return isBusy(error) ? `${text}: another process is writing` : text;
}

/** SQLite's primary result code, or nothing when the error is not SQLite's. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number")
    return undefined;
  return error.errcode & 0xff;
}
