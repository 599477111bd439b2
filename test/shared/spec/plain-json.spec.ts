/** The gate before the schema. */
import assert from "node:assert/strict";
import { describeFieldError } from "../../../shared/spec/field-error.ts";
import { findForeign } from "../../../shared/spec/plain-json.ts";

const found = (document: unknown) => findForeign(document).map(describeFieldError);

describe("documents that are not plain JSON", () => {
  it("are refused for keys through which a prototype is reached", () => {
    assert.deepEqual(found(JSON.parse('{"a": {"__proto__": {"x": 1}}, "constructor": 1}')), [
      'a.__proto__: { "x" } is not a name that a field can have; remove it',
      "constructor: 1 is not a name that a field can have; remove it",
    ]);
  });
  it("are refused for text that a terminal or a shell would obey", () => {
    for (const text of ["a\nb", "a\u0000", "\u001b[2J", "a\u202eb", "a\u2028b", "\ud800", "a\ufeff"]) {
      assert.equal(found({ name: text }).length, 1, JSON.stringify(text));
      assert.equal(found({ [text]: 1 }).length, 1, JSON.stringify(text));
    }
  });
  it("are refused for values that JSON does not have", () => {
    for (const value of [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      1n,
      () => 1,
      Symbol("a"),
      new Date(0),
      new Map(),
      /a/,
    ]) {
      assert.match(
        found({ a: value })[0] ?? "",
        /^a: .*is not JSON; use texts, finite numbers, true, false, lists and fields$/,
      );
    }
  });
  it("are refused for endless nesting, cycles among it, and for sheer size", () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    assert.match(found(cycle)[0] ?? "", /is nested deeper than 12 levels; remove the nesting$/);
    const wide = { a: Array.from({ length: 30_000 }, () => 1) };
    assert.deepEqual(found(wide), [
      "(document): holds more than 20000 values; split it into smaller documents",
    ]);
    assert.match(found({ a: "x".repeat(5000) })[0] ?? "", /has 5000 characters, more than 4000; shorten it$/);
  });
  it("are told in a list with an end", () => {
    assert.equal(found(Array.from({ length: 1000 }, () => "\n")).length, 50);
  });
  it("and every text of a language passes", () => {
    assert.deepEqual(found({ a: ["größe", "日本", "👍", "$(x) `y` ../", 1.5, true, null] }), []);
  });
});
