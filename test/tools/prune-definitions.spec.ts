import assert from "node:assert/strict";
import { pruneDefinitions } from "../../tools/prune-definitions.ts";

const text = { type: "string" };
const method = (requestType: string, responseType: string) => ({ requestType, responseType });
const TYPES = {
  Disks: {
    methods: { Get: method("GetDisk", "Disk"), Wait: method(".google.cloud.v1.WaitDisk", "Operation") },
  },
  Images: { methods: { Get: method("GetImage", "Image") } },
  GetDisk: { fields: { name: text } },
  WaitDisk: { fields: { name: text } },
  Disk: {
    fields: {
      labels: { keyType: "string", type: "string" },
      params: { type: "DiskParams" },
      kind: { type: "Shape.Kind" },
    },
  },
  DiskParams: {
    fields: { tags: { keyType: "string", type: "Tag" } },
    nested: { Inner: { fields: { disk: { type: "Link" } } } },
  },
  Tag: { fields: { more: { type: "Tag" } } },
  Link: { fields: {} },
  Shape: { fields: {}, nested: { Kind: { values: { ROUND: 0 } } } },
  Operation: { fields: {} },
  GetImage: { fields: {} },
  Image: { fields: { raw: { type: "RawDisk" } } },
  RawDisk: { fields: {} },
  Unused: { values: { A: 0 } },
};
const ROOT = {
  options: { syntax: "proto3" },
  nested: {
    google: {
      nested: {
        cloud: { nested: { v1: { options: { go_package: "x" }, nested: TYPES } } },
        api: { nested: { Http: { fields: {} } } },
      },
    },
  },
};

describe("tools/prune-definitions", () => {
  const typesOf = (root: unknown): Record<string, unknown> =>
    (root as typeof ROOT).nested.google.nested.cloud.nested.v1.nested;

  it("keeps a service with every type that it reaches: by methods, fields, maps, nested types and enums", () => {
    const kept = typesOf(pruneDefinitions(ROOT, "google.cloud.v1", ["Disks"]));
    const reached = [
      "Disks",
      "GetDisk",
      "WaitDisk",
      "Disk",
      "DiskParams",
      "Tag",
      "Link",
      "Shape",
      "Operation",
    ];
    assert.deepEqual(Object.keys(kept).toSorted(), reached.toSorted());
    assert.deepEqual(kept["Disk"], TYPES.Disk, "a type that is kept is kept whole");
  });

  it("leaves everything outside the package as it is, and the input too", () => {
    const before = structuredClone(ROOT);
    const pruned = pruneDefinitions(ROOT, "google.cloud.v1", ["Images"]) as unknown as typeof ROOT;
    assert.deepEqual(ROOT, before);
    assert.deepEqual(pruned.nested.google.nested.api, ROOT.nested.google.nested.api);
    assert.deepEqual(pruned.options, ROOT.options);
    assert.deepEqual(pruned.nested.google.nested.cloud.nested.v1.options, { go_package: "x" });
  });

  it("keeps all when all services are wanted, but for what none of them reaches", () => {
    const kept = Object.keys(typesOf(pruneDefinitions(ROOT, "google.cloud.v1", ["Disks", "Images"])));
    assert.deepEqual(
      kept.toSorted(),
      Object.keys(TYPES)
        .filter((name) => name !== "Unused")
        .toSorted(),
    );
  });

  it("says which service or package it does not find, so that a renamed one fails the build", () => {
    assert.throws(
      () => pruneDefinitions(ROOT, "google.cloud.v1", ["Disk"]),
      /google\.cloud\.v1 has no service Disk/,
    );
    assert.throws(() => pruneDefinitions(ROOT, "google.cloud.v2", []), /no package google\.cloud\.v2/);
  });
});
