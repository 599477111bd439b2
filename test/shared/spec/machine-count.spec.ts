/** How many machines a spec can come to. */
import assert from "node:assert/strict";
import { machinesMax, poolMachinesMax } from "../../../shared/spec/machine-count.ts";
import { clusterSpec } from "./cluster-documents.ts";

function pool(changes: object) {
  const [only] = clusterSpec({ nodePools: [{ name: "general", ...changes }] }).nodePools;
  assert.ok(only !== undefined);
  return only;
}

describe("the largest number of machines", () => {
  it("of a pool counts the surge, a whole second pool when blue-green, nothing more in place", () => {
    assert.equal(poolMachinesMax(pool({ size: 10, upgrade: { maxSurge: "15%" } })), 12);
    assert.equal(poolMachinesMax(pool({ size: 10, upgrade: { strategy: "blue-green" } })), 20);
    assert.equal(poolMachinesMax(pool({ size: 10, os: "debian-13", upgrade: { strategy: "in-place" } })), 10);
    assert.equal(poolMachinesMax(pool({ size: { min: 1, max: 10 } })), 11);
  });
  it("of a cluster counts the control plane's machines where we make them", () => {
    assert.equal(machinesMax(clusterSpec({ nodePools: [{ name: "a", size: 2 }] })), 2 + 1 + 3);
    assert.equal(machinesMax(clusterSpec({ engine: "gke", nodePools: [{ name: "a", size: 2 }] })), 2 + 1);
  });
});
