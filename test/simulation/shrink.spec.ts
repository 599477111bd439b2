/** A failing scenario becomes short without another run than needed. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { FAULT_GROUPS, type Scenario } from "./scenario.ts";
import { shrink } from "./shrink.ts";
import { generate } from "./workload/generate.ts";

const scenario = generate({
  seed: 5,
  clusters: 3,
  busyMs: 7_200_000,
  groups: FAULT_GROUPS,
  workload: "mixed",
});

describe("shrinking", () => {
  it("keeps the two faults and the one edit that it takes, and the creation of their cluster", async () => {
    const [one, two] = [scenario.faults[2], scenario.faults[9]];
    const edit = scenario.steps.find((step) => step.cluster === "c1" && step.change.edit !== "create");
    assert.ok(one !== undefined && two !== undefined && edit !== undefined);
    const fails = async ({ faults, steps }: Scenario) =>
      faults.includes(one) && faults.includes(two) && steps.includes(edit);
    const short = await shrink(scenario, fails, 500);
    assert.deepEqual(short.faults, [one, two]);
    assert.deepEqual(short.clusters, ["c1"]);
    assert.deepEqual(
      short.steps.filter(({ change }) => change.edit !== "create"),
      [edit],
    );
    assert.equal(short.steps.length, 2);
  });

  it("takes no more runs than it may", async () => {
    let runs = 0;
    await shrink(
      scenario,
      async () => {
        runs += 1;
        return true;
      },
      4,
    );
    assert.equal(runs, 4);
  });
});
