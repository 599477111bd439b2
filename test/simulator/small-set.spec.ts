import assert from "node:assert/strict";
import fc from "fast-check";
import { SmallSet } from "../../simulator/small-set.ts";

describe("a small set", () => {
  it("holds what a set holds, in the same order, however large it grows", () => {
    const step = fc.record({ member: fc.nat(20), add: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (all) => {
        const small = new SmallSet<number>();
        const model = new Set<number>();
        for (const { member, add } of all) {
          if (add) small.add(member);
          else small.delete(member);
          if (add) model.add(member);
          else model.delete(member);
          assert.deepEqual([...small], [...model]);
          assert.equal(small.size, model.size);
          assert.equal(small.has(member), add);
        }
      }),
    );
  });

  it("can lose members while somebody walks over it", () => {
    const small = new SmallSet<number>();
    for (const member of [1, 2, 3]) small.add(member);
    const seen: number[] = [];
    for (const member of small) {
      seen.push(member);
      small.delete(member);
    }
    assert.deepEqual(seen, [1, 2, 3]);
    assert.equal(small.size, 0);
  });
});
