/** Steps that the suites of the Store contract share. */
import assert from "node:assert/strict";
import { type DocumentData, type Store, StoreError, type StoreErrorCode } from "../../shared/ports/store.ts";

export function setIn(store: Store, path: string, data: DocumentData): Promise<void> {
  return store.transact(async (t) => t.set(path, data));
}

/** Fails unless the action is refused with this code and words for people. */
export function refusesAs(code: StoreErrorCode, action: () => Promise<unknown>): Promise<void> {
  return assert.rejects(
    action,
    (error) => error instanceof StoreError && error.code === code && error.message !== "",
  );
}
