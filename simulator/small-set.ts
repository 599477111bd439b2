/** A set in the order that its members came. Nearly all have one or two, for which a list takes a fraction of the room. */

/** Members up to which a list is as fast. */
const LIST_MAX = 8;

export class SmallSet<T> implements Iterable<T> {
  /** Never changed in place, for who walks over it may take members out; made so that it has no room to spare. */
  #members: readonly T[] | Set<T> = [];

  get size(): number {
    return this.#members instanceof Set ? this.#members.size : this.#members.length;
  }
  has(member: T): boolean {
    return this.#members instanceof Set ? this.#members.has(member) : this.#members.includes(member);
  }
  add(member: T): void {
    if (this.#members instanceof Set) this.#members.add(member);
    else if (this.#members.includes(member)) return;
    else if (this.#members.length < LIST_MAX) this.#members = this.#members.concat(member);
    else this.#members = new Set([...this.#members, member]);
  }
  delete(member: T): void {
    if (this.#members instanceof Set) this.#members.delete(member);
    else {
      const at = this.#members.indexOf(member);
      if (at >= 0) this.#members = this.#members.toSpliced(at, 1);
    }
  }
  [Symbol.iterator](): Iterator<T> {
    return this.#members[Symbol.iterator]();
  }
}
