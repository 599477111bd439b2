/** Answers of pure functions, kept by what was asked: the same few things are asked again and again. */

/** Answers kept at once; then all are let go, which costs less than knowing the oldest. */
const KEPT_MAX = 512;

/** Answers by key. They are shared: nobody may change them. What `make` throws is not kept. */
export function createMemory<T>(keptMax = KEPT_MAX): (key: string, make: () => T) => T {
  const kept = new Map<string, T>();
  return (key, make) => {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const made = make();
    if (kept.size >= keptMax) kept.clear();
    kept.set(key, made);
    return made;
  };
}

/** The function, with a memory of the texts that it was asked for. */
export function remembered<T>(answer: (text: string) => T, keptMax = KEPT_MAX): (text: string) => T {
  const memory = createMemory<T>(keptMax);
  return (text) => memory(text, () => answer(text));
}
