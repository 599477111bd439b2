import assert from "node:assert/strict";
import { remembered } from "../../simulator/remembered.ts";

describe("a remembered function", () => {
  it("is asked once for a text, and again for what it threw at", () => {
    const asked: string[] = [];
    const length = remembered((text) => {
      asked.push(text);
      if (text === "") throw new Error("nothing to measure");
      return { length: text.length };
    });
    assert.equal(length("abc"), length("abc"));
    assert.throws(() => length(""));
    assert.throws(() => length(""));
    assert.deepEqual(asked, ["abc", "", ""]);
  });

  it("keeps no more than it may", () => {
    const asked: string[] = [];
    const same = remembered((text) => {
      asked.push(text);
      return text;
    }, 2);
    for (const text of ["a", "b", "c", "a"]) same(text);
    assert.deepEqual(asked, ["a", "b", "c", "a"]);
  });
});
