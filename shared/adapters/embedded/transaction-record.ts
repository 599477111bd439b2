/** What one run of a transaction's body read and wants to write, until it is checked and committed. */
import { type Document, StoreError, type Transaction } from "../../ports/store.ts";
import { checkDocumentPath, readAfterWrite } from "../document-rules.ts";
import { createWriteBuffer, type Write } from "../transaction-writes.ts";

export interface TransactionRecord {
  readonly transaction: Transaction;
  /** The version of every document read; nothing for one that was absent. */
  readonly versions: ReadonlyMap<string, string | undefined>;
  writes(): readonly Write[];
}

/** A transaction over `read`. A document read twice is the same both times. */
export function recordTransaction(read: (path: string) => Document | undefined): TransactionRecord {
  const reads = new Map<string, Document | undefined>();
  const versions = new Map<string, string | undefined>();
  const buffer = createWriteBuffer();
  const readOnce = (path: string): Document | undefined => {
    // A second reader gets a copy; nearly all documents are read once, and copying them took a third of a transaction.
    if (reads.has(path)) return structuredClone(reads.get(path));
    const document = read(path);
    reads.set(path, document);
    versions.set(path, document?.version);
    return document;
  };
  const transaction: Transaction = {
    get: async <T>(path: string) => {
      checkDocumentPath(path);
      if (buffer.writes().length > 0) throw new StoreError("invalid", readAfterWrite(path));
      return readOnce(path) as Document<T> | undefined;
    },
    create: buffer.create,
    set: buffer.set,
    delete: buffer.delete,
  };
  return { transaction, versions, writes: buffer.writes };
}
