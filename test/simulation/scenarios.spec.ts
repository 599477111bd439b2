/** What must be survived, by name and by number (docs/invariants.md), and seeds that stay. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { judge } from "./judge.ts";
import { life, type ShortFault, times } from "./life.ts";
import { FAULT_GROUPS, type Scenario } from "./scenario.ts";
import { generate } from "./workload/generate.ts";

const MINUTE_MS = 60_000;
/** From a host error to the pass that knows of it. */
const DECISION_MS_MAX = 3_000;

/** @returns the faults that struck, by kind */
async function survives(scenario: Scenario): Promise<Readonly<Record<string, number>>> {
  const { violations, counts, ending } = await judge(scenario);
  assert.deepEqual(violations, []);
  for (const state of Object.values(ending.clusters)) assert.match(state, /^(gone|Ready (\d+)\/\2)$/);
  return counts.faults;
}

describe("the control plane survives", function () {
  this.timeout(180_000);

  it("faults 1, 3 and 15: host errors told again and again, of machines that are no more, and by strangers", async () => {
    const faults: readonly ShortFault[] = [
      ["hardware", "host-error", 6, 0.9, 0],
      ["hardware", "host-error", 6.5, 0.5, 0],
      ...times(10, ["hardware", "events-again", 7, 0.3, 0]),
      ["hardware", "stale-event", 7, 0.9, 0.99],
      ["hardware", "stale-event", 8, 0.2, 0.1],
      ["hardware", "forged-event", 8, 0.9, 0],
      ["hardware", "forged-event", 8, 0.9, 0.4],
      ["hardware", "forged-event", 8, 0.9, 0.9],
      ["hardware", "events-again", 12, 0.6, 0],
    ];
    const { violations, counts, lines } = await judge(life(16, faults));
    assert.deepEqual(violations, []);
    // A pass writes its record when it begins and again when it ends.
    const told = new Map(
      lines
        .filter(({ what, text }) => what === "decision" && text.startsWith("incident "))
        .toReversed()
        .map(({ text, atMs }) => [text, atMs]),
    );
    assert.deepEqual(
      [...told.keys()].map((text) => /: ([\w-]+) \(/.exec(text)?.[1]).toSorted(),
      ["automatic-restart", "host-error", "host-error"],
      "each once",
    );
    const replaced = lines.filter(({ what, text }) => what === "call" && text.includes("deleteInstances"));
    assert.equal(
      replaced.length,
      1,
      "the spot machine, which Compute Engine does not restart, before its group does",
    );
    const struck = lines.filter(({ text }) => text.startsWith("hardware/host-error"));
    for (const { atMs, text } of struck) {
      const machine = /host of (\S+) fails/.exec(text)?.[1] ?? "";
      const [, decidedMs = 0] = [...told].find(([line]) => line.includes(`${machine}: host-error`)) ?? [];
      assert.ok(decidedMs - atMs <= DECISION_MS_MAX, `${decidedMs - atMs} ms`);
    }
    const stale = lines.filter(({ text }) => text.includes("another machine bears its name now"));
    assert.ok(stale.length >= 2);
    assert.equal(counts.faults["hardware/events-again"], 11);
    assert.ok((counts.invocations["machine-event"] ?? 0) >= 22, JSON.stringify(counts.invocations));
    assert.equal(counts.invocations["forged-event"], 3);
  });

  it("fault 8: somebody else's resource under a name of ours is left alone, and reported until it is gone", async () => {
    const struck = await survives(life(15, [["people", "foreign-firewall", 6, 0.3, 0.3]]));
    assert.deepEqual(struck, { "people/foreign-firewall": 1 });
  });

  it("fault 9: nothing is delivered for an hour, and the first sweep carries on", async () => {
    const struck = await survives(life(62, [["delivery", "outage", 0.1, 0, 0.99]]));
    assert.deepEqual(struck, { "delivery/outage": 1 });
  });

  it("fault 10: documents that are gone, nonsense, or ask for another cluster's deletion", async () => {
    const faults: readonly ShortFault[] = [
      ["people", "document-gone", 5, 0, 0.1],
      ["people", "document-nonsense", 8, 0, 0.4],
      ["people", "wrong-tombstone", 14, 0, 0.1],
    ];
    await survives(life(18, faults));
  });

  it("fault 11: stockout, then a quota, then a minute of refused calls: no hot loop", async () => {
    const faults: readonly ShortFault[] = [
      ["zone", "stockout", 1, 0, 0.1],
      ["api", "quota", 2, 0, 0.99],
      ["api", "rate-limit", 4, 0, 0.9],
    ];
    await survives(life(12, faults));
  });

  it("fault 13: passes that sleep past their lease are fenced", async () => {
    const sleeps = [0.2, 1.1, 2.3, 3.4, 4.1].map((at): ShortFault => ["crash", "sleep", at, 0, 0.99]);
    const struck = await survives(life(12, sleeps));
    assert.deepEqual(struck, { "crash/sleep": 5 });
  });

  it("faults 6 and 16: processes that die all the time, and clocks that are an hour off", async () => {
    const faults: readonly ShortFault[] = [
      ...times(4, ["crash", "a-deadly-minute", 0.5, 0, 0.9]),
      ["crash", "wrong-clock", 1, 0.2, 0.99],
      ["crash", "wrong-clock", 2, 0.8, 0.99],
    ];
    await survives(life(15, faults, [[8, { edit: "delete" }]]));
  });

  it("each machine of a control plane of three deleted by hand, one after the other", async () => {
    const faults = [0.5, 0.9, 0.1].map(
      (which, index): ShortFault => ["people", "delete-member-by-hand", 8 + 6 * index, which, 0],
    );
    const struck = await survives(life(26, faults, [], 3));
    assert.deepEqual(struck, { "people/delete-member-by-hand": 3 });
  });

  for (const seed of [1, 5, 200]) {
    it(`all faults at once: a cluster and its edits, seed ${seed}`, async () => {
      const wishes = {
        clusters: 1,
        busyMs: 30 * MINUTE_MS,
        groups: FAULT_GROUPS,
        workload: "mixed",
      } as const;
      const faults = await survives(generate({ ...wishes, seed }));
      assert.ok(Object.keys(faults).length > 1);
    });
  }
});
