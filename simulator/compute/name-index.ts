/** Rows of one scope by name: exact look-up, and walks in order of name from a prefix, without sorting anew each time. */
import type { Row } from "./row.ts";

/** Rows that may wait unsorted before they are merged in; a walk sorts no more than these. */
const UNSORTED_MAX = 512;

export interface NameIndex {
  get(name: string): Row | undefined;
  add(row: Row): void;
  delete(name: string): void;
  size(): number;
  /** In order of name: names that begin with `prefix` and are greater than `after`. */
  from(prefix: string, after: string): Iterable<Row>;
}

function firstAtLeast(names: readonly string[], name: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((names[middle] ?? "") < name) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function createNameIndex(): NameIndex {
  const rows = new Map<string, Row>();
  /** May hold names that are gone; may not hold those in `unsorted`. */
  let sorted: readonly string[] = [];
  const inSorted = new Set<string>();
  const unsorted = new Set<string>();

  function merge(): void {
    const names = [...rows.keys()].sort();
    sorted = names;
    inSorted.clear();
    for (const name of names) inSorted.add(name);
    unsorted.clear();
  }
  return {
    get: (name) => rows.get(name),
    size: () => rows.size,
    add(row) {
      rows.set(row.name, row);
      if (!inSorted.has(row.name)) unsorted.add(row.name);
    },
    delete(name) {
      rows.delete(name);
      unsorted.delete(name);
    },
    *from(prefix, after) {
      if (unsorted.size > UNSORTED_MAX || sorted.length > 2 * rows.size + UNSORTED_MAX) merge();
      const start = [prefix, after].sort()[1] ?? prefix;
      const fresh = [...unsorted].filter((name) => name >= start && name.startsWith(prefix)).sort();
      const names = sorted;
      let at = firstAtLeast(names, start);
      let next = 0;
      for (;;) {
        const old = names[at];
        const young = fresh[next];
        const fits = old?.startsWith(prefix) === true;
        if (!fits && young === undefined) return;
        let name: string;
        if (fits && old !== undefined && (young === undefined || old < young)) {
          name = old;
          at++;
        } else {
          name = young ?? "";
          next++;
        }
        const row = rows.get(name);
        if (row !== undefined && name !== after) yield row;
      }
    },
  };
}
