/** Care of nodes that must be survived, by name and by number (docs/invariants.md), and what seeds have found. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { judge, type Verdict } from "./judge.ts";
import { life, type ShortFault, times } from "./life.ts";
import { SILENCE_MS } from "./liveness.ts";
import type { Edit, Scenario } from "./scenario.ts";

const MINUTE_MS = 60_000;
const SIX: readonly [number, Edit] = [4, { edit: "resize", pool: 0, size: 6 }];

async function survives(scenario: Scenario): Promise<Verdict> {
  const verdict = await judge(scenario);
  assert.deepEqual(verdict.violations, []);
  for (const state of Object.values(verdict.ending.clusters)) assert.match(state, /^(gone|Ready (\d+)\/\2)$/);
  return verdict;
}

/** What was done to machines between two minutes: resets, deletions. */
function deeds({ lines }: Verdict, fromMinute = 0, toMinute = Number.POSITIVE_INFINITY): readonly string[] {
  const [from, to] = [fromMinute * MINUTE_MS, toMinute * MINUTE_MS];
  return lines
    .filter(({ what, atMs }) => what === "call" && atMs >= from && atMs <= to)
    .flatMap(
      ({ text }) => /(instances\.reset|deleteInstances|compute\.delete instances\/).*/.exec(text)?.[0] ?? [],
    );
}

