/** Defaults: what a document comes to that says no more than it must. */
import assert from "node:assert/strict";
import { clusterSpec } from "./cluster-documents.ts";

describe("defaults", () => {
  it("are those of a careful operator", () => {
    const spec = clusterSpec();
    assert.deepEqual(spec.zones, ["europe-west4-a", "europe-west4-b", "europe-west4-c"]);
    assert.equal(spec.kubernetes.version, "1.36");
    assert.equal(spec.controlPlane.replicas, 3);
    assert.equal(spec.network.nodesPrivate, true);
    assert.equal(spec.deletionProtection, true);
    assert.deepEqual(spec.nodePools[0]?.upgrade, {
      strategy: "surge",
      maxSurge: 1,
      maxUnavailable: 0,
      drainTimeout: "1h",
      onDrainTimeout: "pause",
      soak: "1m",
      readyTimeout: "20m",
      haltAfter: 1,
      onFailure: "pause",
      blueGreen: { batch: "20%", batchSoak: "0s", soak: "1h" },
    });
  });
  it("a pool takes the cluster's zones, unless it has its own", () => {
    const { nodePools } = clusterSpec({
      zones: ["europe-west4-b"],
      nodePools: [{ name: "a" }, { name: "b", zones: ["europe-west4-c"] }],
    });
    assert.deepEqual(
      nodePools.map(({ zones }) => zones),
      [["europe-west4-b"], ["europe-west4-c"]],
    );
  });
  it("a public API says openly that everyone may reach it, a private one that nobody outside may", () => {
    assert.deepEqual(clusterSpec().network.api.allowedFrom, ["0.0.0.0/0"]);
    assert.deepEqual(clusterSpec({ network: { api: { access: "private" } } }).network.api.allowedFrom, []);
  });
});
