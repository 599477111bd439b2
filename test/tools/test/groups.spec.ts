import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { groupsOf } from "../../../tools/test/groups.ts";

describe("The groups of tests", () => {
  const files = globSync("test/**/*.spec.ts");

  it("have every test file, each one once", () => {
    const grouped = groupsOf(files).flatMap(({ specs }) => specs);
    assert.ok(files.length > 0);
    assert.deepEqual(grouped.toSorted(), files.toSorted());
  });

  it("take a new file in, wherever it is", () => {
    const groups = groupsOf(["test/new.spec.ts", "test/some/where/else.spec.ts"]);
    assert.deepEqual(
      groups.map(({ specs }) => specs),
      [["test/new.spec.ts", "test/some/where/else.spec.ts"]],
    );
  });

  it("keep clusters on the wire apart, so that one waits while another computes", () => {
    const wire = ["kill", "serverless", "wire", "care-wire"].map((name) => `test/e2e/${name}.spec.ts`);
    assert.deepEqual(
      groupsOf(wire)
        .map(({ specs }) => specs)
        .toSorted(),
      wire.map((file) => [file]).toSorted(),
    );
  });

  it("leave none out that is nowhere", () => {
    assert.throws(() => groupsOf(["elsewhere/new.spec.ts"]), /is not in test\/: move it there/);
  });
});
