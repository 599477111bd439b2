/** The net under lost events: whom it wakes, through one door, and that one cluster's trouble stays its own. */
import assert from "node:assert/strict";
import { newStatus } from "../../../shared/engine/admit.ts";
import type { Engine } from "../../../shared/engine/engine.ts";
import { clusterPath, statusPath } from "../../../shared/engine/paths.ts";
import { contentHash } from "../../../shared/engine/request-id.ts";
import { OVERDUE_MS, sweep } from "../../../shared/engine/sweep.ts";
import type { ClusterStatus } from "../../../shared/status/cluster-status.ts";
import { createSeededChance } from "../../../simulator/chance.ts";
import { fakeWorld } from "../../support/fake-engine.ts";
import { TEST_NOW_MS } from "../../support/specs.ts";

const DOCUMENT = { spec: { name: "whatever" } };
const KNOWN = { ...newStatus(createSeededChance(1)), seenHash: contentHash(DOCUMENT) };

async function swept(
  statuses: Readonly<Record<string, Partial<ClusterStatus> | undefined>>,
  broken: readonly string[] = [],
) {
  const world = fakeWorld([]);
  const complaints: string[] = [];
  const engine: Engine = {
    ...world.engine,
    log: (level, message) => void complaints.push(`${level} ${message}`),
  };
  for (const [id, changes] of Object.entries(statuses)) {
    await engine.store.transact(async (transaction) => {
      transaction.set(clusterPath(id), DOCUMENT);
      if (changes !== undefined) transaction.set(statusPath(id), { ...KNOWN, ...changes });
    });
  }
  const passes: string[] = [];
  const report = await sweep(engine, async (id, cause) => {
    passes.push(`${id}: ${cause}`);
    if (broken.includes(id)) throw new TypeError("a mistake of ours");
  });
  return { report, passes: passes.sort(), complaints };
}

describe("engine/sweep", () => {
  it("wakes whose wake-up is overdue, and leaves the others to theirs", async () => {
    const { report, passes } = await swept({
      late: { wakeAtMs: TEST_NOW_MS - OVERDUE_MS },
      soon: { wakeAtMs: TEST_NOW_MS - OVERDUE_MS + 1 },
      settled: { wakeAtMs: null },
    });
    assert.deepEqual(report.overdue, ["late"]);
    assert.deepEqual(passes, ["late: sweep: its wake-up was overdue"]);
  });

  it("takes a wake-up hours ahead for one of a clock that was wrong (fault 16)", async () => {
    const { report } = await swept({ ahead: { wakeAtMs: TEST_NOW_MS + 3_600_000 } });
    assert.deepEqual(report.overdue, ["ahead"]);
  });

  it("finds documents that no pass has seen, new ones and changed ones, and passes each once (L2)", async () => {
    const { report, passes } = await swept({
      fresh: undefined,
      changed: { seenHash: "another" },
      both: { seenHash: "another", wakeAtMs: 0 },
      known: {},
    });
    assert.deepEqual([...report.unnoticed].sort(), ["changed", "fresh"]);
    assert.equal(passes.filter((line) => line.startsWith("both")).length, 1);
  });

  it("goes on when one of them breaks, and says which", async () => {
    const late = { wakeAtMs: 0 };
    const { passes, complaints } = await swept({ a: late, b: late, c: late }, ["b"]);
    assert.equal(passes.length, 3);
    assert.deepEqual(complaints, ["error pass failed in a sweep"]);
  });

  it("reaches every cluster, however many pages they fill", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 450 }, (_, index) => [`c${index}`, { wakeAtMs: 0 }]),
    );
    const { report } = await swept(many);
    assert.equal(new Set(report.overdue).size, 450);
  });
});
