/** What every Store must do, run against each implementation. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type DocumentData, type Store, StoreError } from "../../shared/ports/store.ts";
import { describeQueries } from "./store-queries.ts";
import { refusesAs, setIn } from "./store-steps.ts";
import { describeWatching } from "./store-watching.ts";

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
    const refuses = refusesAs;

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

      it("leave the same documents as a map would hold, whatever they do", async () => {
        const verb = fc.constantFrom("create" as const, "set" as const, "delete" as const);
        const write = fc.record({ verb, id: fc.integer({ min: 0, max: 3 }), n: fc.integer() });
        const transactions = fc.array(fc.array(write, { maxLength: 4 }), { maxLength: 4 });
        let count = 0;
        await fc.assert(
          fc.asyncProperty(transactions, async (generated) => {
            const collection = `model-${count++}`;
            let model: ReadonlyMap<string, number> = new Map();
            for (const writes of generated) {
              const next = applied(model, writes);
              const transacted = store.transact(async (t) => {
                for (const { verb, id, n } of writes) {
                  if (verb === "delete") t.delete(`${collection}/${id}`);
                  else t[verb](`${collection}/${id}`, { n });
                }
              });
              if (next === undefined) await assert.rejects(transacted, StoreError);
              else await transacted;
              model = next ?? model;
            }
            const { documents } = await store.query<{ n: number }>({ collection, limit: 10 });
            const found = documents.map(({ path, data }): [string, number] => [
              path.split("/")[1] ?? "",
              data.n,
            ]);
            assert.deepEqual(new Map(found), model);
          }),
          { numRuns: harness.runs },
        );
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

    describeQueries(
      () => store,
      () => harness.runs,
    );
    describeWatching(() => store, openAgain);
  });
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

interface ModelWrite {
  readonly verb: "create" | "set" | "delete";
  readonly id: number;
  readonly n: number;
}

/** What a map would hold after a transaction; nothing when it is refused, as making and deleting a document in one is. */
function applied(
  model: ReadonlyMap<string, number>,
  writes: readonly ModelWrite[],
): ReadonlyMap<string, number> | undefined {
  const next = new Map(model);
  const touched = new Set<string>();
  const created = new Set<string>();
  for (const { verb, id, n } of writes) {
    const key = String(id);
    if (verb === "create" && next.has(key)) return undefined;
    if (verb === "delete" && created.has(key)) return undefined;
    if (verb === "create" && !touched.has(key)) created.add(key);
    touched.add(key);
    if (verb === "delete") next.delete(key);
    else next.set(key, n);
  }
  return next;
}
