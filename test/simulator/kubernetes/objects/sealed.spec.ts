import assert from "node:assert/strict";
import fc from "fast-check";
import { sealed } from "../../../../simulator/kubernetes/objects/sealed.ts";

function isFrozenThrough(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isFrozenThrough);
}

describe("sealed JSON", () => {
  it("is what a way over the wire would have made of it, and nobody can change it", () => {
    const value = fc.anything({
      withNullPrototype: false,
      values: [fc.string(), fc.integer(), fc.constant(undefined)],
    });
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), (fields) => {
        const expected = JSON.parse(JSON.stringify(fields)) as unknown;
        const made = sealed(fields);
        assert.equal(JSON.stringify(made), JSON.stringify(expected));
        assert.ok(isFrozenThrough(made));
      }),
    );
  });

  it("leaves sealed parts as they are, the same objects", () => {
    const part = sealed({ a: [1, 2] });
    assert.equal(sealed({ part }).part, part);
    assert.equal(sealed(part), part);
  });
});
