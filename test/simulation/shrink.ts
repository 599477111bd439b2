/** Shortens a scenario that fails: faults and edits are left out, as long as the same invariant still breaks. */
import type { Edit, Fault, Scenario, Step } from "./scenario.ts";

/** Runs that one shrinking may take. */
export const SHRINK_RUNS_MAX = 60;

/** @param fails whether a shorter scenario still breaks the same invariant */
export async function shrink(
  scenario: Scenario,
  fails: (shorter: Scenario) => Promise<boolean>,
  runsMax = SHRINK_RUNS_MAX,
): Promise<Scenario> {
  let runs = 0;
  const stillFails = async (candidate: Scenario): Promise<boolean> => {
    runs += 1;
    return runs <= runsMax && (await fails(candidate));
  };
  let best = scenario;
  for (const cluster of scenario.clusters) {
    if (best.clusters.length < 2) break;
    const fewer = withoutCluster(best, cluster);
    if (await stillFails(fewer)) best = fewer;
  }
  const faults = await fewest(best.faults, async (some) => stillFails({ ...best, faults: some }));
  best = { ...best, faults };
  const edits = best.steps.filter(isEdit);
  const kept = await fewest(edits, async (some) =>
    stillFails({ ...best, steps: withEdits(best.steps, some) }),
  );
  return { ...best, steps: withEdits(best.steps, kept) };
}

/** Halves first, then quarters, down to single ones (delta debugging). */
async function fewest<T>(
  all: readonly T[],
  fails: (some: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let kept = all;
  for (
    let size = Math.ceil(kept.length / 2);
    size >= 1 && kept.length > 0;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = 0; at < kept.length; ) {
      const without = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (await fails(without)) kept = without;
      else at += size;
    }
  }
  return kept;
}

function withoutCluster(scenario: Scenario, cluster: string): Scenario {
  return {
    ...scenario,
    clusters: scenario.clusters.filter((other) => other !== cluster),
    steps: scenario.steps.filter((step) => step.cluster !== cluster),
  };
}
/** Creations stay: without them there is nothing to look at. */
function isEdit({ change }: Step): boolean {
  return change.edit !== "create";
}
function withEdits(steps: readonly Step[], edits: readonly Step[]): readonly Step[] {
  const kept = new Set(edits);
  return steps.filter((step) => !isEdit(step) || kept.has(step));
}

/** A scenario as a person reads it, and as `--scenario` takes it. */
export function describeScenario({ faults, steps }: Scenario): string {
  const told = (fault: Fault) => `${fault.group}/${fault.kind} at ${Math.round(fault.atMs / 1000)} s`;
  const edits = steps.map(
    ({ atMs, cluster, change }) => `${cluster} ${nameOf(change)} at ${Math.round(atMs / 1000)} s`,
  );
  return [
    `  people: ${edits.join(", ") || "nobody"}`,
    `  faults: ${faults.map(told).join(", ") || "none"}`,
  ].join("\n");
}

function nameOf(change: Edit): string {
  return change.edit === "command" ? change.asking.command : change.edit;
}
