import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { contentHash, requestId } from "../../../shared/engine/request-id.ts";
import { canonicalJson } from "../../../shared/resources/canonical-json.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("engine/request-id", () => {
  it("is a non-zero UUID, equal for equal wishes and different for any other (S10)", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.jsonValue(), fc.nat(), (key, verb, body, attempt) => {
        const id = requestId("ab12cd", key, verb, body, attempt);
        assert.match(id, UUID);
        assert.equal(id, requestId("ab12cd", key, verb, body, attempt));
        assert.notEqual(id, requestId("ab12cd", key, verb, body, attempt + 1));
        assert.notEqual(id, requestId("zz12cd", key, verb, body, attempt));
      }),
    );
  });

  it("does not depend on the order of keys", () => {
    assert.equal(canonicalJson({ b: 1, a: { d: [1, 2], c: null } }), '{"a":{"c":null,"d":[1,2]},"b":1}');
    assert.equal(contentHash({ a: 1, b: 2 }), contentHash({ b: 2, a: 1 }));
  });
});
