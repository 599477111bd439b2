/** Where two JSON values differ. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { differences, same } from "../../../shared/spec/differences.ts";

describe("differences", () => {
  it("are told field by field, lists as wholes", () => {
    assert.deepEqual(differences({ a: { b: 1, c: [1] }, d: 1 }, { a: { b: 2, c: [1, 2] }, e: null }), [
      { path: ["a", "b"], before: 1, after: 2 },
      { path: ["a", "c"], before: [1], after: [1, 2] },
      { path: ["d"], before: 1, after: undefined },
      { path: ["e"], before: undefined, after: null },
    ]);
  });
  it("there are none between a value and its copy, and some between it and another", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const [first, second] = [JSON.stringify(one), JSON.stringify(other)];
        assert.equal(same(JSON.parse(first), JSON.parse(first)), true);
        if (first.length !== second.length) assert.equal(same(JSON.parse(first), JSON.parse(second)), false);
      }),
    );
  });
});
