/** A run in words, for the terminal. Pure. */
import type { Verdict } from "./judge.ts";
import { START_MS } from "./plane.ts";
import { describeScenario } from "./shrink.ts";
import { clockTime, timeline } from "./timeline.ts";

const MS_PER_HOUR = 3_600_000;

export function summary(verdict: Verdict, wallMs: number): string {
  const { counts, virtualMs } = verdict;
  const speedUp = Math.round(virtualMs / wallMs).toLocaleString("en");
  return [
    `seed ${verdict.seed}  trace ${verdict.traceHash}  ${verdict.violations.length === 0 ? "ok" : "VIOLATED"}`,
    `  events       ${counts.events.toLocaleString("en")} in ${(virtualMs / MS_PER_HOUR).toFixed(1)} h of simulated time`,
    `  invocations  ${list(counts.invocations)}`,
    `  calls        ${list(counts.calls)}`,
    `  faults       ${list(counts.faults) || "none"}`,
    `  invariants   ${list(counts.invariants)}`,
    `  clusters     ${list(verdict.ending.clusters)}`,
    `  wall time    ${(wallMs / 1000).toFixed(1)} s, ${speedUp} times as fast as time`,
  ].join("\n");
}

function list(counts: Readonly<Record<string, number | string>>): string {
  return Object.entries(counts)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, count]) => `${name} ${count.toLocaleString("en")}`)
    .join(", ");
}

export function failure(verdict: Verdict, shorter: Verdict): string {
  const [first] = shorter.violations;
  const all = verdict.violations.map(
    ({ invariant, atMs, cluster, message }) =>
      `  ${invariant} at ${clockTime(atMs - START_MS)}${cluster === undefined ? "" : ` in ${cluster}`}: ${message}`,
  );
  return [
    `seed ${verdict.seed} violates:`,
    ...all,
    shorter === verdict ? "that run:" : `the shortest run found that still violates ${first?.invariant}:`,
    describeScenario(shorter.scenario),
    ...(first === undefined ? [] : ["what led to it:", timeline(shorter.lines, first, START_MS)]),
    `replay it: npm run simulate -- --scenario FILE, where FILE holds ${JSON.stringify(shorter.scenario)}`,
  ].join("\n");
}
