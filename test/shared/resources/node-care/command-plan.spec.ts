/** When a restart by command is done again, for the one before did nothing. */
import assert from "node:assert/strict";
import { hadNoEffect, restartFor } from "../../../../shared/resources/node-care/command-plan.ts";
import { NO_CARE } from "../../../../shared/status/care.ts";
import { cluster, node, pathOf } from "./node-care/scene.ts";

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

  it("is done once for a command, also when a clock that was an hour ahead has begun it", () => {
    const command = {
      operation: "restart-1",
      command: "restart" as const,
      node: "a",
      reason: "",
      requestedBy: "",
      requestedMs: RESET_MS,
      begunMs: RESET_MS + 60 * MINUTE_MS,
      mark: "boot-1",
    };
    const reset = {
      pool: "general",
      machine: pathOf("a"),
      step: "restart" as const,
      atMs: RESET_MS,
      reason: "",
    };
    const seen = cluster([node("a", { ...asBefore, ready: false })], []);
    const restarted = (repairs: readonly (typeof reset)[]) =>
      restartFor(
        { ...seen, care: { ...NO_CARE, commands: [command], repairs } },
        pathOf("a"),
        "general",
        { cause: "command", reason: "", operation: "restart-1" },
        RESET_MS + MINUTE_MS,
      )?.verb;
    assert.equal(restarted([]), "instances.reset");
    assert.equal(restarted([reset]), undefined);
  });
});
