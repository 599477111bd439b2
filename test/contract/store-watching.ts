/** What every Store must tell its watchers. */
import assert from "node:assert/strict";
import type { DocumentData, Store } from "../../shared/ports/store.ts";
import { until } from "../support/until.ts";
import { setIn } from "./store-steps.ts";

export function describeWatching(current: () => Store, openAgain: () => Promise<Store>): void {
  describe("watching", () => {
    let store: Store;
    beforeEach(() => {
      store = current();
    });
    const set = (path: string, data: DocumentData) => setIn(store, path, data);
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
}
