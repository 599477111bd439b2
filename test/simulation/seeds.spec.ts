import assert from "node:assert/strict";
import { FAULT_GROUPS } from "./scenario.ts";
import { again, seedsOf } from "./seeds.ts";

const NOW_MS = Date.parse("2026-11-29T08:00:00.700Z");

describe("seeds of a simulation", () => {
  it("are the one that is named, a range, or the first one", () => {
    assert.deepEqual(seedsOf({ seed: 7 }, NOW_MS), [7, 7]);
    assert.deepEqual(seedsOf({ seeds: [3, 9] }, NOW_MS), [3, 9]);
    assert.deepEqual(seedsOf({}, NOW_MS), [1, 1]);
  });

  it("are fresh ones as many as wanted, others at another time", () => {
    const [first, last] = seedsOf({ fresh: 5 }, NOW_MS);
    assert.equal(last - first + 1, 5);
    const [later] = seedsOf({ fresh: 5 }, NOW_MS + 5_000);
    assert.equal(later, last + 1);
  });

  it("are told with all that decides a run, so that it can be made again", () => {
    const all = { clusters: 2, faults: FAULT_GROUPS, workload: "mixed" } as const;
    assert.equal(again(7, all), "npm run simulate -- --seed 7 --clusters 2 --faults all --workload mixed");
    assert.equal(
      again(7, { clusters: 5, days: 0.5, faults: ["crash", "store"], workload: "idle" }),
      "npm run simulate -- --seed 7 --clusters 5 --days 0.5 --faults crash,store --workload idle",
    );
    assert.match(again(7, { ...all, faults: [] }), /--faults none/);
  });
});
