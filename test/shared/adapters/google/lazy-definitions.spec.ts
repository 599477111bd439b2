import assert from "node:assert/strict";
import { protobuf } from "google-gax/fallback";
import {
  type Definitions,
  isPackage,
  lazyRoot,
} from "../../../../shared/adapters/google/lazy-definitions.ts";

const DISK = {
  fields: {
    name: { type: "string", id: 1 },
    sizeGb: { type: "int64", id: 2 },
    kind: { type: "Kind", id: 3 },
    tags: { keyType: "string", type: "Tag", id: 4 },
  },
};
const V1 = {
  Disk: DISK,
  Kind: { values: { FLAT: 0, ROUND: 1 } },
  Tag: { fields: { value: { type: "string", id: 1 } } },
  Disks: { methods: { Get: { requestType: "Tag", responseType: "Disk" } } },
};
const PLAIN = { nested: { google: { nested: { v1: { nested: V1 } } } } } as unknown as Definitions;
/** As the bundle has them. */
const TEXTS: Definitions = {
  nested: {
    google: {
      nested: {
        v1: {
          nested: {
            ...Object.fromEntries(Object.entries(V1).map(([name, one]) => [name, JSON.stringify(one)])),
            Disk: JSON.stringify({
              fields: { name: "string", sizeGb: "int64", kind: "Kind", tags: "[string]Tag" },
            }),
            Tag: JSON.stringify({ fields: { value: "string" } }),
          },
        },
      },
    },
  },
};
const SENT = { name: "a", sizeGb: "10", kind: "ROUND", tags: { x: { value: "y" } } };

describe("Definitions that become objects when they are looked up", () => {
  for (const [form, definitions] of Object.entries({ published: PLAIN, concise: TEXTS })) {
    it(`read and write messages of the ${form} form as the library's own root does`, () => {
      const type = lazyRoot(definitions).lookupType("google.v1.Disk");
      const own = protobuf.Root.fromJSON(PLAIN as protobuf.INamespace).lookupType("google.v1.Disk");
      const written = (one: protobuf.Type) =>
        one.toObject(one.fromObject(SENT), { longs: String, enums: String, defaults: true });
      assert.deepEqual(written(type), SENT);
      assert.deepEqual(written(type), written(own));
      assert.equal(type.fullName, own.fullName);
    });
  }

  it("finds services with their methods and the types of these", () => {
    const get = lazyRoot(TEXTS).lookupService("google.v1.Disks").methods["Get"];
    get?.resolve();
    assert.equal(get?.resolvedResponseType?.fullName, ".google.v1.Disk");
  });

  it("makes nothing that nobody asks for: even what cannot be read harms nobody before", () => {
    const broken = structuredClone(TEXTS) as { nested: { google: { nested: { v1: { nested: object } } } } };
    Object.assign(broken.nested.google.nested.v1.nested, { Broken: "{" });
    const root = lazyRoot(broken as Definitions);
    assert.ok(root.lookupType("google.v1.Tag"));
    assert.throws(() => root.lookupType("google.v1.Broken"), SyntaxError);
  });

  it("finds nothing of a name that there is not", () => {
    assert.equal(lazyRoot(TEXTS).lookup("google.v1.Absent"), null);
  });

  it("knows packages from messages, enums, services and extensions", () => {
    assert.ok(isPackage({ nested: {} }));
    for (const key of ["fields", "values", "methods", "id"]) assert.ok(!isPackage({ [key]: {} }), key);
  });
});
