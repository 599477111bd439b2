import assert from "node:assert/strict";
import { patienceMs } from "../../../shared/resources/patience.ts";

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
});
