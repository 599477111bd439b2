import assert from "node:assert/strict";
import fc from "fast-check";
import { firstDifference } from "../../../../shared/resources/kubernetes/subset.ts";

describe("the comparison of what we want with what the server holds", () => {
  const CASES: readonly [
    name: string,
    desired: unknown,
    observed: unknown,
    difference: string | undefined,
  ][] = [
    ["fields that the server added do not matter", { a: 1 }, { a: 1, b: 2 }, undefined],
    ["a different value does", { spec: { replicas: 2 } }, { spec: { replicas: 3 } }, "spec.replicas"],
    ["a missing one does", { spec: { paused: true } }, { spec: {} }, "spec.paused"],
    ["what is empty and dropped does not", { a: "", b: [], c: {}, d: false }, {}, undefined],
    ["an empty value against a filled one does", { a: false }, { a: true }, "a"],
    ["status is the server's", { status: { x: 1 } }, {}, undefined],
    [
      "containers are matched by name, in any order",
      { c: [{ name: "a", image: "1" }] },
      { c: [{ name: "b" }, { name: "a", image: "1", tty: true }] },
      undefined,
    ],
    [
      "a changed container is found",
      { c: [{ name: "a", image: "1" }] },
      { c: [{ name: "a", image: "2" }] },
      "c[0].image",
    ],
    [
      "ports of one name are matched as a list",
      { p: [{ port: 1 }] },
      { p: [{ port: 1, protocol: "TCP" }] },
      undefined,
    ],
    ["a list of plain values belongs to one writer", { args: ["a"] }, { args: ["a", "b"] }, "args"],
    ["and keeps its order", { args: ["a", "b"] }, { args: ["b", "a"] }, "args[0]"],
    [
      "quantities are compared as numbers",
      { resources: { requests: { cpu: "0.5", memory: "1Gi" } } },
      { resources: { requests: { cpu: "500m", memory: "1073741824" } } },
      undefined,
    ],
    ["other strings are not", { data: { cpu: "0.5" } }, { data: { cpu: "500m" } }, "data.cpu"],
  ];
  for (const [name, desired, observed, difference] of CASES) {
    it(name, () => assert.equal(firstDifference(desired, observed), difference));
  }

  it("finds no difference between any JSON and itself, also with fields added", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        assert.equal(firstDifference(value, structuredClone(value)), undefined);
        assert.equal(firstDifference(value, { "added by the server": 1, ...value }), undefined);
      }),
      { numRuns: 200 },
    );
  });
});
