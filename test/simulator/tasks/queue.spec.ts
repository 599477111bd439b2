/** The wait before a retry. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { backoffMs, QUEUE_DEFAULTS } from "../../../simulator/tasks/queue.ts";

describe("retry backoff of a queue", () => {
  it("doubles, then grows by a constant, then stays", () => {
    // The example of the reference: minBackoff 10s, maxBackoff 300s, maxDoublings 3.
    const config = { ...QUEUE_DEFAULTS, minBackoffMs: 10_000, maxBackoffMs: 300_000, maxDoublings: 3 };
    const waits = [1, 2, 3, 4, 5, 6, 7, 8].map((attempts) => backoffMs(config, attempts) / 1000);
    assert.deepEqual(waits, [10, 20, 40, 80, 160, 240, 300, 300]);
  });
  it("never shrinks and never passes the maximum", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), (attempts) => {
        const wait = backoffMs(QUEUE_DEFAULTS, attempts);
        return wait <= backoffMs(QUEUE_DEFAULTS, attempts + 1) && wait <= QUEUE_DEFAULTS.maxBackoffMs;
      }),
    );
  });
});
