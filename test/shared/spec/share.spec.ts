/** Counts that may be given as a share. */
import assert from "node:assert/strict";
import { countOf } from "../../../shared/spec/share.ts";

describe("counts and shares", () => {
  it("a count is itself, a share is rounded as told", () => {
    assert.equal(countOf(2, 100, "up"), 2);
    assert.equal(countOf("20%", 7, "up"), 2);
    assert.equal(countOf("20%", 7, "down"), 1);
    assert.equal(countOf("29%", 100, "up"), 29);
  });
  it("what is neither is an error of the program", () => {
    assert.throws(() => countOf("a fifth", 7, "up"), /not a percentage like 20%: a fifth/);
  });
});
