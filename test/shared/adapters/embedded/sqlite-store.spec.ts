import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { createRealClock } from "../../../../shared/adapters/embedded/real-clock.ts";
import { openSqliteDatabase } from "../../../../shared/adapters/embedded/sqlite-database.ts";
import { querySql } from "../../../../shared/adapters/embedded/sqlite-query.ts";
import { MIGRATIONS } from "../../../../shared/adapters/embedded/sqlite-schema.ts";
import { openSqliteStore } from "../../../../shared/adapters/embedded/sqlite-store.ts";
import type { Cursor } from "../../../../shared/adapters/query-rules.ts";
import { type DocumentData, type Query, type Store, StoreError } from "../../../../shared/ports/store.ts";
import { createSeededChance } from "../../../../simulator/chance.ts";
import { createVirtualClock } from "../../../../simulator/clock.ts";
import { describeStore } from "../../../contract/store.ts";
import { temporaryFolders } from "../../../support/folder.ts";

const SEED = 41;
const START_MS = Date.UTC(2026, 0, 1);

describe("SQLite", () => {
  const folder = temporaryFolders();
  const parts = () => ({ clock: createRealClock(), chance: createSeededChance(SEED) });
  const setIn = (store: Store, path: string, data: DocumentData) =>
    store.transact(async (t) => t.set(path, data));

  describeStore("a store on a SQLite file", async () => {
    let file = "";
    return {
      contenders: 12,
      runs: 40,
      open: async () => {
        file = join(folder(), "documents.sqlite");
        return openSqliteStore({ file, ...parts() });
      },
      openAgain: async () => openSqliteStore({ file, ...parts() }),
    };
  });

  it("keeps documents over a restart, in files that only the owner can read", async () => {
    const file = join(folder(), "made/documents.sqlite");
    const store = openSqliteStore({ file, ...parts() });
    await setIn(store, "clusters/a", { x: 1 });
    for (const suffix of ["", "-wal", "-shm"])
      assert.equal(statSync(file + suffix).mode & 0o777, 0o600, suffix);
    await store.close();
    await store.close();
    const reopened = openSqliteStore({ file, ...parts() });
    assert.deepEqual((await reopened.get("clusters/a"))?.data, { x: 1 });
    await reopened.close();
  });

  it("writes ahead and syncs every commit, so that a power cut loses nothing acknowledged", () => {
    const database = openSqliteDatabase({ file: join(folder(), "documents.sqlite") });
    const pragma = (name: string) => database.prepare(`PRAGMA ${name}`).get()?.[name];
    assert.equal(pragma("journal_mode"), "wal");
    assert.equal(pragma("synchronous"), 2, "FULL");
    database.close();
  });

  it("keeps documents in memory when asked to", async () => {
    const store = openSqliteStore({ file: ":memory:", ...parts() });
    await setIn(store, "clusters/a", { x: 1 });
    assert.deepEqual((await store.get("clusters/a"))?.data, { x: 1 });
    await store.close();
    await assert.rejects(store.get("clusters/a"), isUnavailable);
  });

  it("runs a body again when another process changed what it read", async () => {
    const file = join(folder(), "documents.sqlite");
    const [here, there] = [openSqliteStore({ file, ...parts() }), openSqliteStore({ file, ...parts() })];
    let runs = 0;
    const seen = await here.transact(async (t) => {
      runs += 1;
      const seen = (await t.get("a/1"))?.data["by"];
      if (runs === 1) await setIn(there, "a/1", { by: "there" });
      t.set("a/2", { seen: seen ?? "nothing" });
      return seen;
    });
    assert.equal(seen, "there");
    assert.equal(runs, 2);
    assert.deepEqual((await there.get("a/2"))?.data, { seen: "there" });
    await here.close();
    await there.close();
  });

  it("does not believe an error of a body that read documents of two moments", async () => {
    const store = openSqliteStore({ file: ":memory:", ...parts() });
    const setBoth = (x: number) =>
      store.transact(async (t) => {
        t.set("a/1", { x });
        t.set("a/2", { x });
      });
    await setBoth(1);
    let runs = 0;
    await store.transact(async (t) => {
      runs += 1;
      const first = (await t.get("a/1"))?.data["x"];
      if (runs === 1) await setBoth(2);
      if (first !== (await t.get("a/2"))?.data["x"]) throw new Error("torn");
    });
    assert.equal(runs, 2);
    await store.close();
  });

  it("gives up with contention after a bounded number of runs, having written nothing", async () => {
    const clock = createVirtualClock(START_MS);
    const store = openSqliteStore({ file: ":memory:", clock, chance: createSeededChance(SEED) });
    let runs = 0;
    const doomed = store.transact(async (t) => {
      runs += 1;
      await t.get("a/1");
      await setIn(store, "a/1", { runs });
      t.set("a/2", { runs });
    });
    const refused = assert.rejects(
      doomed,
      (error) => error instanceof StoreError && error.code === "contention",
    );
    await clock.runUntilIdle();
    await refused;
    assert.ok(runs > 3 && runs < 50, `${runs}`);
    assert.equal(await store.get("a/2"), undefined);
    await store.close();
  });

  it("waits for another process that is writing", async () => {
    const file = join(folder(), "documents.sqlite");
    const clock = createVirtualClock(START_MS);
    const store = openSqliteStore({ file, clock, chance: createSeededChance(SEED) });
    const other = openSqliteDatabase({ file });
    other.exec("BEGIN IMMEDIATE");
    clock.after(0, () => other.exec("COMMIT"));
    const written = setIn(store, "a/1", { x: 1 });
    await clock.runUntilIdle();
    await written;
    assert.deepEqual((await store.get("a/1"))?.data, { x: 1 });
    other.close();
    await store.close();
  });

  it("answers unavailable when the disk is full, loses nothing, and works again when there is room", async () => {
    const file = join(folder(), "documents.sqlite");
    const store = openSqliteStore({ file, pagesMax: 200, ...parts() });
    const filler = "x".repeat(50_000);
    let written = 0;
    const fill = async () => {
      for (; written < 100; written++) await setIn(store, `fill/${written}`, { filler });
    };
    await assert.rejects(fill, isUnavailable);
    assert.ok(written > 2, `${written}`);
    const { documents } = await store.query({ collection: "fill", limit: 500 });
    assert.equal(documents.length, written);
    assert.ok(documents.every(({ data }) => data["filler"] === filler));
    await store.transact(async (t) => t.delete("fill/0"));
    await setIn(store, "fill/again", { filler });
    assert.equal((await store.get("fill/again"))?.data["filler"], filler);
    await store.close();
  });

  it("brings the file of an earlier version to the present schema, with its documents", async () => {
    const file = join(folder(), "documents.sqlite");
    const early = openSqliteDatabase({ file }, MIGRATIONS.slice(0, 1));
    early.exec(`INSERT INTO documents (path, collection, collection_group, data, revision, updated_ms)
      VALUES ('clusters/a', 'clusters', 'clusters', '{"phase":"Ready"}', 7, 0)`);
    early.close();
    const store = openSqliteStore({ file, ...parts() });
    const ready = await store.query({ collection: "clusters", where: [["phase", "==", "Ready"]], limit: 5 });
    assert.deepEqual(
      ready.documents.map(({ path, version }) => [path, version]),
      [["clusters/a", "7"]],
    );
    await store.close();
    const present = openSqliteDatabase({ file });
    assert.equal(present.prepare("PRAGMA user_version").get()?.["user_version"], MIGRATIONS.length);
    present.close();
  });

  it("takes a migration back whole when it fails half way", () => {
    const file = join(folder(), "documents.sqlite");
    const broken = [...MIGRATIONS, "CREATE TABLE half (x TEXT) STRICT; CREATE TABLE half (x TEXT) STRICT"];
    assert.throws(() => openSqliteDatabase({ file }, broken), /half already exists/);
    const database = openSqliteDatabase({ file });
    assert.equal(database.prepare("SELECT name FROM sqlite_schema WHERE name = 'half'").get(), undefined);
    database.close();
  });

  it("refuses a file that a newer version wrote, and one that is no database, and says what to do", () => {
    const file = join(folder(), "documents.sqlite");
    openSqliteDatabase({ file }, [...MIGRATIONS, "CREATE TABLE newer (x TEXT) STRICT"]).close();
    assert.throws(() => openSqliteStore({ file, ...parts() }), isUnavailable);
    assert.throws(() => openSqliteStore({ file, ...parts() }), /run the newer version that wrote it/);
    assert.throws(() => openSqliteStore({ file: import.meta.dirname, ...parts() }), isUnavailable);
  });

  it("answers the sweep's queries from its indexes", () => {
    const database = openSqliteDatabase({ file: ":memory:" });
    const explain = (query: Query, cursor?: Cursor) => {
      const { text, values } = querySql(query, cursor);
      const steps = database.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...values);
      return steps.map(({ detail }) => String(detail)).join("; ");
    };
    for (const source of [{ group: "status" }, { collection: "clusters" }]) {
      const overdue: Query = {
        ...source,
        where: [["wakeAtMs", "<=", 1]],
        orderBy: { field: "wakeAtMs", direction: "ascending" },
        limit: 10,
      };
      const inPhase: Query = { ...source, where: [["phase", "==", "Ready"]], limit: 10 };
      const byIndex = /^SEARCH documents USING INDEX documents_by_(group|collection)_and_(wakeAtMs|phase) \(/;
      const plans = [explain(overdue), explain(overdue, { path: "a/b", value: 1 }), explain(inPhase)];
      for (const plan of plans) {
        assert.match(plan, byIndex);
        assert.doesNotMatch(plan, /TEMP B-TREE/);
      }
      assert.match(explain({ ...source, limit: 10 }, { path: "a/b" }), /USING INDEX documents_by_\w+ \(/);
    }
    database.close();
  });

  it("polls for other processes' writes on the clock alone, and stops when nobody watches", async () => {
    const file = join(folder(), "documents.sqlite");
    const clock = createVirtualClock(START_MS);
    const store = openSqliteStore({ file, clock, chance: createSeededChance(SEED) });
    const other = openSqliteStore({ file, ...parts() });
    const seen: string[] = [];
    const stop = store.watch("clusters", (changed) => seen.push(...changed));
    await clock.advance(10_000);
    await setIn(other, "clusters/a", { x: 1 });
    assert.deepEqual(seen, []);
    await clock.advance(1_000);
    assert.deepEqual(seen, ["clusters/a"]);
    stop();
    assert.equal(clock.pending(), 0);
    await other.close();
    await store.close();
  });
});

function isUnavailable(error: unknown): boolean {
  return error instanceof StoreError && error.code === "unavailable";
}
