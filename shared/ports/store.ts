/**
 * Documents: Firestore in a deployment, SQLite embedded. Paths alternate collection and document ids as in
 * Firestore (`clusters/checkout/status/current`). Data is JSON; numbers are doubles; no `undefined`.
 */
export type DocumentData = Readonly<Record<string, unknown>>;

export interface Document<T = DocumentData> {
  readonly path: string;
  readonly data: T;
  /** Changes with every write; opaque; usable as an ETag. */
  readonly version: string;
  readonly updatedMs: number;
}

export type Condition = readonly [
  field: string,
  comparison: "==" | "<" | "<=" | ">" | ">=",
  value: string | number | boolean,
];

/** A bounded page. Exactly one of `collection` (a path) and `group` (a collection id anywhere in the tree). */
export interface Query {
  readonly collection?: string;
  readonly group?: string;
  /** All must hold. A range condition needs `orderBy` on the same field. */
  readonly where?: readonly Condition[];
  /** Without it: by path. */
  readonly orderBy?: { readonly field: string; readonly direction: "ascending" | "descending" };
  /** 1 to QUERY_LIMIT_MAX. */
  readonly limit: number;
  /** `nextPage` of the page before. */
  readonly page?: string;
}
export interface Page<T = DocumentData> {
  readonly documents: readonly Document<T>[];
  /** Absent on the last page. */
  readonly nextPage?: string;
}
export const QUERY_LIMIT_MAX = 500;
/** Firestore allows 1 MiB; Eventarc 512 KB for the old and the new value together, hence this. */
export const DOCUMENT_BYTES_MAX = 200_000;

export type StoreErrorCode =
  /** The transaction met too much contention; nothing was written. */
  | "contention"
  /** `create` of a document that is there, or an expected version that is no longer the current one. */
  | "conflict"
  /** The document is over DOCUMENT_BYTES_MAX, or not JSON. */
  | "invalid"
  /** The disk is full, or the database cannot be reached; nothing was written as far as known. */
  | "unavailable";
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  /** What a person can do about it, as a sentence without its period. */
  readonly remedy: string | undefined;
  constructor(
    code: StoreErrorCode,
    message: string,
    { remedy, ...options }: { cause?: unknown; remedy?: string | undefined } = {},
  ) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
    this.remedy = remedy;
  }
}

export interface Transaction {
  /** All reads come before the first write, as in Firestore. */
  get<T = DocumentData>(path: string): Promise<Document<T> | undefined>;
  /** @throws StoreError conflict when it exists */
  create(path: string, data: DocumentData): void;
  /** Writes the whole document, there or not. */
  set(path: string, data: DocumentData): void;
  /** Harmless when absent. */
  delete(path: string): void;
}

export interface Store {
  get<T = DocumentData>(path: string): Promise<Document<T> | undefined>;
  query<T = DocumentData>(query: Query): Promise<Page<T>>;
  /**
   * Serializable, all or nothing. `body` may run several times; it must have no effect but through `transaction`.
   * What it throws aborts the transaction and is thrown on.
   * @throws StoreError
   */
  transact<R>(body: (transaction: Transaction) => Promise<R>): Promise<R>;
  /**
   * Calls `listener` after changes of a document (a path of even length) or of the documents directly in a
   * collection (odd length), also those made by other processes; a burst may arrive as one call. The first call comes
   * for what is there. A hint: read afresh. The answer ends it.
   */
  watch(path: string, listener: (changed: readonly string[]) => void): () => void;
  close(): Promise<void>;
}
