import assert from "node:assert/strict";
import {
  type CommandedMember,
  decideMemberCommand,
  STAYS_WELL_MS,
} from "../../../shared/nodes/member-commands.ts";
import type { AcceptedCommand } from "../../../shared/status/inbox.ts";

const NOW_MS = Date.parse("2026-11-23T12:00:00Z");
const WELL: CommandedMember = { instanceId: "1", bootId: "boot-1", isWell: true };
const SILENT: CommandedMember = {
  ...WELL,
  isWell: false,
  trouble: { reason: "node cp-0 is silent", isExhausted: false },
};

function decide(
  name: AcceptedCommand["command"],
  member: CommandedMember,
  changes: Partial<AcceptedCommand> = {},
) {
  const command: AcceptedCommand = {
    operation: `${name}-1`,
    command: name,
    node: "cp-0",
    reason: "a test",
    requestedBy: "ada",
    requestedMs: NOW_MS - 60_000,
    ...changes,
  };
  const { news, take, waitsFor } = decideMemberCommand(command, "cp-0", member, NOW_MS);
  return [news?.news, news?.mark, take, waitsFor === undefined ? undefined : "waits"];
}
const BEGUN = { begunMs: NOW_MS - 50_000 };

describe("a command about a control-plane machine", () => {
  it("to make it anew is begun with the machine that was meant, and done with another one that is well", () => {
    for (const [name, changes] of [
      ["rotate-machine", {}],
      ["repair", { force: true }],
    ] as const) {
      assert.deepEqual(decide(name, WELL, changes), ["begun", "1", undefined, "waits"]);
      const begun = { ...changes, ...BEGUN, mark: "1" };
      assert.deepEqual(decide(name, WELL, begun), [undefined, undefined, undefined, "waits"]);
      assert.deepEqual(decide(name, { isWell: false }, begun), [undefined, undefined, undefined, "waits"]);
      const made = { ...WELL, instanceId: "2" };
      assert.equal(decide(name, { ...made, isWell: false }, begun)[0], undefined);
      assert.equal(decide(name, made, begun)[0], "succeeded");
    }
    assert.equal(decide("rotate-machine", { isWell: false })[0], "failed");
  });

  it("to restart it is done with a restart since it was begun, another boot, and all well", () => {
    assert.deepEqual(decide("restart", WELL), ["begun", "boot-1", undefined, "waits"]);
    const begun = { ...BEGUN, mark: "boot-1" };
    const since = NOW_MS - 45_000;
    assert.deepEqual(decide("restart", WELL, begun), [undefined, undefined, "restart", undefined]);
    assert.equal(decide("restart", { ...WELL, restartedMs: since }, begun)[0], undefined);
    const back = { ...WELL, bootId: "boot-2", restartedMs: since };
    assert.equal(decide("restart", back, begun)[0], "succeeded");
    assert.equal(decide("restart", { ...back, isWell: false }, begun)[0], undefined);
    assert.equal(decide("restart", { ...back, restartedMs: NOW_MS - 51_000 }, begun)[0], undefined);
  });

  it("to restart it is done once, also when a clock that was an hour ahead has begun it", () => {
    const begun = { begunMs: NOW_MS + 3_600_000, mark: "boot-1" };
    const back = { ...WELL, bootId: "boot-2", restartedMs: NOW_MS - 120_000 };
    assert.equal(decide("restart", back, begun)[0], "succeeded");
    assert.equal(decide("restart", { ...back, bootId: "boot-1" }, begun)[0], undefined);
  });

  it("to repair it leaves one alone that nothing speaks against, and is done when it stays well", () => {
    assert.equal(decide("repair", WELL)[0], "failed");
    assert.deepEqual(decide("repair", SILENT), ["begun", "boot-1", "repair", undefined]);
    assert.deepEqual(decide("repair", SILENT, BEGUN), [undefined, undefined, "repair", undefined]);
    const again = { ...WELL, readySinceMs: NOW_MS - STAYS_WELL_MS + 1 };
    assert.deepEqual(decide("repair", again, BEGUN), [undefined, undefined, undefined, "waits"]);
    assert.equal(decide("repair", { ...again, readySinceMs: NOW_MS - STAYS_WELL_MS }, BEGUN)[0], "succeeded");
    const exhausted = { ...SILENT, trouble: { reason: "its API server is silent", isExhausted: true } };
    assert.equal(decide("repair", exhausted, BEGUN)[0], "failed");
  });

  it("to keep it empty is refused, with the way out", () => {
    assert.deepEqual(decide("drain", WELL), ["failed", undefined, undefined, undefined]);
  });
});
