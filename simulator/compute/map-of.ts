/** Maps that make what is missing. */

/** The value at `key`; made and kept when there is none. */
export function upsert<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
