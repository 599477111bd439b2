/** One verdict on one scenario: the run, the run without faults to compare it with, and on failure the shortest that fails. */
import type { Violation } from "./checker/checker.ts";
import { differs, withoutFaults } from "./oracle.ts";
import { type RunResult, run } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { shrink } from "./shrink.ts";

/** The invariant under which the differential oracle reports. */
export const ORACLE = "L1";

export interface Verdict extends RunResult {
  readonly scenario: Scenario;
}

export async function judge(
  scenario: Scenario,
  options: { readonly untilFirst?: boolean } = {},
): Promise<Verdict> {
  const result = await run(scenario, options);
  if (result.violations.length > 0 || scenario.faults.length === 0) return { ...result, scenario };
  const reference = await run(withoutFaults(scenario));
  const differences = differs(scenario, result.ending, reference.ending);
  const violations = differences.map((message): Violation => {
    return { invariant: ORACLE, atMs: result.endedAtMs, cluster: undefined, message };
  });
  return { ...result, violations: [...result.violations, ...violations], scenario };
}

/** The shortest that was found, and how it fails. */
export async function shortest(failed: Verdict): Promise<Verdict> {
  const [first] = failed.violations;
  if (first === undefined) return failed;
  let best = failed;
  await shrink(failed.scenario, async (candidate) => {
    const verdict = await judge(candidate, { untilFirst: true });
    const same = verdict.violations.some(({ invariant }) => invariant === first.invariant);
    if (same) best = verdict;
    return same;
  });
  return best;
}
