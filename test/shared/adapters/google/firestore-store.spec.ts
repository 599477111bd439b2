import assert from "node:assert/strict";
import { Firestore, GeoPoint, Timestamp } from "@google-cloud/firestore";
import { createRealChance } from "../../../../shared/adapters/embedded/real-chance.ts";
import { createRealClock } from "../../../../shared/adapters/embedded/real-clock.ts";
import { toStoreError } from "../../../../shared/adapters/google/firestore-error.ts";
import { openFirestoreStore } from "../../../../shared/adapters/google/firestore-store.ts";
import { StoreError } from "../../../../shared/ports/store.ts";
import type { Emulator } from "../../../../simulation/emulator.ts";
import { describeStore } from "../../../contract/store.ts";
import { firestoreEmulator, freshProject } from "../../../support/firestore-emulator.ts";

const parts = { clock: createRealClock(), chance: createRealChance() };

function connection(emulator: Emulator) {
  return { host: `${emulator.host}:${emulator.port}`, ssl: false };
}

describe("Firestore", () => {
  describeStore("a store on Firestore", async (suite) => {
    const settings = connection(await firestoreEmulator(suite));
    let projectId = "";
    return {
      contenders: 2,
      runs: 5,
      open: async () => {
        projectId = freshProject();
        return openFirestoreStore({ projectId, settings, ...parts });
      },
      openAgain: async () => openFirestoreStore({ projectId, settings, ...parts }),
    };
  });

  it("reads what others wrote and JSON cannot hold as the nearest JSON", async function () {
    const settings = connection(await firestoreEmulator(this));
    const projectId = freshProject();
    const others = new Firestore({ projectId, ...settings });
    await others.doc("a/b").set({
      time: Timestamp.fromMillis(1_000),
      place: new GeoPoint(1, 2),
      bytes: Buffer.from("bytes"),
      reference: others.doc("c/d"),
      infinite: Number.POSITIVE_INFINITY,
      map: { latitude: 1, longitude: 2, more: [3] },
    });
    const store = await openFirestoreStore({ projectId, settings, ...parts });
    assert.deepEqual((await store.get("a/b"))?.data, {
      time: "1970-01-01T00:00:01.000Z",
      place: { latitude: 1, longitude: 2 },
      bytes: "Ynl0ZXM=",
      reference: "c/d",
      infinite: null,
      map: { latitude: 1, longitude: 2, more: [3] },
    });
    await store.close();
    await others.terminate();
  });

  it("writes the expiry of a document as a time, for time to live acts on nothing else, and reads it as text", async function () {
    const settings = connection(await firestoreEmulator(this));
    const projectId = freshProject();
    const store = await openFirestoreStore({ projectId, settings, ...parts });
    const documents = {
      "a/time": { expireAt: "2026-11-01T12:00:00.000Z", atMs: 1 },
      "a/text": { expireAt: "tomorrow" },
      "a/deep": { map: { expireAt: "2026-11-01T12:00:00.000Z" } },
    };
    await store.transact(async (transaction) => {
      for (const [path, data] of Object.entries(documents)) transaction.set(path, data);
    });
    for (const [path, data] of Object.entries(documents))
      assert.deepEqual((await store.get(path))?.data, data);
    const others = new Firestore({ projectId, ...settings });
    const typeOf = async (path: string, field: string) => typeof (await others.doc(path).get()).get(field);
    assert.ok((await others.doc("a/time").get()).get("expireAt") instanceof Timestamp);
    assert.equal(await typeOf("a/text", "expireAt"), "string");
    assert.equal(await typeOf("a/deep", "map.expireAt"), "string");
    await store.close();
    await others.terminate();
  });

  it("says contention, conflict, invalid or unavailable, by the status that the database answers", () => {
    const code = (status: unknown) => toStoreError(Object.assign(new Error("x"), { code: status })).code;
    assert.equal(code(10), "contention");
    assert.equal(code(6), "conflict");
    assert.equal(code(3), "invalid");
    assert.equal(code(14), "unavailable");
    assert.equal(code(8), "unavailable");
    assert.equal(code("ECONNREFUSED"), "unavailable");
    const over = ["The referenced transaction has expired", "Transaction is invalid or closed."];
    for (const message of over)
      assert.equal(toStoreError(Object.assign(new Error(message), { code: 3 })).code, "contention", message);
    assert.match(toStoreError(Object.assign(new Error("x"), { code: 7 })).message, /roles\/datastore\.user/);
    const error = new StoreError("invalid", "as it was");
    assert.equal(toStoreError(error), error);
  });
});
