/** What is remembered is what was made, for the newest inputs only, and never a failure. */
import assert from "node:assert/strict";
import { remembered } from "../../../shared/bootstrap/remembered.ts";

describe("a remembered function", () => {
  it("makes each answer once while it is among the newest, and anew after that", () => {
    const made: number[] = [];
    const double = remembered(({ n }: { readonly n: number }) => {
      made.push(n);
      return { twice: n * 2 };
    }, 2);
    for (const n of [1, 1, 2, 1, 3, 3, 1]) assert.equal(double({ n }).twice, n * 2);
    assert.deepEqual(made, [1, 2, 3, 1]);
  });
  it("asks again after a failure", () => {
    let calls = 0;
    const moody = remembered((_: string) => {
      calls += 1;
      if (calls === 1) throw new RangeError("not today");
      return "fine";
    }, 2);
    assert.throws(() => moody("x"), /not today/);
    assert.equal(moody("x"), "fine");
  });
});
