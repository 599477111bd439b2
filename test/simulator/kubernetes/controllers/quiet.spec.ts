import assert from "node:assert/strict";
import { makeCluster } from "../fixture.ts";

const HOUR_S = 3_600;

describe("a simulated cluster where nothing happens", () => {
  it("has no events after their hour, although no new one pushes them out", async () => {
    const { cluster, seconds } = await makeCluster();
    await seconds(120);
    assert.ok(cluster.store.count("events") > 0);
    await seconds(HOUR_S);
    assert.equal(cluster.store.count("events"), 0);
  });

  it("forgets what has changed after an hour or two, and then sets no timer but for its rest", async () => {
    const { cluster, clock, seconds } = await makeCluster();
    await seconds(120);
    const from = cluster.store.revision() - 1;
    assert.notEqual(cluster.store.since("pods", 1), undefined);
    await seconds(4 * HOUR_S);
    assert.equal(cluster.store.since("pods", from), undefined);
    assert.ok(clock.pending() <= 2, `${clock.pending()} timers`);
  });
});
