/** Answers of a pure function, kept by the text that was asked: the same few texts are asked again and again. */

/** Kept at once; then all are let go, which costs less than knowing the oldest. */
const KEPT_MAX = 1_024;

/** What it throws is not kept. The answers are shared: nobody may change them. */
export function remembered<T>(answer: (text: string) => T): (text: string) => T {
  const kept = new Map<string, T>();
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    const made = answer(text);
    if (kept.size >= KEPT_MAX) kept.clear();
    kept.set(text, made);
    return made;
  };
}
