/** What the published definitions say, and what only their comments say. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Refusal } from "../../../simulator/refusal.ts";
import { COMPUTE_NAMESPACE, loadApis } from "../../../simulator/wire/apis.ts";
import { checkBody } from "../../../simulator/wire/body.ts";
import type { ApiDefinition } from "../../../simulator/wire/definitions.ts";
import { additionalEnumValues } from "../../../simulator/wire/enum-comments.ts";
import { compileRoutes, matchRoute } from "../../../simulator/wire/routes.ts";

describe("published definitions", () => {
  let apis: readonly ApiDefinition[];
  let compute: ApiDefinition;
  before(() => {
    apis = loadApis();
    const found = apis.find(({ namespace }) => namespace === COMPUTE_NAMESPACE);
    assert.ok(found);
    compute = found;
  });

  it("knows all methods of Compute, and the messages of the served services alone", () => {
    assert.ok(compute.methods.length > 900, String(compute.methods.length));
    assert.ok(compute.messages.has("google.cloud.compute.v1.Instance"));
    assert.ok(!compute.messages.has("google.cloud.compute.v1.Interconnect"));
  });
  it("loads once", () => {
    assert.equal(loadApis()[0], apis[0]);
  });
  it("takes a string with an enum of its name for an enum, and adds the values of the comments", () => {
    const policy = compute.messages.get("google.cloud.compute.v1.InstanceGroupManagerUpdatePolicy");
    const type = policy?.fields.get("minimalAction")?.type ?? "";
    assert.deepEqual([...(compute.enums.get(type)?.keys() ?? [])].sort(), [
      "NONE",
      "REFRESH",
      "REPLACE",
      "RESTART",
    ]);
  });
  it("leads every route back to its own method", () => {
    const routes = compileRoutes(apis);
    const wrong: string[] = [];
    for (const api of apis)
      for (const method of api.methods)
        for (const rule of method.rules) {
          const path = rule.path
            .replaceAll(/\{[^}=]+=([^}]+)\}/g, (_, shape: string) => shape.replaceAll("*", "x1"))
            .replaceAll(/\{[^}]+\}/g, "x1");
          const match = matchRoute(routes, rule.verb, path);
          if (match?.method !== method)
            wrong.push(`${rule.verb} ${path}: ${match?.method.service}.${match?.method.name}`);
        }
    assert.deepEqual(wrong, []);
  });
  it("decodes what a path carries", () => {
    const match = matchRoute(compileRoutes(apis), "GET", "/compute/v1/projects/a%2Fb/global/networks/n%20x");
    assert.deepEqual(match?.pathParams, { project: "a/b", network: "n x" });
  });
  it("reads values out of the comment right above an enum, and no others", () => {
    const proto = [
      "message Outer {",
      "  // Additional supported values which may be not listed in the enum directly due to technical reasons:",
      "  // BLUE",
      "  // GREEN",
      "  enum Colour {",
      "    RED = 1;",
      "  }",
      "  // Additional supported values, but nothing follows:",
      "  // LOST",
      "  optional string name = 1;",
      "  enum Other {",
      "    ONE = 1;",
      "  }",
      "}",
    ].join("\n");
    assert.deepEqual([...additionalEnumValues(proto, "api")], [["api.Outer.Colour", ["BLUE", "GREEN"]]]);
  });

  it("accepts or refuses any JSON at all, and never breaks", () => {
    const type = "google.cloud.compute.v1.Instance";
    const known = [...(compute.messages.get(type)?.fields.keys() ?? [])];
    const body = fc.dictionary(
      fc.oneof(fc.constantFrom(...known), fc.string()),
      fc.jsonValue({ maxDepth: 4 }),
    );
    fc.assert(
      fc.property(body, (value) => {
        try {
          const checked = checkBody(compute, type, value, "resource", { keepNulls: false });
          return Object.keys(checked).every((key) => known.includes(key));
        } catch (error) {
          return error instanceof Refusal && error.httpStatus === 400 && error.message.length > 0;
        }
      }),
    );
  });
  it("changes nothing in a body that it has checked before", () => {
    const type = "google.cloud.compute.v1.Disk";
    const disk = fc.record(
      {
        name: fc.string(),
        sizeGb: fc.oneof(fc.nat(), fc.nat().map(String)),
        labels: fc.dictionary(fc.string(), fc.string()),
        licenses: fc.array(fc.string()),
        physicalBlockSizeBytes: fc.nat(),
        enableConfidentialCompute: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(disk, (value) => {
        const once = checkBody(compute, type, value, "resource", { keepNulls: false });
        assert.deepEqual(checkBody(compute, type, once, "resource", { keepNulls: false }), once);
      }),
    );
  });
  it("refuses a body that is nested without end", () => {
    let value: unknown = {};
    for (let depth = 0; depth < 300; depth++) value = { guestAccelerators: [value] };
    assert.throws(
      () => checkBody(compute, "google.cloud.compute.v1.Instance", value, "resource", { keepNulls: false }),
      Refusal,
    );
  });
});
