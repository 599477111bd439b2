/** Tables of clusters and operations: golden texts. */
import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { operationTable } from "../../../cli/show/operations.ts";
import { clusterTable } from "../../../cli/show/table.ts";
import { cluster, NOW_MS } from "../../support/shown-cluster.ts";

describe("Tables", () => {
  it("line up whatever stands in them", () => {
    const rows = stripVTControlCharacters(clusterTable([cluster(), { id: "a-longer-name" }], NOW_MS));
    assert.equal(
      rows,
      [
        "NAME           PHASE         VERSION  NODES  ENDPOINT                 SINCE",
        "shop           Provisioning  1.36.4   1/4    https://127.64.0.0:6443",
        "a-longer-name  Pending",
        "",
      ].join("\n"),
    );
  });

  it("show project, region and uid when they may be wide", () => {
    assert.match(clusterTable([cluster()], NOW_MS, true), /acme {5}europe-west4 {2}ab12cd/);
  });

  it("tell how far an operation is and how long it took", () => {
    const operation = {
      schemaVersion: 1 as const,
      id: "create-1",
      uid: "abc123",
      type: "create" as const,
      generation: 1,
      cause: "document written",
      startedMs: NOW_MS - 200_000,
      endedMs: NOW_MS - 120_000,
      result: "succeeded" as const,
      steps: [{ kind: "networks", done: 1, total: 1, settled: true }],
      message: "",
    };
    assert.match(
      stripVTControlCharacters(operationTable([operation], NOW_MS)),
      /create-1 {3}succeeded {2}1\/1 {4}3m ago {3}1 min 20 s/,
    );
  });
});
