import assert from "node:assert/strict";
import { careView, patienceMs } from "../../../../shared/resources/node-care/care-view.ts";
import { clusterWith } from "../kubernetes/fixtures.ts";

const MINUTE_MS = 60_000;

describe("the patience with what is unhealthy", () => {
  it("is the spec's own in the real cloud", () => {
    assert.equal(patienceMs(10 * MINUTE_MS, {}), 10 * MINUTE_MS);
    assert.equal(patienceMs(10 * MINUTE_MS, { haste: 1 }), 10 * MINUTE_MS);
    assert.equal(patienceMs(10 * MINUTE_MS, { haste: 0.5 }), 10 * MINUTE_MS, "never longer");
  });

  it("is as many times shorter as a simulated cloud is faster, down to half a minute", () => {
    assert.equal(patienceMs(60 * MINUTE_MS, { haste: 20 }), 3 * MINUTE_MS);
    assert.equal(patienceMs(10 * MINUTE_MS, { haste: 60 }), 30_000);
    assert.equal(patienceMs(10_000, { haste: 60 }), 10_000);
  });

  it("is what decisions about the repair of a pool go by", () => {
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
