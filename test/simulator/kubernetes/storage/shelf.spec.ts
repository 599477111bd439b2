import assert from "node:assert/strict";
import fc from "fast-check";
import type { KubeObject } from "../../../../simulator/kubernetes/objects/object.ts";
import { objectKey, Shelf } from "../../../../simulator/kubernetes/storage/shelf.ts";

const named = (namespace: string | undefined, name: string, version: number): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: {
    name,
    uid: "",
    resourceVersion: String(version),
    creationTimestamp: "",
    ...(namespace === undefined ? {} : { namespace }),
  },
});

describe("a shelf of objects", () => {
  it("is sorted as etcd sorts its keys, and finds what was put last", () => {
    const step = fc.record({
      namespace: fc.constantFrom(undefined, "a", "a-b", "a.b", "b"),
      name: fc.constantFrom("x", "x-1", "y"),
      put: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (all) => {
        const shelf = new Shelf();
        const model = new Map<string, KubeObject>();
        for (const [version, { namespace, name, put }] of all.entries()) {
          const key = objectKey(namespace, name);
          const before = model.get(key);
          const object = named(namespace, name, version);
          assert.equal(put ? shelf.put(object) : shelf.remove(namespace, name), before);
          if (put) model.set(key, object);
          else model.delete(key);
          assert.equal(shelf.get(namespace, name), model.get(key));
        }
        const sorted = [...model].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
        assert.deepEqual(shelf.list(), sorted);
        assert.deepEqual(
          shelf.list("a"),
          sorted.filter((object) => object.metadata.namespace === "a"),
        );
      }),
    );
  });

  it("leaves a list that it handed out as it was", () => {
    const shelf = new Shelf();
    shelf.put(named("a", "x", 1));
    const list = shelf.list();
    shelf.put(named("a", "y", 2));
    shelf.put(named("a", "x", 3));
    assert.deepEqual(
      list.map(({ metadata }) => metadata.resourceVersion),
      ["1"],
    );
  });
});
