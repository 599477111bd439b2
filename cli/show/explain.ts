/** An explanation as a person reads it: pass by pass, what was heard, done, what failed, what it became. Pure. */
import type { ExplainedStep, Explanation } from "../../shared/explain/explain.ts";
import { color } from "./color.ts";
import { moment, shortKey } from "./events.ts";
import { wrap } from "./text.ts";

const INDENT = "           ";
const WORDS: Readonly<Record<ExplainedStep["is"], string>> = {
  heard: "heard",
  did: "did",
  failed: "failed",
  became: "became",
};
const WORD_WIDTH = 6;

export function explanationLines(explanation: Explanation, nowMs: number, width: number): string {
  const { subject, passes, now } = explanation;
  const told = passes.map(({ atMs, epoch, wokenBy, steps }) => {
    const head = `${color.dim(moment(atMs, nowMs))} pass ${epoch}, woken by: ${wokenBy}\n`;
    return head + steps.map((step) => stepLines(step, width)).join("");
  });
  const nothing = "No record tells of it. Records are kept for 30 days.\n";
  const ending = now.flatMap((sentence) =>
    wrap(sentence, width - 5).map((line, index) => `${index === 0 ? "Now: " : "     "}${line}\n`),
  );
  return `${color.bold(subject)}\n${told.length === 0 ? nothing : told.join("")}${ending.join("")}`;
}

function stepLines({ is, verb, key, why, cause }: ExplainedStep, width: number): string {
  const word = WORDS[is].padEnd(WORD_WIDTH);
  const shown = is === "failed" ? color.red(word) : is === "did" ? color.cyan(word) : color.dim(word);
  const of = cause === undefined ? "" : color.dim(` [${cause}]`);
  const reasons = wrap(why, width - INDENT.length).map((line) => `${INDENT}${line}\n`);
  return `  ${shown} ${verb.split(".").at(-1) ?? verb} ${shortKey(key)}${of}\n${reasons.join("")}`;
}
