/** A failure as a person reads it: event → decision with its reason → calls → outcome, in time's order. Pure. */
import type { Violation } from "./checker/checker.ts";
import type { TraceLine } from "./trace.ts";

/** Before a violation: two of the longest waits between passes, and what led there. */
const BEFORE_MS = 10 * 60_000;
const LINES_MAX = 120;
/** What the reader does not need: reads, hashes, log lines that repeat events. */
const READS =
  / (store\.(get|query)|compute\.(list|get|imageFromFamily|groupMembers|managedInstances|serialOutput|operations)|secrets\.(read|list)|kubernetes\.GET|store\.transact|wakeups\.schedule) /;

export function timeline(lines: readonly TraceLine[], violation: Violation, startMs: number): string {
  const endMs = violation.atMs - startMs;
  const told = lines.filter(
    (line) =>
      line.atMs >= endMs - BEFORE_MS &&
      line.atMs <= endMs &&
      (violation.cluster === undefined || line.cluster === undefined || line.cluster === violation.cluster) &&
      isWorthTelling(line),
  );
  const shown = told.slice(-LINES_MAX);
  const left = told.length - shown.length;
  const head = left > 0 ? [`  … ${left} lines before`] : [];
  return [...head, ...shown.map(render)].join("\n");
}

function isWorthTelling({ what, text }: TraceLine): boolean {
  if (what === "log" || what === "document") return false;
  if (what === "call") return !READS.test(` ${text} `) || !text.endsWith("→ ok");
  return !(text.startsWith("sweep-") && what !== "died");
}

const MARKS: Readonly<Record<string, string>> = {
  fault: "!!",
  violation: "XX",
  person: "->",
  decision: "  ..",
  call: "    =>",
  cloud: "      ~",
};
function render({ atMs, what, cluster, text }: TraceLine): string {
  return `  ${clockTime(atMs)} ${(cluster ?? "").padEnd(4)} ${MARKS[what] ?? "  "} ${what} ${text}`;
}

/** Hours, minutes and seconds since the beginning. */
export function clockTime(ms: number): string {
  const seconds = (ms / 1000) % 60;
  const minutes = Math.floor(ms / 60_000) % 60;
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(Math.floor(ms / 3_600_000))}:${two(minutes)}:${seconds.toFixed(3).padStart(6, "0")}`;
}
