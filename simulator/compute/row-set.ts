/** A set of rows in the order they came. Nearly all have one or two members, for which a list takes a fraction of the room. */
import type { Row } from "./row.ts";

/** Members up to which a list is as fast. */
const LIST_MAX = 8;

export class RowSet implements Iterable<Row> {
  /** Never changed in place: who walks over it may take members out. */
  #rows: readonly Row[] | Set<Row> = [];

  get size(): number {
    return this.#rows instanceof Set ? this.#rows.size : this.#rows.length;
  }
  has(row: Row): boolean {
    return this.#rows instanceof Set ? this.#rows.has(row) : this.#rows.includes(row);
  }
  add(row: Row): void {
    if (this.#rows instanceof Set) this.#rows.add(row);
    else if (this.#rows.includes(row)) return;
    else if (this.#rows.length < LIST_MAX) this.#rows = [...this.#rows, row];
    else this.#rows = new Set([...this.#rows, row]);
  }
  delete(row: Row): void {
    if (this.#rows instanceof Set) this.#rows.delete(row);
    else if (this.#rows.includes(row)) this.#rows = this.#rows.filter((each) => each !== row);
  }
  [Symbol.iterator](): Iterator<Row> {
    return this.#rows[Symbol.iterator]();
  }
}
