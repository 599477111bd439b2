/**
 * The differential oracle: whatever went wrong on the way, a run must end as the same run without faults, and where no
 * fault touched machines or resources, each thing must have been made and removed as often.
 */
import type { Ending } from "./ending.ts";
import type { FaultGroup, Scenario } from "./scenario.ts";

/** Groups that change nothing in the cloud by themselves. */
const HARMLESS: ReadonlySet<FaultGroup> = new Set(["crash", "delivery", "store"]);

export function withoutFaults(scenario: Scenario): Scenario {
  return { ...scenario, faults: [] };
}

/** @returns what differs, in sentences; nothing when all is equal */
export function differs(scenario: Scenario, ending: Ending, reference: Ending): readonly string[] {
  const found: string[] = [];
  for (const [cluster, state] of Object.entries(reference.clusters)) {
    const here = ending.clusters[cluster];
    if (here !== state) found.push(`${cluster} ends ${here}, and ${state} without faults`);
  }
  const [counted, expected] = [tally(ending.resources), tally(reference.resources)];
  for (const path of new Set([...counted.keys(), ...expected.keys()])) {
    const [here, there] = [counted.get(path) ?? 0, expected.get(path) ?? 0];
    if (here !== there) found.push(`there are ${here} of ${path}, and ${there} without faults`);
  }
  return isCountable(scenario) ? [...found, ...recounted(ending, reference)] : found;
}

/** With edits on the way a late pass may leave out a state that a punctual one went through. */
function isCountable({ steps, faults }: Scenario): boolean {
  return (
    steps.every(({ change }) => change.edit === "create") && faults.every(({ group }) => HARMLESS.has(group))
  );
}

function recounted(ending: Ending, reference: Ending): readonly string[] {
  const names = new Set([...Object.keys(ending.counts), ...Object.keys(reference.counts)]);
  return [...names].flatMap((name) => {
    const [here, there] = [ending.counts[name], reference.counts[name]];
    const told = (count: typeof here) =>
      `made ${count?.created ?? 0} times and removed ${count?.deleted ?? 0} times`;
    return told(here) === told(there) ? [] : [`${name} was ${told(here)}, and ${told(there)} without faults`];
  });
}

function tally(paths: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const path of paths) counts.set(path, (counts.get(path) ?? 0) + 1);
  return counts;
}
