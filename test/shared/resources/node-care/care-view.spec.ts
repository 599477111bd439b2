import assert from "node:assert/strict";
import { careView } from "../../../../shared/resources/node-care/care-view.ts";
import { clusterWith } from "../kubernetes/fixtures.ts";

const MINUTE_MS = 60_000;

describe("the view of what is cared for", () => {
  it("has the patience that the spec asks for, shorter where machines are faster", () => {
    const pool = clusterWith().spec.nodePools[0]?.name ?? "";
    const group = {
      path: "p/zones/z/instanceGroupManagers/g",
      pool,
      targetSize: 0,
      template: "t",
      stable: true,
    };
    const seen = { ...clusterWith(), facts: { groups: [group] } };
    const bound = (haste?: number) =>
      careView(haste === undefined ? seen : { ...seen, haste }, 0).pools.map(({ policy }) => policy.afterMs);
    assert.deepEqual([bound(), bound(20)], [[10 * MINUTE_MS], [30_000]]);
    const [hasty] = careView({ ...seen, haste: 20 }, 0).pools;
    assert.equal(hasty?.policy.restartTakesMs, 30_000);
  });
});
