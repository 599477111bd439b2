/** Compaction: what has changed is forgotten some minutes later, so that a cluster at rest holds nothing but what is. */
import type { Control } from "./control.ts";

// kube-apiserver --etcd-compaction-interval, default 5m: a change is remembered for one interval and less than two.
const INTERVAL_MS = 5 * 60_000;

export function startCompaction({ state, queue }: Control): void {
  const { store } = state;
  let seen = store.revision();
  function compact() {
    const isMore = store.compact(seen);
    seen = store.revision();
    if (isMore) soon();
  }
  const soon = () => queue.add("compaction", compact, INTERVAL_MS);
  store.subscribe("*", soon);
}
