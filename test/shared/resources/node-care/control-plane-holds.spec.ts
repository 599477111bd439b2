/** What holds a disruptive step of the control plane up. */
import assert from "node:assert/strict";
import { heldUp } from "../../../../shared/nodes/hold.ts";
import { controlPlaneHolds } from "../../../../shared/resources/node-care/control-plane-holds.ts";
import type { Cluster } from "../../../../shared/resources/resource.ts";
import { NO_CARE, type Pause } from "../../../../shared/status/care.ts";

const NOW_MS = 1_000_000;
const PAUSE: Pause = { reason: "sales week", by: "ann@example.com", sinceMs: 0 };
const held = (...pauses: readonly Pause[]) => {
  const cluster = { care: { ...NO_CARE, pauses } } as unknown as Cluster;
  return heldUp(controlPlaneHolds(cluster, NOW_MS), { cause: "upgrade" })?.waitsFor;
};

describe("a disruptive step of the control plane", () => {
  it("is held up by a pause of the whole cluster, until it ends", () => {
    assert.equal(held(PAUSE), "the pause to end (sales week, by ann@example.com)");
    assert.notEqual(held({ ...PAUSE, untilMs: NOW_MS + 1 }), undefined);
    assert.equal(held({ ...PAUSE, untilMs: NOW_MS }), undefined);
  });

  it("is not by a pause of a pool, nor where nothing is paused", () => {
    assert.equal(held({ ...PAUSE, pool: "general" }), undefined);
    assert.equal(held(), undefined);
    assert.deepEqual(controlPlaneHolds({} as Cluster, NOW_MS), []);
  });
});
