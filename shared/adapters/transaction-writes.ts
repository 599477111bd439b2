/** The writes of a transaction, folded to one a document: Firestore refuses some sequences that SQLite would take. */
import { type DocumentData, StoreError } from "../ports/store.ts";
import { checkDocumentPath, encodeDocument } from "./document-rules.ts";

/** `text` is the document as JSON. */
export type Write =
  | { readonly verb: "create" | "set"; readonly path: string; readonly text: string }
  | { readonly verb: "delete"; readonly path: string };

export interface WriteBuffer {
  /** @throws StoreError conflict, invalid */
  create(path: string, data: DocumentData): void;
  /** @throws StoreError invalid */
  set(path: string, data: DocumentData): void;
  /** @throws StoreError invalid */
  delete(path: string): void;
  /** At most one a document. */
  writes(): readonly Write[];
}

export function createWriteBuffer(): WriteBuffer {
  const byPath = new Map<string, Write>();
  const verbOf = (path: string) => byPath.get(path)?.verb;
  return {
    create: (path, data) => {
      const text = encodeDocument(path, data);
      const before = verbOf(path);
      if (before === "create" || before === "set") {
        throw new StoreError("conflict", `document ${path} was written by this transaction already`);
      }
      byPath.set(path, { verb: before === "delete" ? "set" : "create", path, text });
    },
    set: (path, data) => {
      const text = encodeDocument(path, data);
      byPath.set(path, { verb: verbOf(path) === "create" ? "create" : "set", path, text });
    },
    delete: (path) => {
      checkDocumentPath(path);
      if (verbOf(path) === "create") {
        throw new StoreError(
          "invalid",
          `document ${path} is created and deleted by one transaction: do neither`,
        );
      }
      byPath.set(path, { verb: "delete", path });
    },
    writes: () => [...byPath.values()],
  };
}
