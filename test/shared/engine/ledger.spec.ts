import assert from "node:assert/strict";
import fc from "fast-check";
import { type LedgerEntry, readLedger, writeLedger } from "../../../shared/engine/ledger.ts";
import { fakeWorld } from "../../support/fake-engine.ts";

const entry = (digest: string): LedgerEntry => ({
  uid: "abc123",
  projects: ["p"],
  seenHash: "s",
  documentVersion: "1",
  digest,
  lookedMs: 1,
});

describe("engine/ledger", () => {
  it("gives back what was written, whatever came and went before", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.stringMatching(/^[a-e]{1,2}$/), fc.string(), { maxKeys: 12 }), {
          maxLength: 5,
        }),
        async (rounds) => {
          const { store } = fakeWorld([]);
          for (const [index, round] of rounds.entries()) {
            const wanted = new Map(Object.entries(round).map(([id, digest]) => [id, entry(digest)]));
            await writeLedger(store, await readLedger(store), wanted, index);
            const { entries } = await readLedger(store);
            assert.deepEqual([...entries].sort(), [...wanted].sort());
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it("writes the one document that changed among many", async () => {
    const { store } = fakeWorld([]);
    const all = new Map(Array.from({ length: 1_000 }, (_, index) => [`c${index}`, entry("d")] as const));
    await writeLedger(store, await readLedger(store), all, 5);
    const before = await readLedger(store);
    assert.equal(before.shards.size, 3);
    const versions = async () => (await store.query({ collection: "fleet", limit: 10 })).documents;
    const first = await versions();
    await writeLedger(store, before, new Map(all).set("c500", entry("other")), 5);
    const second = await versions();
    assert.equal(second.filter(({ version }, index) => version !== first[index]?.version).length, 1);
    assert.equal((await readLedger(store)).entries.get("c500")?.digest, "other");
    await writeLedger(store, await readLedger(store), all, 6);
    assert.equal((await readLedger(store)).wholeMs, 6);
  });

  it("takes what is no ledger for forgotten, so that no such document stops a sweep", async () => {
    const good = entry("d");
    const strange: readonly object[] = [
      {},
      { schemaVersion: 1, wholeMs: "soon", clusters: { a: good } },
      { schemaVersion: 1, wholeMs: 5, clusters: null },
      { schemaVersion: 2, wholeMs: 5, clusters: { a: good } },
      { schemaVersion: 1, wholeMs: 5, clusters: { a: null, b: { ...good, projects: "p" } } },
    ];
    for (const data of strange) {
      const { store } = fakeWorld([]);
      await store.transact(async (transaction) => transaction.set("fleet/0", { ...data }));
      const before = await readLedger(store);
      assert.deepEqual([before.entries.size, before.wholeMs], [0, 0], JSON.stringify(data));
      await writeLedger(store, before, new Map([["c", good]]), 7);
      const after = await readLedger(store);
      assert.deepEqual([[...after.entries], after.wholeMs], [[["c", good]], 7]);
    }
  });

  it("stays within a document's size with entries of the longest names", async () => {
    const { store } = fakeWorld([]);
    const long: LedgerEntry = {
      ...entry("0123456789abcdef"),
      projects: ["p".repeat(30), "h".repeat(30)],
      seenHash: "0123456789abcdef",
      documentVersion: "1790000000.123456789",
      lookedMs: 1e13,
    };
    const many = new Map(
      Array.from({ length: 400 }, (_, index) => [`${"n".repeat(59)}-${index}`.slice(-63), long] as const),
    );
    await writeLedger(store, await readLedger(store), many, 1e13);
    assert.equal((await readLedger(store)).shards.size, 1);
  });
});
