/** What every Store must answer to queries. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { DocumentData, Page, Query, Store } from "../../shared/ports/store.ts";
import { refusesAs } from "./store-steps.ts";

export function describeQueries(current: () => Store, runs: () => number): void {
  describe("queries", () => {
    let store: Store;
    beforeEach(() => {
      store = current();
    });
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
      const group = ["clusters/a/status/current", "clusters/a-1/status/current", "clusters/b/status/current"];
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
        { numRuns: runs() },
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
      for (const query of refused) await refusesAs("invalid", () => store.query(query));
    });
  });
}
