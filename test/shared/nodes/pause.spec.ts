import assert from "node:assert/strict";
import { heldUp } from "../../../shared/nodes/hold.ts";
import { pauseHolds } from "../../../shared/nodes/pause.ts";

const NOW_MS = Date.parse("2026-11-23T12:00:00Z");
const PAUSE = { reason: "a demo", by: "alice", sinceMs: NOW_MS - 1 };

describe("a pause", () => {
  it("of the cluster holds up every pool and the control plane, one of a pool that pool", () => {
    const of = (pauses: readonly object[], pool?: string) =>
      pauseHolds(pauses as Parameters<typeof pauseHolds>[0], pool, NOW_MS).length;
    assert.deepEqual([of([PAUSE], "a"), of([PAUSE])], [1, 1]);
    const ofA = { ...PAUSE, pool: "a" };
    assert.deepEqual([of([ofA], "a"), of([ofA], "b"), of([ofA])], [1, 0, 0]);
  });
  it("holds up whatever the cause, urgent or not (S4)", () => {
    const holds = pauseHolds([PAUSE], "a", NOW_MS);
    for (const cause of ["repair", "upgrade", "maintenance", "scale-down", "removal", "command"] as const)
      assert.equal(heldUp(holds, { cause, urgent: true })?.reason, "Paused");
  });
  it("says who paused, why, and when it ends", () => {
    const [hold] = pauseHolds([{ ...PAUSE, pool: "a", untilMs: NOW_MS + 60_000 }], "a", NOW_MS);
    assert.equal(
      hold?.waitsFor,
      "pool a, which alice paused (a demo), to be resumed, or 2026-11-23T12:01:00.000Z to come",
    );
    assert.equal(hold.untilMs, NOW_MS + 60_000);
    assert.deepEqual(pauseHolds([{ ...PAUSE, untilMs: NOW_MS }], "a", NOW_MS), []);
  });
});
