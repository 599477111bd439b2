/** When a restart by command is done again, for the one before did nothing. */
import assert from "node:assert/strict";
import { hadNoEffect } from "../../../../shared/resources/node-care/command-plan.ts";
import type { NodeFacts } from "../../../../shared/resources/resource.ts";

const RESET_MS = Date.parse("2026-11-23T12:00:00Z");
const MINUTE_MS = 60_000;

function node(ready: boolean, readinessSinceMs?: number): NodeFacts {
  const more = readinessSinceMs === undefined ? {} : { readinessSinceMs };
  return {
    name: "n-1",
    ready,
    unschedulable: true,
    kubeletVersion: "1.36.4",
    bootId: "",
    labels: {},
    resourceVersion: "7",
    createdMs: 0,
    ...more,
  };
}

describe("a reset of a machine", () => {
  const untouched = node(true, RESET_MS - MINUTE_MS);

  it("had no effect when its node has been Ready since before it, for longer than a restart takes", () => {
    assert.equal(hadNoEffect(untouched, RESET_MS, RESET_MS + 5 * MINUTE_MS), true);
    assert.equal(hadNoEffect(untouched, RESET_MS, RESET_MS + 4 * MINUTE_MS), false, "it may not show yet");
  });

  it("had one when its node became Ready since, is not, or does not say", () => {
    const laterMs = RESET_MS + 60 * MINUTE_MS;
    assert.equal(hadNoEffect(node(true, RESET_MS + MINUTE_MS), RESET_MS, laterMs), false);
    assert.equal(hadNoEffect(node(false, RESET_MS - MINUTE_MS), RESET_MS, laterMs), false);
    assert.equal(hadNoEffect(node(true), RESET_MS, laterMs), false);
    assert.equal(hadNoEffect(undefined, RESET_MS, laterMs), false);
  });
});
