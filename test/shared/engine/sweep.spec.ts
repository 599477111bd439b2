/** The net under lost events: whom it wakes, through one door, and that one cluster's trouble stays its own. */
import assert from "node:assert/strict";
import { admit, newStatus } from "../../../shared/engine/admit.ts";
import { LOOK_AGAIN_MS } from "../../../shared/engine/census.ts";
import type { Engine } from "../../../shared/engine/engine.ts";
import { readLedger } from "../../../shared/engine/ledger.ts";
import { clusterPath, statusPath } from "../../../shared/engine/paths.ts";
import { contentHash } from "../../../shared/engine/request-id.ts";
import { OVERDUE_MS, sweep, WHOLE_ROLL_EVERY_MS } from "../../../shared/engine/sweep.ts";
import type { Compute } from "../../../shared/ports/compute.ts";
import type { Query, Store } from "../../../shared/ports/store.ts";
import type { ClusterStatus } from "../../../shared/status/cluster-status.ts";
import { createSeededChance } from "../../../simulator/chance.ts";
import { fakeWorld } from "../../support/fake-engine.ts";
import { quickstartSpec, TEST_NOW_MS } from "../../support/specs.ts";

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

/** One settled cluster, `a`, in a project that holds nothing. */
async function atRest() {
  const world = fakeWorld([]);
  const { status: admitted } = admit(
    { status: KNOWN, lines: [] },
    { spec: quickstartSpec(), specHash: "" },
    0,
  );
  const status = { ...admitted, seenHash: KNOWN.seenHash, unsettledSinceMs: null };
  await world.store.transact(async (transaction) => {
    transaction.set(clusterPath("a"), DOCUMENT);
    transaction.set(statusPath("a"), { ...status });
  });
  const { cloud } = world.engine;
  const compute = { ...cloud.compute, list: async () => [] } as unknown as Compute;
  const engine: Engine = { ...world.engine, cloud: { ...cloud, compute } };
  return { world, engine, status };
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

  it("watches the nodes of one that waits for long, and leaves those to their passes that are looked at soon", async () => {
    for (const [aheadMs, expected] of [
      [20 * 60_000, ["a"]],
      [30_000, []],
    ] as const) {
      const { world, engine, status } = await atRest();
      const waiting = { ...status, unsettledSinceMs: 0, wakeAtMs: TEST_NOW_MS + aheadMs };
      await world.store.transact(async (transaction) => transaction.set(statusPath("a"), { ...waiting }));
      assert.deepEqual((await sweep(engine, async () => {})).ailing, expected, `${aheadMs} ms ahead`);
    }
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

  it("finds a document that is gone, though nobody told", async () => {
    const world = fakeWorld([]);
    await world.store.transact(async (transaction) => transaction.set(statusPath("a"), { ...KNOWN }));
    const { unnoticed } = await sweep(world.engine, async () => {});
    assert.deepEqual(unnoticed, ["a"]);
  });

  it("reads one document of a cluster at rest, and writes nothing once it knows it", async () => {
    const world = fakeWorld([]);
    const ids = Array.from({ length: 30 }, (_, index) => `c${index}`);
    for (const id of ids)
      await world.store.transact(async (transaction) => {
        transaction.set(clusterPath(id), DOCUMENT);
        transaction.set(statusPath(id), { ...KNOWN });
      });
    const counts = { read: 0, written: 0 };
    const store: Store = {
      ...world.store,
      get: async (path) => {
        counts.read += 1;
        return world.store.get(path);
      },
      query: async <T>(query: Query) => {
        const answer = await world.store.query<T>(query);
        counts.read += answer.documents.length;
        return answer;
      },
      transact: async (body) => {
        counts.written += 1;
        return world.store.transact(body);
      },
    };
    const engine = { ...world.engine, store };
    await sweep(engine, async () => {});
    assert.deepEqual(counts, { read: 60, written: 1 }, "all statuses, for none is remembered");
    await sweep(engine, async () => {});
    assert.deepEqual(
      counts,
      { read: 60 + 31, written: 1 },
      "the documents, and what is remembered of them all",
    );
    await world.store.transact(async (transaction) => transaction.set(clusterPath("c7"), { spec: {} }));
    const { unnoticed } = await sweep(engine, async () => {});
    assert.deepEqual(unnoticed, ["c7"]);
    await world.clock.advance(WHOLE_ROLL_EVERY_MS);
    counts.read = 0;
    await sweep(engine, async () => {});
    assert.equal(counts.read, 61, "once a day all statuses again");
  });

  it("remembers a census only once a pass has acted on it", async () => {
    const { world, engine } = await atRest();
    const dying = async (): Promise<void> => {
      throw new Error("killed");
    };
    const transact = world.store.transact;
    await assert.rejects(
      sweep(
        { ...engine, store: { ...world.store, transact: dying as unknown as typeof transact } },
        async () => {},
      ),
      /killed/,
    );
    assert.deepEqual(
      (await sweep(engine, async () => {})).census.changed,
      ["a"],
      "nobody remembered the first",
    );
    assert.deepEqual((await sweep(engine, async () => {})).census.changed, []);
  });

  it("remembers no census that a pass failed to act on", async () => {
    const { world, engine } = await atRest();
    const failing = async () => {
      throw new Error("the store is away");
    };
    assert.deepEqual((await sweep(engine, failing)).census.changed, ["a"]);
    assert.deepEqual((await sweep(engine, async () => {})).census.changed, ["a"]);
    assert.deepEqual((await sweep(engine, failing)).census.changed, []);
    await world.clock.advance(LOOK_AGAIN_MS);
    assert.deepEqual((await sweep(engine, failing)).census.changed, ["a"], "an hour later");
    assert.deepEqual((await sweep(engine, failing)).census.changed, ["a"], "still nobody looked");
  });

  it("does not take a document for seen that went there and back again while nobody told", async () => {
    const { world, engine, status } = await atRest();
    const write = (path: string, data: object) =>
      world.store.transact(async (transaction) => transaction.set(path, { ...data }));
    await sweep(engine, async () => {});
    await sweep(engine, async () => {});
    const other = { spec: { name: "other" } };
    await write(clusterPath("a"), other);
    await write(statusPath("a"), { ...status, seenHash: contentHash(other) });
    await write(clusterPath("a"), DOCUMENT);
    assert.deepEqual((await sweep(engine, async () => {})).unnoticed, ["a"]);
  });

  it("does not take a cluster for the one that had its name and its document before", async () => {
    const { world, engine, status } = await atRest();
    await sweep(engine, async () => {});
    await world.store.transact(async (transaction) => {
      transaction.delete(clusterPath("a"));
      transaction.delete(statusPath("a"));
    });
    await world.store.transact(async (transaction) => {
      transaction.set(clusterPath("a"), DOCUMENT);
      transaction.set(statusPath("a"), { ...status, uid: "newone" });
    });
    await sweep(engine, async () => {});
    assert.equal((await readLedger(world.store)).entries.get("a")?.uid, "newone");
  });

  it("is not stopped by documents that no cluster can be called", async () => {
    const world = fakeWorld([]);
    for (let index = 0; index < 200; index++)
      await world.store.transact(async (transaction) => {
        const id = `${"x".repeat(1_400)}${index}`;
        transaction.set(clusterPath(id), DOCUMENT);
        transaction.set(statusPath(id), { ...KNOWN });
      });
    await sweep(world.engine, async () => {});
    assert.deepEqual((await sweep(world.engine, async () => {})).unnoticed, []);
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
