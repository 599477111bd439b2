/** Compaction: what has changed is forgotten an hour later, so that a cluster at rest holds nothing but what is. */
import type { Control } from "./control.ts";

/**
 * A change is remembered for this long and less than twice as long. kube-apiserver's --etcd-compaction-interval is 5m by
 * default; but kubectl lives in real time, and minutes of virtual time may pass between its list and its watch.
 */
const INTERVAL_MS = 60 * 60_000;

export function startCompaction({ state, queue }: Control): void {
  const { store } = state;
  let seen = store.revision();
  function compact() {
    const isMore = store.revision() > seen;
    store.compact(seen);
    seen = store.revision();
    if (isMore) soon();
  }
  const soon = () => queue.add("compaction", compact, INTERVAL_MS);
  store.subscribe("*", soon);
}
