/** Remembers the newest answers of a pure function whose input is plain JSON: a pass asks for the same again and again. */

/** The oldest of `kept` answers goes first. Answers are shared: nobody may change one. */
export function remembered<In, Out>(make: (input: In) => Out, kept: number): (input: In) => Out {
  const answers = new Map<string, Out>();
  return (input) => {
    const key = JSON.stringify(input);
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = make(input);
    const [oldest] = answers.keys();
    if (answers.size >= kept && oldest !== undefined) answers.delete(oldest);
    answers.set(key, answer);
    return answer;
  };
}
