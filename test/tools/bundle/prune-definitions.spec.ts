import assert from "node:assert/strict";
import { type Definition, pruneDefinitions } from "../../../tools/bundle/prune-definitions.ts";

const text = { type: "string", id: 1 };
const of = (type: string) => ({ type, id: 1 });
const http = { "(google.api.http)": { get: "/v1/disks" } };
const method = (requestType: string, responseType: string) => ({
  requestType,
  responseType,
  options: { "(google.api.http).get": "/v1/disks" },
  parsedOptions: [http, { "(google.api.method_signature)": "name" }],
});
const TYPES = {
  Disks: {
    options: { "(google.api.default_host)": "disks.example", "(google.api.oauth_scopes)": "all" },
    methods: {
      Get: method("GetDisk", "Disk"),
      Wait: method(".google.cloud.v1.WaitDisk", "Operation"),
      Insert: method("InsertDisk", "Operation"),
    },
  },
  Images: { methods: { Get: method("GetImage", "Image") } },
  GetDisk: { fields: { name: text } },
  WaitDisk: { fields: { name: text } },
  InsertDisk: { fields: { name: text } },
  Disk: {
    fields: {
      labels: { keyType: "string", type: "string", id: 1 },
      params: of("DiskParams"),
      kind: of("Shape.Kind"),
    },
  },
  DiskParams: {
    fields: { tags: { keyType: "string", type: "Tag", id: 1 }, link: of("Inner") },
    nested: { Inner: { fields: { disk: of("Link") } }, Other: { fields: {} } },
  },
  Tag: { fields: { more: of("Tag") } },
  Link: { fields: {} },
  Shape: { fields: {}, nested: { Kind: { values: { ROUND: 0 } } } },
  Operation: { fields: {} },
  GetImage: { fields: {} },
  Image: { fields: { raw: of("RawDisk") } },
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
} as unknown as Definition;
const DISKS = "google.cloud.v1.Disks";

describe("tools/bundle/prune-definitions", () => {
  const typesOf = (root: unknown) =>
    (root as { nested: { google: { nested: { cloud: { nested: { v1: { nested: object } } } } } } }).nested
      .google.nested.cloud.nested.v1.nested as Readonly<Record<string, string>>;
  const prune = (called: Readonly<Record<string, readonly string[]>>) =>
    typesOf(pruneDefinitions(ROOT, called));
  const read = (json: string | undefined) => JSON.parse(json ?? "null");

  it("keeps what is called with every type that it reaches: by methods, fields, maps, nested types and enums", () => {
    const kept = prune({ [DISKS]: ["get", "wait"] });
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
    assert.deepEqual(Object.keys(read(kept["Disks"]).methods), ["Get", "Wait"]);
    assert.deepEqual(read(kept["DiskParams"]), {
      fields: { tags: "[string]Tag", link: "Inner" },
      nested: { Inner: { fields: { disk: "Link" } } },
    });
    assert.deepEqual(read(kept["Shape"]).nested, { Kind: { values: { ROUND: 0 } } });
  });

  it("keeps of a service and its methods where and how they are called, once", () => {
    const { options, methods } = read(prune({ [DISKS]: ["get"] })["Disks"]);
    assert.deepEqual(options, { "(google.api.default_host)": "disks.example" });
    assert.deepEqual(methods, {
      Get: { requestType: "GetDisk", responseType: "Disk", parsedOptions: [http] },
    });
  });

  it("leaves the input as it is, and drops packages of which nothing is kept", () => {
    const before = structuredClone(ROOT);
    const pruned = pruneDefinitions(ROOT, { "google.cloud.v1.Images": ["get"] });
    assert.deepEqual(ROOT, before);
    assert.deepEqual(Object.keys((pruned.nested["google"] as { nested: object }).nested), ["cloud"]);
    assert.deepEqual(Object.keys(typesOf(pruned)), ["Images", "GetImage", "Image", "RawDisk"]);
  });

  it("says which service or methods it does not find, so that a renamed one fails the build", () => {
    assert.throws(() => prune({ "google.cloud.v1.Disk": ["get"] }), /no service google\.cloud\.v1\.Disk/);
    assert.throws(() => prune({ "google.cloud.v2.Disks": ["get"] }), /no service google\.cloud\.v2\.Disks/);
    assert.throws(() => prune({ [DISKS]: ["fetch", "read"] }), /has none of the methods fetch, read/);
  });
});