describe("the care of nodes survives", function () {
  this.timeout(180_000);

  it("fault 2: a host error after which Compute Engine restarts the machine: nothing is deleted", async () => {
    const verdict = await survives(life(30, [["hardware", "host-error", 8, 0.9, 0]], [SIX]));
    assert.equal(verdict.counts.faults["hardware/host-error"], 1);
    assert.deepEqual(deeds(verdict, 8), []);
  });

  it("fault 4: a zone that falls silent for a quarter of an hour: nothing of it is deleted, and repairs go on later", async () => {
    const faults: readonly ShortFault[] = [
      ["zone", "silent", 9, 0.5, 0.99],
      ["hardware", "hang", 28, 0.1, 0.99],
    ];
    const verdict = await survives(life(60, faults, [[4, { edit: "resize", pool: 0, size: 9 }]]));
    assert.deepEqual(deeds(verdict, 9, 27), []);
    assert.ok(deeds(verdict, 28).length > 0, "what hangs afterwards is repaired");
    assert.ok(verdict.lines.some(({ what, text }) => what === "decision" && text.startsWith("brake zone/")));
  });

  it("fault 5: no API server is reached for 20 minutes while a node hangs: nothing is repaired, and times count anew", async () => {
    const faults: readonly ShortFault[] = [
      ["hardware", "hang", 8, 0.4, 0.99],
      ["api", "api-server-unreachable", 14, 0, 0.99],
    ];
    const verdict = await survives(life(60, faults, [SIX]));
    assert.deepEqual(deeds(verdict, 8, 42), [], "ten minutes after the API was back at the earliest");
    assert.ok(deeds(verdict, 43).length > 0);
  });

  it("fault 7: inserts whose answers are lost, and an hour until the next try: each thing is made once", async () => {
    const faults: readonly ShortFault[] = [
      ...times(4, ["api", "lost-responses", 0, 0, 0.99]),
      ["delivery", "outage", 0.8, 0, 0.99],
    ];
    const { ending } = await survives(life(62, faults));
    const { ending: undisturbed } = await judge(life(62));
    assert.deepEqual(ending.counts, undisturbed.counts);
  });

  it("fault 12: two of three members hang: neither is touched while the other is silent", async () => {
    const faults: readonly ShortFault[] = [["hardware", "members-hang", 15, 0, 0.6]];
    const verdict = await survives(life(50, faults, [], 3));
    assert.deepEqual(deeds(verdict, 15, 38), []);
  });

  for (const [part, amount] of [
    ["etcd", 0.49],
    ["API server", 0.99],
  ] as const)
    it(`the ${part} of one of three members dies while its node stays Ready: it is restarted, nothing else`, async () => {
      const faults: readonly ShortFault[] = [["hardware", "member-part-dies", 15, 0.4, amount]];
      const verdict = await survives(life(50, faults, [], 3));
      const done = deeds(verdict, 15);
      assert.equal(done.length, 1, done.join());
      assert.match(done[0] ?? "", /instances\.reset .*-cp-1/);
    });

  it("fault 12: of two members a part is dead: neither is touched, and etcd keeps its quorum (S5)", async () => {
    const faults: readonly ShortFault[] = [
      ["hardware", "member-part-dies", 15, 0, 0.2],
      ["hardware", "member-part-dies", 15.2, 0, 0.7],
    ];
    const verdict = await survives(life(50, faults, [], 3));
    assert.equal(verdict.counts.faults["hardware/member-part-dies"], 2);
    assert.deepEqual(deeds(verdict, 15, 38), []);
  });

  it("etcd of two members dies, and the API falls silent for most of an hour", async () => {
    const faults: readonly ShortFault[] = [
      ["hardware", "member-part-dies", 15, 0, 0.49],
      ["hardware", "member-part-dies", 15.2, 0, 0.49],
    ];
    const verdict = await survives(life(90, faults, [], 3));
    assert.ok(deeds(verdict, 44).length > 0, "restarted one after another (decision 0027)");
  });

  it("fault 16: an upgrade that is asked for in the middle of a repair", async () => {
    const faults: readonly ShortFault[] = [["hardware", "hang", 7, 0.9, 0.99]];
    const verdict = await survives(life(70, faults, [SIX, [19, { edit: "version", version: "1.37" }]]));
    assert.ok(deeds(verdict, 7, 19).some((deed) => deed.startsWith("instances.reset")));
  });

  it("what was said of an earlier machine still lies in the inbox when the next event comes (seed 8)", async () => {
    const faults: readonly ShortFault[] = [
      ["delivery", "outage", 7.9, 0, 0],
      ["hardware", "stale-incident", 8, 0.9, 0],
      ["hardware", "host-error", 8.95, 0.9, 0],
    ];
    await survives(life(20, faults));
  });

  const readOnly: readonly ShortFault[] = [
    ["hardware", "read-only", 8, 0.99, 0],
    ["hardware", "read-only", 8.1, 0.5, 0],
  ];
  it("two of three nodes on read-only disks: an hour later one after the other is replaced (L3, L6)", async () => {
    const verdict = await survives(life(30, readOnly, [[4, { edit: "resize", pool: 0, size: 3 }]]));
    assert.equal(verdict.counts.faults["hardware/read-only"], 2);
    assert.deepEqual(deeds(verdict, 8, 68), []);
    assert.equal(deeds(verdict, 68).filter((deed) => deed.startsWith("deleteInstances")).length, 2);
  });

  it("the same in the middle of an upgrade, which is the cure (upgrade workload, seeds 12 and 15)", async () => {
    const edits: readonly (readonly [number, Edit])[] = [
      [4, { edit: "resize", pool: 0, size: 3 }],
      [25, { edit: "machine-type", pool: 0, machineType: "n2-standard-4" }],
    ];
    const verdict = await survives(life(40, readOnly, edits));
    assert.equal(deeds(verdict, 25, 50).filter((deed) => deed.startsWith("deleteInstances")).length, 3);
  });

  it("the longest way back: a whole pool on read-only disks in the last minute before the faults stop (L1)", async () => {
    const last = [0.3, 0.5, 0.7, 0.9].map(
      (which, index): ShortFault => ["hardware", "read-only", 29.8 + index / 20, which, 0],
    );
    const verdict = await survives(life(30, last, [[4, { edit: "resize", pool: 0, size: 4 }]]));
    assert.equal(verdict.counts.faults["hardware/read-only"], 4);
    const backMs = verdict.virtualMs - 30 * MINUTE_MS - SILENCE_MS;
    assert.ok(backMs > 90 * MINUTE_MS, `the bound of L1 could be less than it is: ${backMs} ms`);
  });

  it("a pause, a freeze and a limit in the middle of changes of both pools (S3, S4)", async () => {
    const edits: readonly (readonly [number, Edit])[] = [
      SIX,
      [6, { edit: "limit", most: 1 }],
      [7, { edit: "machine-type", pool: 0, machineType: "n2-standard-4" }],
      [7, { edit: "machine-type", pool: 1, machineType: "n2-standard-4" }],
      [11, { edit: "pause", minutes: 9 }],
      [24, { edit: "freeze", minutes: 9 }],
    ];
    const verdict = await survives(life(40, [["hardware", "host-error", 12, 0.3, 0]], edits));
    assert.deepEqual(deeds(verdict, 11.5, 20), []);
    assert.deepEqual(deeds(verdict, 26, 32.5), []);
    assert.ok((verdict.counts.invariants["S4"] ?? 0) > 10);
  });

  for (const kind of ["pool", "control-plane"] as const)
    it(`a restart by command of a machine of the ${kind}, whose operation fails: it is done again (L7, mixed seed 18)`, async () => {
      const restart: Edit = { edit: "command", asking: { command: "restart", of: kind, which: 0 } };
      const verdict = await survives(life(20, [["api", "quota", 15.5, 0, 0]], [[15.5, restart]]));
      const told = verdict.lines.filter(({ what }) => what === "decision").map(({ text }) => text);
      assert.ok(told.some((text) => /^failed .*QUOTA_EXCEEDED/.test(text)));
      assert.equal(deeds(verdict, 15).length, 2);
      assert.ok(told.some((text) => /^succeeded .*was restarted and/.test(text)));
    });

  it("two restarts of one control-plane machine, the second asked for before the first is done: each is done, and ends (L7)", async () => {
    const restart: Edit = {
      edit: "command",
      asking: { command: "restart", of: "control-plane", which: 0, keyed: true },
    };
    const verdict = await survives(
      life(
        20,
        [],
        [
          [15, restart],
          [15.1, restart],
        ],
      ),
    );
    const told = verdict.lines.filter(({ what }) => what === "decision").map(({ text }) => text);
    const ends = told.filter((text) => /^succeeded .*was restarted and is well/.test(text));
    assert.equal(new Set(ends).size, 2);
    // Whatever was tried on it before: a person asks for it.
    assert.equal(deeds(verdict, 15, 35).length, 2);
  });
});
