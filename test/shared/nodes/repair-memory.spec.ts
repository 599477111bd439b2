/** What is remembered of repairs says the same as all of them would, in less room. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { gathered, keptRepairs, timesOf } from "../../../shared/nodes/repair-memory.ts";
import type { Repair } from "../../../shared/status/care.ts";

const DAY_MS = 24 * 3_600_000;
const repair = (machine: string, atMs: number, changes: Partial<Repair> = {}): Repair => ({
  pool: "general",
  machine,
  instanceId: "1",
  step: "restart",
  atMs,
  reason: `at ${atMs}`,
  ...changes,
});

describe("the memory of repairs", () => {
  it("has one line for restarts of a machine, with the newest reason and when it was tried before", () => {
    const all = [repair("a", 1), repair("b", 2), repair("a", 3), repair("a", 4)];
    assert.deepEqual(gathered(all), [repair("b", 2), repair("a", 4, { earlierMs: [1, 3] })]);
    assert.deepEqual(gathered(gathered(all)), gathered(all));
    assert.deepEqual(gathered([...gathered(all), repair("a", 5)]).map(timesOf), [[2], [1, 3, 4, 5]]);
  });

  it("keeps machines of one name, pools and steps apart", () => {
    const all = [
      repair("a", 1),
      repair("a", 2, { instanceId: "2" }),
      repair("a", 3, { step: "recreate" }),
      repair("a", 4, { pool: "other" }),
    ];
    assert.deepEqual(gathered(all), all);
  });

  it("has one line for a slot that is made anew again and again, of its last machine", () => {
    const again = { step: "recreate", slot: "a" } as const;
    const all = [repair("a", 1, { step: "recreate" }), repair("b", 2, again), repair("c", 3, again)];
    assert.deepEqual(gathered(all), [repair("c", 3, { ...again, earlierMs: [1, 2] })]);
  });

  it("forgets tries that are a day older than the last", () => {
    assert.deepEqual(gathered([repair("a", 1), repair("a", 2), repair("a", DAY_MS + 1)]), [
      repair("a", DAY_MS + 1, { earlierMs: [2] }),
    ]);
  });

  it("keeps the newest, and of the others those whose slots were tried most, in their order", () => {
    const often = repair("often", 1, { earlierMs: [-2, -1] });
    const slot = [repair("x", 2), repair("x", 3, { step: "recreate" })];
    const once = Array.from({ length: 20 }, (_, at) => repair(`once-${at}`, 10 + at));
    const kept = keptRepairs([often, ...slot, ...once], 6);
    assert.deepEqual(
      kept.map(({ machine }) => machine),
      ["often", "x", "x", "once-17", "once-18", "once-19"],
    );
    assert.equal(keptRepairs(kept, 6), kept);
  });

  it("knows of a machine's slot also after a restart that was remembered without one", () => {
    const all = [repair("b", 1, { slot: "a" }), repair("b", 2)];
    assert.deepEqual(gathered(all), [repair("b", 2, { slot: "a", earlierMs: [1] })]);
  });

  it("keeps no slot for what was tried on it longer ago than a day", () => {
    const longAgo = repair("long-ago", 1, { earlierMs: [-2, -1, 0] });
    const today = ["x", "y", "z"].map((name, at) => repair(name, DAY_MS + 10 + at));
    assert.deepEqual(
      keptRepairs([longAgo, ...today], 2).map(({ machine }) => machine),
      ["y", "z"],
    );
  });
});
