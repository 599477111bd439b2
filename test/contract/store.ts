/** What every Store must do, run against each implementation. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type DocumentData,
  type Page,
  type Query,
  type Store,
  StoreError,
} from "../../shared/ports/store.ts";
import { until } from "../support/until.ts";

export interface StoreHarness {
  /** A store over fresh, empty documents. */
  open(): Promise<Store>;
  /** Another store over the documents of the one opened last, as another process would have it. */
  openAgain(): Promise<Store>;
  /** Transactions at once on one document; the emulator is slow at these. */
  readonly contenders: number;
  /** Generated cases per property. */
  readonly runs: number;
}

export function describeStore(name: string, prepare: (suite: Mocha.Context) => Promise<StoreHarness>): void {
  describe(name, () => {
    const opened: Store[] = [];
    let harness: StoreHarness;
    let store: Store;
    const openAgain = async () => {
      const another = await harness.openAgain();
      opened.push(another);
      return another;
    };
    before(async function () {
      harness = await prepare(this);
    });
    beforeEach(async () => {
      store = await harness.open();
      opened.push(store);
    });
    afterEach(async () => {
      for (const each of opened.splice(0)) await each.close();
    });
    const set = (path: string, data: DocumentData) => setIn(store, path, data);
    const refuses = (code: string, action: () => Promise<unknown>) =>
      assert.rejects(
        action,
        (error) => error instanceof StoreError && error.code === code && error.message !== "",
      );

    describe("documents", () => {
      it("come back as they were written, and are replaced whole", async () => {
        await set("clusters/a", { phase: "Pending", size: 3, list: [1, { deep: null }], yes: true });
        await set("clusters/a", { phase: "Ready", nested: { empty: {}, none: [] } });
        const document = await store.get("clusters/a");
        assert.deepEqual(document?.data, { phase: "Ready", nested: { empty: {}, none: [] } });
        assert.equal(document?.path, "clusters/a");
        assert.ok(Number.isFinite(document?.updatedMs));
      });

      it("are absent until written and after being deleted, which is harmless twice", async () => {
        assert.equal(await store.get("clusters/a"), undefined);
        await set("clusters/a", { x: 1 });
        for (let time = 0; time < 2; time++) await store.transact(async (t) => t.delete("clusters/a"));
        assert.equal(await store.get("clusters/a"), undefined);
      });

      it("have a version that every write changes, deleted and made anew too", async () => {
        const versions = new Set<string | undefined>();
        for (const x of [1, 2]) {
          await set("clusters/a", { x });
          versions.add((await store.get("clusters/a"))?.version);
        }
        await store.transact(async (t) => t.delete("clusters/a"));
        await set("clusters/a", { x: 2 });
        versions.add((await store.get("clusters/a"))?.version);
        assert.equal(versions.size, 3);
        assert.ok(!versions.has(undefined));
      });

      it("keep any JSON to the letter", async () => {
        const name = fc.string({ unit: "grapheme", maxLength: 8 });
        const data = fc.dictionary(name, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5 }).filter(isStorable);
        let count = 0;
        await fc.assert(
          fc.asyncProperty(data, async (generated) => {
            const json = JSON.parse(JSON.stringify(generated)) as DocumentData;
            const path = `generated/${count++}`;
            await set(path, json);
            assert.deepEqual((await store.get(path))?.data, json);
          }),
          { numRuns: harness.runs },
        );
      });

      it("are refused when they are not JSON, too large, or at no place for a document", async () => {
        const circle: Record<string, unknown> = {};
        circle["self"] = circle;
        const refused: readonly (readonly [string, Record<string, unknown>])[] = [
          ["a/undefined", { x: undefined }],
          ["a/nan", { x: Number.NaN }],
          ["a/date", { x: new Date(0) }],
          ["a/function", { x: () => 1 }],
          ["a/nested", { x: [[1]] }],
          ["a/circle", circle],
          ["a/surrogate", { x: "\ud800" }],
          ["a/large", { x: "x".repeat(200_001) }],
          ["a/reserved", { __name__: 1 }],
          ["a/nameless", { "": 1 }],
          ["a", { x: 1 }],
          ["a/b/c", { x: 1 }],
          ["a//b/c", { x: 1 }],
          ["a/..", { x: 1 }],
          ["a/__x__", { x: 1 }],
          ["", { x: 1 }],
        ];
        for (const [path, data] of refused) await refuses("invalid", () => set(path, data));
        assert.deepEqual((await store.query({ collection: "a", limit: 10 })).documents, []);
      });

      it("may be as large as the limit says", async () => {
        const x = "x".repeat(199_990);
        await set("a/b", { x });
        assert.equal((await store.get<{ x: string }>("a/b"))?.data.x, x);
      });
    });

    describe("transactions", () => {
      it("write everything or nothing", async () => {
        await set("a/1", { x: 1 });
        const failure = new Error("no more");
        const aborted = store.transact(async (t) => {
          t.set("a/1", { x: 2 });
          t.create("a/2", { x: 2 });
          throw failure;
        });
        await assert.rejects(aborted, (error) => error === failure);
        await refuses("conflict", () =>
          store.transact(async (t) => {
            t.set("a/2", { x: 2 });
            t.create("a/1", { x: 2 });
          }),
        );
        assert.deepEqual((await store.get("a/1"))?.data, { x: 1 });
        assert.equal(await store.get("a/2"), undefined);
      });

      it("answer what their body answers", async () => {
        await set("a/1", { x: 20 });
        const doubled = await store.transact(
          async (t) => 2 * ((await t.get<{ x: number }>("a/1"))?.data.x ?? 0),
        );
        assert.equal(doubled, 40);
      });

      it("lose no update when several change one document at once", async () => {
        await set("a/counter", { count: 0 });
        const increment = () =>
          store.transact(async (t) => {
            const count = (await t.get<{ count: number }>("a/counter"))?.data.count ?? 0;
            t.set("a/counter", { count: count + 1 });
          });
        await Promise.all(Array.from({ length: harness.contenders }, increment));
        assert.deepEqual((await store.get("a/counter"))?.data, { count: harness.contenders });
      });

      it("let exactly one of several create a document", async () => {
        const create = async (owner: number) => {
          await store.transact(async (t) => t.create("leases/one", { owner }));
          return owner;
        };
        const results = await Promise.allSettled(
          Array.from({ length: harness.contenders }, (_, owner) => create(owner)),
        );
        const winners = results.filter((result) => result.status === "fulfilled");
        assert.equal(winners.length, 1);
        assert.deepEqual((await store.get("leases/one"))?.data, { owner: winners[0]?.value });
        for (const result of results) {
          if (result.status === "rejected") assert.equal((result.reason as StoreError).code, "conflict");
        }
      });

      it("refuse to read after they wrote", async () => {
        await refuses("invalid", () =>
          store.transact(async (t) => {
            t.set("a/1", { x: 1 });
            await t.get("a/1");
          }),
        );
        assert.equal(await store.get("a/1"), undefined);
      });

      it("are not reached by changes to the data after it was handed over", async () => {
        const data = { list: [1] };
        await store.transact(async (t) => {
          t.set("a/1", data);
          data.list.push(2);
        });
        assert.deepEqual((await store.get("a/1"))?.data, { list: [1] });
      });
    });

    describe("queries", () => {
      const fill = async (documents: Readonly<Record<string, DocumentData>>) => {
        await store.transact(async (t) => {
          for (const [path, data] of Object.entries(documents)) t.set(path, data);
        });
      };
      const pathsOf = (page: Page) => page.documents.map(({ path }) => path);
      const allPaths = async (query: Query) => {
        const paths: string[] = [];
        let page = await store.query(query);
        for (paths.push(...pathsOf(page)); page.nextPage !== undefined; paths.push(...pathsOf(page))) {
          page = await store.query({ ...query, page: page.nextPage });
        }
        return paths;
      };

      it("list a collection by path, without what lies deeper, and a group wherever it is", async () => {
        await fill({
          "clusters/b": { n: 2 },
          "clusters/a-1": { n: 3 },
          "clusters/a": { n: 1 },
          "clusters/b/status/current": { n: 4 },
          "clusters/a/status/current": { n: 5 },
          "clusters/a-1/status/current": { n: 6 },
          "others/x": { n: 7 },
        });
        assert.deepEqual(await allPaths({ collection: "clusters", limit: 10 }), [
          "clusters/a",
          "clusters/a-1",
          "clusters/b",
        ]);
        assert.deepEqual(await allPaths({ collection: "clusters/b/status", limit: 1 }), [
          "clusters/b/status/current",
        ]);
        const group = [
          "clusters/a/status/current",
          "clusters/a-1/status/current",
          "clusters/b/status/current",
        ];
        assert.deepEqual(await allPaths({ group: "status", limit: 10 }), group);
        assert.deepEqual(await allPaths({ group: "status", limit: 1 }), group);
      });

      it("find what is overdue, earliest first, and nothing of another type or without the field", async () => {
        await fill({
          "clusters/late/status/current": { wakeAtMs: 30 },
          "clusters/soon/status/current": { wakeAtMs: 10 },
          "clusters/same/status/current": { wakeAtMs: 10 },
          "clusters/text/status/current": { wakeAtMs: "10" },
          "clusters/never/status/current": { phase: "Ready" },
          "clusters/null/status/current": { wakeAtMs: null },
          "clusters/true/status/current": { wakeAtMs: true },
        });
        const overdue: Query = {
          group: "status",
          where: [["wakeAtMs", "<=", 29.5]],
          orderBy: { field: "wakeAtMs", direction: "ascending" },
          limit: 10,
        };
        assert.deepEqual(await allPaths(overdue), [
          "clusters/same/status/current",
          "clusters/soon/status/current",
        ]);
        assert.deepEqual(await allPaths({ ...overdue, limit: 1 }), await allPaths(overdue));
        const after: Query = { ...overdue, where: [["wakeAtMs", ">", 10]] };
        assert.deepEqual(await allPaths(after), ["clusters/late/status/current"]);
      });

      it("find documents in a phase, and by a field within a map", async () => {
        await fill({
          "c/1": { phase: "Ready", at: { zone: "a" } },
          "c/2": { phase: "Failed", at: { zone: "b" } },
          "c/3": { phase: "Ready", at: { zone: "b" } },
          "c/4": { phase: true },
          "c/5": { phase: 1 },
        });
        const where = (...conditions: Query["where"] & object) =>
          allPaths({ collection: "c", where: conditions, limit: 10 });
        assert.deepEqual(await where(["phase", "==", "Ready"]), ["c/1", "c/3"]);
        assert.deepEqual(await where(["phase", "==", "Ready"], ["at.zone", "==", "b"]), ["c/3"]);
        assert.deepEqual(await where(["phase", "==", true]), ["c/4"]);
        assert.deepEqual(await where(["phase", "==", 1]), ["c/5"]);
      });

      it("order both ways, null before everything, in pages of any size", async () => {
        await fill({
          "c/1": { n: 5 },
          "c/2": { n: null },
          "c/3": { n: -1.5 },
          "c/4": {},
          "c/5": { n: 5 },
          "c/6": { n: null },
        });
        const ascending = ["c/2", "c/6", "c/3", "c/1", "c/5"];
        for (const limit of [1, 2, 3, 10]) {
          const order = (direction: "ascending" | "descending") =>
            allPaths({ collection: "c", orderBy: { field: "n", direction }, limit });
          assert.deepEqual(await order("ascending"), ascending);
          assert.deepEqual(await order("descending"), ascending.toReversed());
        }
      });

      it("give pages that stay right when documents come and go between them", async () => {
        const query: Query = { collection: "c", orderBy: { field: "n", direction: "ascending" }, limit: 2 };
        await fill({ "c/a": { n: 1 }, "c/b": { n: 2 }, "c/d": { n: 4 }, "c/e": { n: 5 } });
        const first = await store.query(query);
        assert.deepEqual(pathsOf(first), ["c/a", "c/b"]);
        await fill({ "c/before": { n: 0 }, "c/c": { n: 3 } });
        await store.transact(async (t) => t.delete("c/b"));
        const rest = await allPaths({ ...query, page: first.nextPage ?? "" });
        assert.deepEqual(rest, ["c/c", "c/d", "c/e"]);
      });

      it("give the same documents in pages as in one, whatever they hold", async () => {
        const values = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 9 });
        let count = 0;
        await fc.assert(
          fc.asyncProperty(values, fc.integer({ min: 1, max: 4 }), async (numbers, limit) => {
            const collection = `generated-${count++}`;
            await fill(Object.fromEntries(numbers.map((n, index) => [`${collection}/${index}`, { n }])));
            const query: Query = { collection, orderBy: { field: "n", direction: "descending" }, limit: 10 };
            assert.equal((await allPaths(query)).length, numbers.length);
            assert.deepEqual(await allPaths({ ...query, limit }), await allPaths(query));
          }),
          { numRuns: harness.runs },
        );
      });

      it("are refused when unbounded, ambiguous, unanswerable or continued with another's token", async () => {
        await fill({ "c/1": { n: 1 }, "c/2": { n: 2 } });
        const { nextPage = "" } = await store.query({ collection: "c", limit: 1 });
        const refused: readonly Query[] = [
          { collection: "c", limit: 0 },
          { collection: "c", limit: 501 },
          { collection: "c", limit: 1.5 },
          { limit: 1 },
          { collection: "c", group: "c", limit: 1 },
          { collection: "c/1", limit: 1 },
          { group: "c/1/d", limit: 1 },
          { collection: "c", where: [["n", ">", 1]], limit: 1 },
          { collection: "c", where: [["n'", "==", 1]], limit: 1 },
          { collection: "c", orderBy: { field: "a b", direction: "ascending" }, limit: 1 },
          { collection: "c", page: "garbled", limit: 1 },
          { collection: "c", where: [["n", "==", 1]], page: nextPage, limit: 1 },
        ];
        for (const query of refused) await refuses("invalid", () => store.query(query));
      });
    });

    describe("watching", () => {
      const listen = (path: string) => {
        const seen: string[][] = [];
        const stop = store.watch(path, (changed) => seen.push([...changed]));
        return { seen, stop, clear: () => seen.splice(0) };
      };

      it("calls first for what is there, then for changes by anyone, deletions too", async () => {
        await set("clusters/a", { x: 1 });
        const another = await openAgain();
        const { seen, stop, clear } = listen("clusters/a");
        await until(() => seen.length === 1, "the first call");
        assert.deepEqual(clear(), [["clusters/a"]]);
        for (const change of [
          () => set("clusters/a", { x: 2 }),
          () => setIn(another, "clusters/a", { x: 3 }),
          () => another.transact(async (t) => t.delete("clusters/a")),
        ]) {
          await change();
          await until(() => seen.length > 0, "a call for the change");
          assert.deepEqual(clear(), [["clusters/a"]]);
        }
        stop();
      });

      it("names the documents of a collection that changed, and none deeper or beside it", async () => {
        await set("clusters/a", { x: 1 });
        const { seen, stop, clear } = listen("clusters");
        await until(() => seen.length === 1, "the first call");
        assert.deepEqual(clear(), [["clusters/a"]]);
        await set("clusters/a/status/current", { x: 1 });
        await set("others/a", { x: 1 });
        await set("clusters/b", { x: 1 });
        await until(() => seen.length > 0, "a call for the change");
        assert.deepEqual(seen.flat(), ["clusters/b"]);
        stop();
      });

      it("calls for an absent document once, with nothing, and ends when asked to", async () => {
        const ended = listen("clusters/a");
        await until(() => ended.seen.length === 1, "the first call");
        assert.deepEqual(ended.clear(), [[]]);
        ended.stop();
        ended.stop();
        const going = listen("clusters/a");
        await set("clusters/a", { x: 1 });
        await until(() => going.seen.flat().length > 0, "a call for the change");
        assert.deepEqual(ended.seen, []);
        going.stop();
      });
    });
  });
}

function setIn(store: Store, path: string, data: DocumentData): Promise<void> {
  return store.transact(async (t) => t.set(path, data));
}

/** Firestore has no arrays within arrays, no fields without a name, and keeps names between two underscores. */
function isStorable(json: unknown): boolean {
  if (typeof json !== "object" || json === null) return true;
  return Object.entries(json).every(
    ([name, value]) =>
      name !== "" &&
      !/^__.*__$/.test(name) &&
      !(Array.isArray(json) && Array.isArray(value)) &&
      isStorable(value),
  );
}
