/**
 * The Store port on one SQLite file.
 *
 * A transaction: reading ─body ended─► checking ─all that was read is still so─► committed
 *                   ▲                     └─it is not, or another process is writing─► pausing ─┐
 *                   └───────────────── TRANSACTION_ATTEMPTS_MAX times at most ──────────────────┘
 */
import type { Chance } from "../../ports/chance.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import {
  type Document,
  type Page,
  type Query,
  type Store,
  StoreError,
  type Transaction,
} from "../../ports/store.ts";
import { checkDocumentPath, checkIds } from "../document-rules.ts";
import { checkQuery, cursorAfter, decodeCursor, encodeCursor } from "../query-rules.ts";
import type { Write } from "../transaction-writes.ts";
import {
  explainSqliteError,
  inReadTransaction,
  inWriteTransaction,
  isBusy,
  isFull,
  openSqliteDatabase,
  type SqliteOptions,
} from "./sqlite-database.ts";
import { createDocumentTable, type DocumentTable } from "./sqlite-documents.ts";
import { querySql } from "./sqlite-query.ts";
import { createWatchHub } from "./sqlite-watch.ts";
import { recordTransaction, type TransactionRecord } from "./transaction-record.ts";

/** Runs of a body before "contention". With the pauses below, some five seconds. */
const TRANSACTION_ATTEMPTS_MAX = 12;
/** Milliseconds; the pause before the next run is a random part of this, doubled with every run up to the maximum. */
const PAUSE_MS = 4;
const PAUSE_MS_MAX = 1_000;

export interface SqliteStoreOptions extends SqliteOptions {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log?: Log;
}

/** Opens or creates the file. @throws StoreError unavailable when it cannot be opened */
export function openSqliteStore(options: SqliteStoreOptions): Store {
  const { clock, chance, log } = options;
  const database = mapErrors(() => openSqliteDatabase(options));
  const table = createDocumentTable(database, options.file === ":memory:");
  const hub = createWatchHub(table, clock, log);

  const isCurrent = ({ versions }: TransactionRecord) =>
    [...versions].every(([path, version]) => table.versionOf(path) === version);
  const commit = (record: TransactionRecord): boolean => {
    const writes = record.writes();
    if (writes.length === 0) {
      return record.versions.size <= 1 || inReadTransaction(database, () => isCurrent(record));
    }
    const committed = inWriteTransaction(database, () => {
      if (!isCurrent(record)) return false;
      const revision = table.nextRevision();
      for (const write of writes) apply(table, write, revision, clock.nowMs());
      return true;
    });
    if (committed) hub.written();
    return committed;
  };
  /** The body's result, or nothing when what it read has changed meanwhile: then neither its result nor error counts. */
  const attempt = async <R>(body: (transaction: Transaction) => Promise<R>) => {
    const record = recordTransaction((path) => mapErrors(() => table.get(path)));
    const outcome = await settle(() => body(record.transaction));
    if ("error" in outcome) {
      if (unlessBusy(() => inReadTransaction(database, () => isCurrent(record)))) throw outcome.error;
      return undefined;
    }
    return unlessBusy(() => commit(record)) ? { result: outcome.result } : undefined;
  };
  const pause = (attempts: number) => {
    const longestMs = Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** attempts);
    return new Promise<void>((resolve) => clock.after(Math.ceil(chance.fraction() * longestMs), resolve));
  };

  return {
    get: async <T>(path: string) => {
      checkDocumentPath(path);
      return mapErrors(() => table.get(path)) as Document<T> | undefined;
    },
    query: async <T>(query: Query) => {
      checkQuery(query);
      const cursor = query.page === undefined ? undefined : decodeCursor(query, query.page);
      return toPage(
        query,
        mapErrors(() => table.select(querySql(query, cursor))),
      ) as Page<T>;
    },
    transact: async (body) => {
      for (let attempts = 0; attempts < TRANSACTION_ATTEMPTS_MAX; attempts++) {
        if (attempts > 0) await pause(attempts);
        const outcome = await attempt(body);
        if (outcome !== undefined) return outcome.result;
      }
      throw new StoreError(
        "contention",
        `what the transaction read was changed by others ${TRANSACTION_ATTEMPTS_MAX} times: try again later`,
      );
    },
    watch: (path, listener) => {
      checkIds(path);
      return mapErrors(() => hub.watch(path, listener));
    },
    close: async () => {
      hub.close();
      if (database.isOpen) database.close();
    },
  };
}

function apply(table: DocumentTable, write: Write, revision: number, nowMs: number): void {
  if (write.verb === "delete") {
    table.remove(write.path, revision);
    return;
  }
  if (write.verb === "create" && table.versionOf(write.path) !== undefined) {
    throw new StoreError("conflict", `document ${write.path} exists already`);
  }
  table.put(write.path, write.text, revision, nowMs);
}

/** The rows hold one more than the page when another follows. */
function toPage(query: Query, rows: readonly Document[]): Page {
  const documents = rows.slice(0, query.limit);
  const last = documents.at(-1);
  if (last === undefined || rows.length <= query.limit) return { documents };
  return { documents, nextPage: encodeCursor(query, cursorAfter(query, last.path, last.data)) };
}

async function settle<R>(
  body: () => Promise<R>,
): Promise<{ readonly result: R } | { readonly error: unknown }> {
  try {
    return { result: await body() };
  } catch (error) {
    return { error };
  }
}

/** False when another process holds the file, which is contention too. */
function unlessBusy(step: () => boolean): boolean {
  try {
    return step();
  } catch (error) {
    if (isBusy(error)) return false;
    throw toStoreError(error);
  }
}

function mapErrors<R>(step: () => R): R {
  try {
    return step();
  } catch (error) {
    throw toStoreError(error);
  }
}

function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const remedy = isFull(error) ? "the disk of the control plane is full: free space on it" : undefined;
  return new StoreError("unavailable", `SQLite: ${explainSqliteError(error)}`, { cause: error, remedy });
}
