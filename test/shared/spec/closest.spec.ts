/** Finding the word that was meant. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { closest, editDistance } from "../../../shared/spec/closest.ts";

describe("the word that was meant", () => {
  it("is found through a swap, a slip and a wrong case", () => {
    assert.equal(closest("regoin", ["region", "zones"]), "region");
    assert.equal(closest("nodepools", ["nodePools", "network"]), "nodePools");
    assert.equal(closest("replica", ["replicas", "etcd"]), "replicas");
  });
  it("is not guessed when nothing is near, nor from a word without end", () => {
    assert.equal(closest("iops", ["type", "sizeGb"]), undefined);
    assert.equal(closest("x".repeat(1e6), ["type"]), undefined);
  });
  it("is as far from one word as the other way round", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (one, other) => {
        assert.equal(editDistance(one, other), editDistance(other, one));
        assert.equal(editDistance(one, other) === 0, one === other);
      }),
    );
  });
});
