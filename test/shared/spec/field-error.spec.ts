/** How paths and values are shown to people. */
import assert from "node:assert/strict";
import {
  describeFieldError,
  fieldError,
  formatPath,
  parsePath,
  showValue,
} from "../../../shared/spec/field-error.ts";

describe("field errors", () => {
  it("write paths as a person does", () => {
    assert.equal(formatPath([]), "(document)");
    assert.equal(formatPath(["nodePools", 1, "zones", 0]), "nodePools[1].zones[0]");
    assert.equal(formatPath(["labels", "example.com/tier"]), 'labels["example.com/tier"]');
  });
  it("read their paths back", () => {
    for (const path of [
      [],
      ["nodePools", 1, "zones", 0],
      ["labels", "example.com/tier"],
      ["a", 'b"c', "d]e", "_f"],
    ]) {
      assert.deepEqual(parsePath(formatPath(path)), path);
    }
  });
  it("shorten values and keep them on one printable line", () => {
    assert.equal(showValue("a\nb\u001b[31m"), '"a\\nb\\u001b[31m"');
    assert.equal(showValue("a\u202eb"), '"a\\u202eb"');
    assert.equal(showValue("x".repeat(1000)).length, 60);
    assert.equal(showValue({ name: "a", secret: "hunter2" }), '{ "name", "secret" }');
    assert.equal(showValue([1, 2]), "a list of 2");
    assert.equal(showValue(undefined), "(missing)");
    assert.equal(showValue(null), "null");
    assert.equal(showValue(Symbol("x")), "a symbol");
  });
  it("read as one sentence, without a value where none was found", () => {
    const error = fieldError(["region"], undefined, "is missing", "add region: …");
    assert.equal(describeFieldError(error), "region: is missing; add region: …");
  });
});
