/** Rows of one scope in order of name: exact look-up, and walks from a prefix on. */
import type { Row } from "./row.ts";

export interface NameIndex {
  get(name: string): Row | undefined;
  add(row: Row): void;
  delete(name: string): void;
  size(): number;
  /** In order of name: names that begin with `prefix` and are greater than `after`. */
  from(prefix: string, after: string): Iterable<Row>;
}

/** After every character that a name can have. */
const LAST_CHARACTER = "\uffff";
const NONE: readonly Row[] = [];

/** One sorted list: moving its tail for a new name costs less than sorting, even at a hundred thousand rows. */
export function createNameIndex(): NameIndex {
  const rows: Row[] = [];

  function firstAtLeast(name: string): number {
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((rows[middle]?.name ?? "") < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  function* walk(first: number): Generator<Row> {
    for (let at = first; at < rows.length; at++) {
      const row = rows[at];
      if (row !== undefined) yield row;
    }
  }
  function get(name: string): Row | undefined {
    const row = rows[firstAtLeast(name)];
    return row?.name === name ? row : undefined;
  }
  return {
    get,
    size: () => rows.length,
    add(row) {
      const at = firstAtLeast(row.name);
      rows.splice(at, rows[at]?.name === row.name ? 1 : 0, row);
    },
    delete(name) {
      if (get(name) !== undefined) rows.splice(firstAtLeast(name), 1);
    },
    from(prefix, after) {
      const start = Math.max(firstAtLeast(prefix), firstAtLeast(after));
      const first = rows[start]?.name === after ? start + 1 : start;
      if (prefix === "") return walk(first);
      const end = firstAtLeast(`${prefix}${LAST_CHARACTER}`);
      return end <= first ? NONE : rows.slice(first, end);
    },
  };
}
