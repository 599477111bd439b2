/** Firestore's errors as the Store port's. */
import { StoreError, type StoreErrorCode } from "../../ports/store.ts";

/** gRPC status codes. Source: grpc.github.io/grpc/core/md_doc_statuscodes.html. All others mean "unavailable". */
const CODES: Readonly<Record<number, StoreErrorCode>> = {
  /** INVALID_ARGUMENT */
  3: "invalid",
  /** ALREADY_EXISTS: what a transaction creates is there. */
  6: "conflict",
  /** FAILED_PRECONDITION: a query lacks its index; the message has a link that makes it. */
  9: "invalid",
  /** ABORTED: others hold the documents' locks. */
  10: "contention",
};
const INVALID_ARGUMENT = 3;
/** What the service (and, in other words, its emulator) says of a transaction that it gave up: run it again. */
const TRANSACTION_OVER = /transaction (has expired|is invalid or (closed|expired))/i;
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;

export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const status = statusOf(error);
  const text = error instanceof Error ? error.message : String(error);
  const way =
    status === PERMISSION_DENIED || status === UNAUTHENTICATED ? ": grant roles/datastore.user" : "";
  return new StoreError(codeOf(status, text), `Firestore: ${text}${way}`, { cause: error });
}

function codeOf(status: number | undefined, text: string): StoreErrorCode {
  if (status === INVALID_ARGUMENT && TRANSACTION_OVER.test(text)) return "contention";
  return CODES[status ?? -1] ?? "unavailable";
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "number" ? error.code : undefined;
}
