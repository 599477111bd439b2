/**
 * What clusters have in common is kept once: add-ons, roles and pod templates are the same in all of them. Parts with the
 * same text become the same sealed object, and what is derived from it is derived once.
 */
import { createMemory } from "../../remembered.ts";
import { sealed } from "./sealed.ts";

/** Shorter texts are not worth an entry. */
const TEXT_LENGTH_MIN = 32;
const parts = createMemory<unknown>();

/** A sealed value of the same content; the argument is neither kept nor changed. */
export function common<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  const text = JSON.stringify(value);
  const read = () => sealed(JSON.parse(text)) as T;
  return text.length < TEXT_LENGTH_MIN ? read() : (parts(text, read) as T);
}

const ids = new WeakMap<object, number>();
let lastId = 0;
/** A number that stands for this object, and for no other. */
export function idOf(object: object): number {
  const known = ids.get(object);
  if (known !== undefined) return known;
  lastId += 1;
  ids.set(object, lastId);
  return lastId;
}

/** The function, with a memory of the sealed objects that it was asked for. What is not sealed may change: asked anew. */
export function derived<K extends object, V>(derive: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, { readonly value: V }>();
  return (key) => {
    if (!Object.isFrozen(key)) return derive(key);
    const before = known.get(key);
    if (before !== undefined) return before.value;
    const value = derive(key);
    known.set(key, { value });
    return value;
  };
}
