import assert from "node:assert/strict";
import fc from "fast-check";
import type { Json, JsonObject } from "../../../simulator/compute/call.ts";
import { ROW_SERVICES } from "../../../simulator/compute/services.ts";
import { createBench, machineBody, withNetwork, ZONE } from "./bench-world.ts";

const RUNS = 60;
const METHODS = ["Get", "List", "AggregatedList", "Insert", "Delete", "Patch", "Update", "SetLabels"];
const FIELDS = [
  "name",
  "network",
  "subnetwork",
  "ipCidrRange",
  "secondaryIpRanges",
  "disks",
  "networkInterfaces",
  "labels",
  "backends",
  "healthChecks",
  "type",
  "tcpHealthCheck",
  "nats",
  "allowed",
  "sourceRanges",
  "properties",
  "versions",
  "instanceTemplate",
  "targetSize",
  "updatePolicy",
  "snapshotSchedulePolicy",
  "IPAddress",
  "ports",
  "fingerprint",
  "metadata",
  "tags",
  "instances",
  "autoCreateSubnetworks",
  "machineType",
  "sizeGb",
  "addressType",
  "loadBalancingScheme",
  "backendService",
  "namedPorts",
];
const leaf = fc.oneof(
  fc.constantFrom<Json>(
    "m",
    "net",
    "global/networks/net",
    "regions/europe-west4/subnetworks/nodes",
    `zones/${ZONE}/instances/m`,
    "10.10.0.5",
    "10.0.0.0/8",
    "INTERNAL",
    "",
    null,
    true,
    -1,
    7,
  ),
  fc.string({ maxLength: 8 }),
);
const value = fc.letrec<{ any: Json; list: Json; object: Json; leaf: Json }>((tie) => ({
  leaf,
  list: fc.array(tie("any"), { maxLength: 3 }),
  object: fc.dictionary(
    fc.constantFrom(...FIELDS, "group", "items", "key", "value", "initializeParams", "instance"),
    tie("any"),
    { maxKeys: 4, noNullPrototype: true },
  ) as fc.Arbitrary<Json>,
  any: fc.oneof({ depthSize: "small" }, tie("leaf"), tie("list"), tie("object")),
})).any;
const body = fc.dictionary(fc.constantFrom(...FIELDS), value, {
  maxKeys: 6,
  noNullPrototype: true,
}) as fc.Arbitrary<JsonObject>;

describe("the simulated Compute Engine under nonsense", () => {
  it("answers every call with JSON and a status, and never breaks", async () => {
    const bench = createBench();
    await withNetwork(bench);
    await bench.make("instances", `zones/${ZONE}`, machineBody("m"));
    const services = fc.constantFrom(...Object.keys(ROW_SERVICES));
    const call = fc.record({ service: services, verb: fc.nat(), body });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 25 }), async (calls) => {
        for (const { service, verb, body: sent } of calls) {
          const kind = bench.cloud.world.kind(ROW_SERVICES[service]?.collection ?? "");
          const methods = [...METHODS, ...Object.keys(kind.verbs ?? {})];
          const name = typeof sent["name"] === "string" ? sent["name"] : "m";
          const params = {
            zone: ZONE,
            region: "europe-west4",
            resource: name,
            [kind.noun]: name,
            size: "1",
            deviceName: "x",
          };
          const answer = bench.ask(service, methods[verb % methods.length] ?? "Get", params, sent);
          assert.ok(answer.status === 200 || answer.status >= 400, String(answer.status));
          assert.equal(typeof JSON.stringify(answer.body), "string");
        }
        await bench.clock.advance(30_000);
      }),
      { numRuns: RUNS },
    );
    await bench.settle();
    assert.equal(bench.cloud.unfinishedOperations(), 0);
    for (const { path, body: listed } of bench.cloud.inventory()) {
      assert.equal(listed["selfLink"], `https://www.googleapis.com/compute/v1/${path}`);
    }
  });
});
