/** A seed replays to the letter, and another seed is another run. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { life } from "./life.ts";
import { run } from "./run.ts";
import { FAULT_GROUPS, type Scenario } from "./scenario.ts";
import { generate } from "./workload/generate.ts";

const MINUTE_MS = 60_000;
const drawn = (seed: number): Scenario =>
  generate({ seed, clusters: 2, busyMs: 12 * MINUTE_MS, groups: FAULT_GROUPS, workload: "mixed" });

describe("a run of the simulation", function () {
  this.timeout(180_000);

  it("replays to the letter: two clusters, all faults, the same seed twice", async () => {
    const scenario = drawn(3);
    const [one, other] = [await run(scenario), await run(scenario)];
    assert.ok(one.counts.events > 1_000, `${one.counts.events} events`);
    assert.equal(one.traceHash, other.traceHash);
    assert.deepEqual(one.counts, other.counts);
  });

  it("is another one with another seed", async () => {
    const scenario = life(2);
    const [one, other] = [await run(scenario), await run({ ...scenario, seed: 2 })];
    assert.notEqual(one.traceHash, other.traceHash);
  });

  it("draws the same scenario from the same seed, and nothing from a group that is left out", () => {
    assert.deepEqual(drawn(7), drawn(7));
    assert.notDeepEqual(drawn(7), drawn(8));
    const some = generate({
      seed: 7,
      clusters: 1,
      busyMs: 600 * MINUTE_MS,
      groups: ["api"],
      workload: "idle",
    });
    assert.ok(some.faults.length > 10);
    assert.deepEqual([...new Set(some.faults.map(({ group }) => group))], ["api"]);
  });
});
