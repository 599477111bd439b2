/** What a change of a spec means: golden texts. */
import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { diffLines, specLines } from "../../../cli/show/spec-diff.ts";
import { quickstartSpec } from "../../support/specs.ts";

describe("A difference of specs", () => {
  it("names each field with both values, pools by their name, and what is done to machines", () => {
    const before = quickstartSpec();
    const [general, batch] = before.nodePools;
    assert(general !== undefined && batch !== undefined);
    const after = {
      ...before,
      deletionProtection: true,
      kubernetes: { ...before.kubernetes, version: "1.37" },
      controlPlane: { ...before.controlPlane, machineType: "e2-standard-8" },
      nodePools: [
        { ...general, size: 3, machineType: "e2-standard-8" },
        { ...general, name: "extra" },
      ],
    };
    assert.deepEqual(diffLines(before, after).map(stripVTControlCharacters), [
      `~ kubernetes.version: "1.36" → "1.37" (replaces machines where it is an upgrade, the control plane's first)`,
      `~ controlPlane.machineType: "${general.machineType}" → "e2-standard-8" (replaces the control-plane machines, one after another)`,
      "~ deletionProtection: false → true",
      `~ nodePools[general].machineType: "${general.machineType}" → "e2-standard-8" (replaces the pool's machines)`,
      "~ nodePools[general].size: 2 → 3",
      `- nodePools[batch]: 1 machine ${batch.machineType}, flatcar, spot (its machines are drained and deleted)`,
      `+ nodePools[extra]: 2 machines ${general.machineType}, ${general.os}`,
    ]);
    assert.deepEqual(diffLines(before, before), []);
    const inPlace = { ...general, upgrade: { ...general.upgrade, strategy: "in-place" as const } };
    const [restarted] = diffLines(
      { ...before, nodePools: [inPlace] },
      { ...before, nodePools: [{ ...inPlace, machineType: "e2-standard-8" }] },
    ).map(stripVTControlCharacters);
    assert.match(restarted ?? "", /\(restarts the pool's machines\)$/);
  });

  it("sums a new cluster up", () => {
    const lines = specLines(quickstartSpec()).map(stripVTControlCharacters);
    assert.match(lines[0] ?? "", /^\+ Kubernetes 1\.36 in europe-west4 .*project demo-project$/);
    assert.equal(lines.length, 5);
  });
});
