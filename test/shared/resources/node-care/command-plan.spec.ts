/** When a restart by command is done again, for the one before did nothing. */
import assert from "node:assert/strict";
import { hadNoEffect } from "../../../../shared/resources/node-care/command-plan.ts";

const RESET_MS = Date.parse("2026-11-23T12:00:00Z");
const MINUTE_MS = 60_000;

describe("a reset of a machine", () => {
  const asBefore = { ready: true, bootId: "boot-1" };

  it("had no effect when its node is Ready in the boot of before, after longer than a restart takes", () => {
    assert.equal(hadNoEffect(asBefore, "boot-1", RESET_MS, RESET_MS + 5 * MINUTE_MS), true);
    assert.equal(hadNoEffect(asBefore, "boot-1", RESET_MS, RESET_MS + 4 * MINUTE_MS), false);
  });

  it("had one when its node has another boot, is not Ready, or is gone", () => {
    const laterMs = RESET_MS + 60 * MINUTE_MS;
    assert.equal(hadNoEffect({ ...asBefore, bootId: "boot-2" }, "boot-1", RESET_MS, laterMs), false);
    assert.equal(hadNoEffect({ ...asBefore, ready: false }, "boot-1", RESET_MS, laterMs), false);
    assert.equal(hadNoEffect(undefined, undefined, RESET_MS, laterMs), false);
  });
});
