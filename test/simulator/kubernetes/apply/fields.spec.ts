import assert from "node:assert/strict";
import fc from "fast-check";
import { fieldsOf, toTree, treeOf } from "../../../../simulator/kubernetes/apply/fields.ts";
import { sealed } from "../../../../simulator/kubernetes/objects/sealed.ts";

const word = fc.constantFrom("app", "env", "name", "image", "ports", "finalizers", "labels", "data");
const item = fc.record(
  { name: fc.constantFrom("a", "b"), image: fc.string(), env: fc.array(fc.record({ name: fc.string() })) },
  { requiredKeys: ["name"] },
);
const value = fc.letrec((tie) => ({
  dict: fc.dictionary(word, tie("any"), { maxKeys: 4 }),
  any: fc.oneof(
    { depthSize: "small" },
    fc.string(),
    fc.integer(),
    fc.constant(undefined),
    fc.array(fc.string(), { maxLength: 3 }),
    fc.array(item, { maxLength: 3 }),
    fc.array(fc.record({ containerPort: fc.nat(3), protocol: fc.constantFrom("TCP", "UDP") }), {
      maxLength: 3,
    }),
    tie("dict"),
  ),
}));
const object = fc.record({
  apiVersion: fc.constant("v1"),
  kind: fc.constant("ConfigMap"),
  metadata: fc.record(
    {
      name: fc.string(),
      uid: fc.string(),
      labels: fc.dictionary(word, fc.string()),
      annotations: fc.dictionary(word, fc.string()),
      finalizers: fc.array(fc.string(), { maxLength: 2 }),
      ownerReferences: fc.array(fc.record({ uid: fc.string() }), { maxLength: 2 }),
    },
    { requiredKeys: ["name"] },
  ),
  spec: fc.record({
    containers: fc.array(item, { maxLength: 2 }),
    volumes: fc.array(item, { maxLength: 2 }),
  }),
  data: value.dict,
});

describe("the tree of an object's fields", () => {
  it("is that of the set of its fields, to the order of its keys", () => {
    fc.assert(
      fc.property(object, fc.boolean(), (made, isSealed) => {
        const given = isSealed ? sealed(made) : made;
        assert.equal(JSON.stringify(treeOf(given)), JSON.stringify(toTree(fieldsOf(given))));
      }),
    );
  });
});
