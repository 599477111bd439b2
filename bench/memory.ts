/** This process's memory: what the system has given it, and the heap after a full garbage collection. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

export interface Memory {
  readonly rssMb: number;
  readonly heapMb: number;
}

export function memoryNow(): Memory {
  // Before the collection, which copies what is alive and so takes pages of its own.
  const rss = process.memoryUsage.rss();
  // What the first leaves to finalizers, the second finds.
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return { rssMb: rss / 1e6, heapMb: (heapUsed + external) / 1e6 };
}
