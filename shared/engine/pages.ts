/** All documents of a query, page by page. */
import type { Document, Query, Store } from "../ports/store.ts";

export async function* pages<T>(store: Store, query: Query): AsyncGenerator<Document<T>> {
  let page: string | undefined;
  do {
    const answer = await store.query<T>(page === undefined ? query : { ...query, page });
    yield* answer.documents;
    page = answer.nextPage;
  } while (page !== undefined);
}
