/** A checker that cannot fail is worth nothing: it finds every deliberate fault of the control plane. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { CARE_MUTANTS } from "./care-mutants.ts";
import { judge } from "./judge.ts";
import { judgeOf } from "./mutant.ts";
import { MUTANTS } from "./mutants.ts";

describe("the checker", function () {
  this.timeout(180_000);

  for (const mutant of [...MUTANTS, ...CARE_MUTANTS]) {
    it(`finds that ${mutant.name} (${mutant.invariants.join(", ")})`, async () => {
      const mutated = await judgeOf(mutant);
      const { violations } = await mutated(mutant.scenario, { untilFirst: true });
      const found = violations.map(({ invariant }) => invariant);
      assert.ok(
        mutant.invariants.some((invariant) => found.includes(invariant)),
        `it was not found; violated: ${found.join(", ") || "nothing"}`,
      );
    });
  }

  it("finds nothing where nothing is wrong: a life with an edit, a workload and a deletion", async () => {
    const longest = MUTANTS.find(({ name }) => name.startsWith("pods are deleted"));
    assert.ok(longest !== undefined);
    const { violations } = await judge(longest.scenario);
    assert.deepEqual(violations, []);
  });

  it("says so when the text that a mutant changes is no longer there", async () => {
    const [first] = MUTANTS;
    assert.ok(first !== undefined);
    const stale = { ...first, name: "a stale one", text: "no such text" };
    await assert.rejects(judgeOf(stale), /mend the mutant "a stale one"/);
  });
});
