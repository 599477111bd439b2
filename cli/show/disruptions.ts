/** Nodes that are out of service: whose doing, why, how far, and what is in the way. Pure. */
import type { DisruptionRecord } from "../../shared/status/disruption.ts";
import { color } from "./color.ts";
import { age, span, wrap } from "./text.ts";

const INDENT = "      ";
const STATES: Readonly<Record<DisruptionRecord["state"], string>> = {
  waiting: "cordoned",
  draining: "is being drained",
  paused: "is being drained, past its deadline",
  forcing: "is being drained by force",
  drained: "drained and kept",
  leaving: "is on its way out",
  cordoned: "cordoned by somebody else",
  ended: "in service again",
};
/** A node may wait for twenty pods; the ledger has them all. */
const BLOCKERS_SHOWN_MAX = 3;

export function disruptionLines(
  disruptions: readonly DisruptionRecord[],
  nowMs: number,
  width: number,
): string {
  return disruptions.map((one) => linesOf(one, nowMs, width)).join("");
}

function linesOf(one: DisruptionRecord, nowMs: number, width: number): string {
  const { node, owner, state, cause, sinceMs, reason, operation } = one;
  const mark = one.blockers.length > 0 || state === "paused" ? color.yellow("✗") : color.yellow("…");
  const since = sinceMs === null ? "" : color.dim(`  since ${age(sinceMs, nowMs)}`);
  const why = cause === undefined ? "" : `  ${cause}`;
  const by = operation === undefined ? "" : ` (operation ${operation})`;
  const told = owner === "others" ? [] : [`${reason}${by}`, ...deadline(one, nowMs)];
  const all = [...told, ...blockers(one)].flatMap((text) => wrap(text, width - INDENT.length));
  const head = `  ${mark} ${node}  ${STATES[state]}${why}${since}\n`;
  return `${head}${all.map((line) => `${INDENT}${line}\n`).join("")}`;
}

function deadline({ deadlineMs, policy, state }: DisruptionRecord, nowMs: number): readonly string[] {
  if (deadlineMs === null || state === "drained" || state === "leaving") return [];
  const then = policy === "force" ? "then budgets are overridden" : "then a person is told";
  if (deadlineMs > nowMs) return [`deadline in ${span(deadlineMs - nowMs)}, ${then}`];
  return [`its deadline was ${span(nowMs - deadlineMs)} ago`];
}

function blockers({ blockers: all, blockersMore }: DisruptionRecord): readonly string[] {
  const shown = all.slice(0, BLOCKERS_SHOWN_MAX).map(({ why }) => `waits: ${why}`);
  const more = all.length - shown.length + blockersMore;
  return more > 0 ? [...shown, `and for ${more} more`] : shown;
}
