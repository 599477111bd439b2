/** The Store port on Firestore, through Google's official client. */
import type {
  CollectionReference,
  DocumentSnapshot,
  Firestore,
  Query as FirestoreQuery,
  Transaction as FirestoreTransaction,
  Settings,
} from "@google-cloud/firestore";
import { PassThroughClient } from "google-auth-library";
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
import { checkDocumentPath, checkIds, readAfterWrite } from "../document-rules.ts";
import { checkQuery, cursorAfter, decodeCursor, encodeCursor } from "../query-rules.ts";
import { createWriteBuffer } from "../transaction-writes.ts";
import { toStoreError } from "./firestore-error.ts";
import { decodeMap, encodeMap } from "./firestore-value.ts";
import { watchFirestore } from "./firestore-watch.ts";

/** Runs of a body before "contention". The client pauses between them, one second and more. Its own default is 5. */
const TRANSACTION_ATTEMPTS_MAX = 5;

/** What the client calls of its API for all of this but watching. The deployed bundle has no other method. */
export const FIRESTORE_METHODS = ["batchGetDocuments", "beginTransaction", "commit", "rollback", "runQuery"];

export interface FirestoreStoreOptions {
  readonly projectId?: string;
  readonly databaseId?: string;
  /** Passed on to the client, e.g. `{ host: "127.0.0.1:8080", ssl: false }` for an emulator. */
  readonly settings?: Settings;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log?: Log;
}

type Client = typeof import("@google-cloud/firestore");

/** Loads the client, which takes a quarter of a second, and connects with the first call. */
export async function openFirestoreStore(options: FirestoreStoreOptions): Promise<Store> {
  const { default: client } = await import("@google-cloud/firestore");
  const database = new client.Firestore(clientSettings(options));
  return {
    get: async <T>(path: string) => {
      checkDocumentPath(path);
      return toDocument(await mapErrors(() => database.doc(path).get())) as Document<T> | undefined;
    },
    query: async <T>(query: Query) => {
      checkQuery(query);
      const request = toRequest(client, database, query);
      const { docs } = await mapErrors(() => request.get());
      return toPage(
        query,
        docs.flatMap((snapshot) => toDocument(snapshot) ?? []),
      ) as Page<T>;
    },
    transact: (body) => transact(database, body),
    watch: (path, listener) => {
      checkIds(path);
      return watchFirestore(database, path, listener, options);
    },
    close: () => mapErrors(() => database.terminate()),
  };
}

function clientSettings({ projectId, databaseId, settings = {} }: FirestoreStoreOptions): Settings {
  const isEmulator = settings.ssl === false || process.env["FIRESTORE_EMULATOR_HOST"] !== undefined;
  return {
    // Over REST the client would look for credentials even then.
    ...(isEmulator ? { authClient: new PassThroughClient() } : {}),
    ...settings,
    ignoreUndefinedProperties: false,
    // gRPC is loaded with the first watch only: it takes 40 MB and a tenth of a second.
    preferRest: true,
    ...(projectId === undefined ? {} : { projectId }),
    ...(databaseId === undefined ? {} : { databaseId }),
  };
}

async function transact<R>(database: Firestore, body: (transaction: Transaction) => Promise<R>): Promise<R> {
  let thrown: { readonly error: unknown } | undefined;
  try {
    return await database.runTransaction(
      async (underlying) => {
        thrown = undefined;
        const { transaction, failure, flush } = wrap(database, underlying);
        try {
          const result = await body(transaction);
          flush();
          return result;
        } catch (error) {
          // The client knows from its own errors whether to run the body again, so those go back as they were.
          if (failure() !== undefined) throw failure();
          thrown = { error };
          throw error;
        }
      },
      { maxAttempts: TRANSACTION_ATTEMPTS_MAX },
    );
  } catch (error) {
    throw thrown === undefined ? toStoreError(error) : thrown.error;
  }
}

/** A transaction in the words of the port; `failure` is the client's error when a read failed, `flush` hands on the writes. */
function wrap(database: Firestore, underlying: FirestoreTransaction) {
  const buffer = createWriteBuffer();
  let failed: unknown;
  const transaction: Transaction = {
    get: async <T>(path: string) => {
      checkDocumentPath(path);
      if (buffer.writes().length > 0) throw new StoreError("invalid", readAfterWrite(path));
      try {
        return toDocument(await underlying.get(database.doc(path))) as Document<T> | undefined;
      } catch (error) {
        failed = error;
        throw toStoreError(error);
      }
    },
    create: buffer.create,
    set: buffer.set,
    delete: buffer.delete,
  };
  const flush = () => {
    for (const write of buffer.writes()) {
      const reference = database.doc(write.path);
      if (write.verb === "delete") underlying.delete(reference);
      else underlying[write.verb](reference, encodeMap(JSON.parse(write.text)));
    }
  };
  return { transaction, failure: () => failed, flush };
}

/** Asks for one document more than the limit, which tells whether a page follows. */
function toRequest({ FieldPath }: Client, database: Firestore, query: Query): FirestoreQuery {
  const { where = [], orderBy, limit, page } = query;
  const id = FieldPath.documentId();
  let request: FirestoreQuery = source(database, query);
  for (const [field, comparison, value] of where) request = request.where(field, comparison, value);
  const direction = orderBy?.direction === "descending" ? "desc" : "asc";
  if (orderBy !== undefined) request = request.orderBy(orderBy.field, direction);
  request = request.orderBy(id, direction).limit(limit + 1);
  if (page === undefined) return request;
  const cursor = decodeCursor(query, page);
  const after = database.doc(cursor.path);
  return cursor.value === undefined ? request.startAfter(after) : request.startAfter(cursor.value, after);
}

function source(database: Firestore, { collection, group }: Query): CollectionReference | FirestoreQuery {
  return collection === undefined ? database.collectionGroup(group ?? "") : database.collection(collection);
}

function toPage(query: Query, found: readonly Document[]): Page {
  const documents = found.slice(0, query.limit);
  const last = documents.at(-1);
  if (last === undefined || found.length <= query.limit) return { documents };
  return { documents, nextPage: encodeCursor(query, cursorAfter(query, last.path, last.data)) };
}

/** The version is the time of the last write to the nanosecond; a write that changes nothing leaves it as it is. */
function toDocument(snapshot: DocumentSnapshot): Document | undefined {
  const { updateTime } = snapshot;
  const data = snapshot.data();
  if (data === undefined || updateTime === undefined) return undefined;
  return {
    path: snapshot.ref.path,
    data: decodeMap(data),
    version: `${updateTime.seconds}.${String(updateTime.nanoseconds).padStart(9, "0")}`,
    updatedMs: updateTime.toMillis(),
  };
}

async function mapErrors<R>(step: () => Promise<R>): Promise<R> {
  try {
    return await step();
  } catch (error) {
    throw toStoreError(error);
  }
}
