import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { LEASE_MS } from "../../../shared/engine/lease.ts";
import { CALLS_MS_MAX, pass } from "../../../shared/engine/pass.ts";
import { clusterPath, eventsPath, operationsPath, statusPath } from "../../../shared/engine/paths.ts";
import { CloudError } from "../../../shared/ports/cloud-error.ts";
import type { EventRecord, OperationRecord } from "../../../shared/status/cluster-status.ts";
import { fakeWorld, ID, quickstart } from "../../support/fake-engine.ts";
import { fakeKind } from "../../support/fake-kind.ts";

describe("engine/pass", () => {
  it("creates kinds in order of dependency, waits for none of them, and falls silent when all is there (L1)", async () => {
    const network = fakeKind("networks");
    const machine = fakeKind("machines", ["networks"]);
    const world = fakeWorld([network, machine]);
    await world.write(quickstart());

    await pass(world.engine, ID, "test");
    assert.equal(network.calls.length, 1);
    assert.equal(machine.calls.length, 0, "the network is not there yet");
    assert.equal((await world.status()).phase, "Provisioning");
    assert.equal(world.wakeups.length, 1);

    network.end();
    await pass(world.engine, ID, "test");
    assert.equal(machine.calls.length, 1);
    machine.end();
    await pass(world.engine, ID, "test");
    const status = await world.status();
    assert.equal(status.phase, "Ready");
    assert.equal(status.wakeAtMs, null);
    assert.equal(world.wakeups.length, 2, "nothing is scheduled any more");
    const before = await world.store.get(statusPath(ID));
    await pass(world.engine, ID, "test");
    assert.equal(network.calls.length + machine.calls.length, 2, "no mutation when nothing is to do");
    const after = await world.store.get<typeof status>(statusPath(ID));
    const withoutLease = (data: unknown) => ({ ...(data as object), lease: undefined });
    assert.deepEqual(withoutLease(after?.data), withoutLease(before?.data));
  });

  it("repeats a mutation whose answer was lost with the same request id, and a finished one with a new id (S10)", async () => {
    const network = fakeKind("networks");
    const world = fakeWorld([network]);
    await world.write(quickstart());
    network.failNext = new CloudError("unknown-outcome", "no answer");
    await pass(world.engine, ID, "test");
    await world.clock.advance(60_000);
    await pass(world.engine, ID, "test");
    const [first, second] = network.calls.map((call) => call.split(" ")[2]);
    assert.equal(first, second);

    network.end();
    await pass(world.engine, ID, "test");
    network.there.clear();
    await pass(world.engine, ID, "a person deleted it");
    assert.equal(network.calls.length, 3);
    assert.notEqual(network.calls[2]?.split(" ")[2], first);
  });

  it("takes a failed operation as a failure, waits, and tries again with a new request id", async () => {
    const network = fakeKind("networks");
    const world = fakeWorld([network]);
    await world.write(quickstart());
    await pass(world.engine, ID, "test");
    network.end("QUOTA_EXCEEDED");
    await pass(world.engine, ID, "test");
    const status = await world.status();
    assert.equal(status.failures[0]?.code, "quota-exceeded");
    assert.equal(network.calls.length, 1, "nothing is repeated before its time");
    assert.match(
      status.conditions.find((one) => one.type === "Ready")?.message ?? "",
      /QUOTA_EXCEEDED: because/,
    );
    await world.clock.advance(120_000);
    await pass(world.engine, ID, "test");
    const [first, second] = network.calls.map((call) => call.split(" ")[2]);
    assert.notEqual(first, second);
  });

  it("does not act on what it could not see", async () => {
    const network = fakeKind("networks");
    const machine = fakeKind("machines", ["networks"]);
    const world = fakeWorld([network, machine]);
    network.there.set("networks-1", { name: "networks-1" });
    network.blindNext = new CloudError("unavailable", "503");
    await world.write(quickstart());
    await pass(world.engine, ID, "test");
    assert.deepEqual([...network.calls, ...machine.calls], []);
    const ready = (await world.status()).conditions.find((one) => one.type === "NetworkReady");
    assert.equal(ready?.status, "Unknown");
  });

  it("is fenced when another took the lease in the meantime: the stale one saves nothing (S8)", async () => {
    const network = fakeKind("networks");
    const world = fakeWorld([network]);
    await world.write(quickstart());
    let transactions = 0;
    const transact: typeof world.store.transact = async (body) => {
      transactions += 1;
      if (transactions === 2) {
        // This pass sleeps past its lease before it saves; another worker comes and goes.
        await world.clock.advance(LEASE_MS + 1);
        world.holder = "two";
        await pass(world.engine, ID, "the other");
      }
      return world.store.transact(body);
    };
    const outcome = await pass({ ...world.engine, store: { ...world.store, transact } }, ID, "test");
    assert.equal(outcome.outcome, "fenced");
    const status = await world.status();
    assert.equal(status.lease?.holder, "two");
    assert.equal(status.lease?.epoch, 2);
    const requests = new Set(network.calls.map((call) => call.split(" ")[2]));
    assert.equal(requests.size, 1, "both asked for the same thing under one request id");
  });

  it("marks a held cluster dirty instead of working on it, and the holder looks again at once", async () => {
    const network = fakeKind("networks");
    const world = fakeWorld([network]);
    await world.write(quickstart());
    const observe = network.kind.observe;
    let asked: string | undefined;
    Object.assign(network.kind, {
      observe: async (...args: Parameters<typeof observe>) => {
        world.holder = "two";
        asked ??= (await pass(world.engine, ID, "the other")).outcome;
        return observe(...args);
      },
    });
    await pass(world.engine, ID, "test");
    assert.equal(asked, "held");
    assert.equal((await world.status()).wakeAtMs, world.clock.nowMs());
  });

  it("refuses a spec with its reasons and keeps the accepted one in force", async () => {
    const world = fakeWorld([fakeKind("networks")]);
    await world.write(quickstart());
    await pass(world.engine, ID, "test");
    await world.write(quickstart({ region: "mars-north1" }));
    await pass(world.engine, ID, "test");
    const status = await world.status();
    const condition = status.conditions.find((one) => one.type === "SpecAccepted");
    assert.equal(condition?.status, "False");
    assert.match(condition?.message ?? "", /region.*mars-north1.*The last accepted spec stays in force/s);
    assert.equal(status.generation, 1);
    assert.notEqual(status.accepted?.region, "mars-north1");
    await world.write(quickstart());
    await pass(world.engine, ID, "test");
    const mended = (await world.status()).conditions.find((one) => one.type === "SpecAccepted");
    assert.equal(mended?.status, "True", "going back to the accepted spec mends the condition");
  });

  it("never takes a missing document for a deletion (S14)", async () => {
    const network = fakeKind("networks");
    const world = fakeWorld([network]);
    await world.write(quickstart());
    await pass(world.engine, ID, "test");
    network.end();
    await world.store.transact(async (transaction) => transaction.delete(clusterPath(ID)));
    await pass(world.engine, ID, "test");
    assert.equal(network.calls.filter((call) => call.startsWith("delete")).length, 0);
    const condition = (await world.status()).conditions.find((one) => one.type === "SpecAccepted");
    assert.equal(condition?.reason, "SpecMissing");
  });

  it("deletes only for a tombstone that names the uid, in reverse order, to nothing (S14, L5)", async () => {
    const network = fakeKind("networks");
    const machine = fakeKind("machines", ["networks"]);
    const world = fakeWorld([network, machine]);
    await world.write(quickstart());
    await pass(world.engine, ID, "test");
    network.end();
    await pass(world.engine, ID, "test");
    machine.end();
    await pass(world.engine, ID, "test");

    await world.write({ ...quickstart(), deletion: { uid: "zzzzzz" } });
    await pass(world.engine, ID, "test");
    assert.equal((await world.status()).deleting, false);

    const { uid } = await world.status();
    await world.write({ ...quickstart(), deletion: { uid } });
    await pass(world.engine, ID, "test");
    assert.deepEqual(
      machine.calls.map((call) => call.split(" ")[0]),
      ["insert", "delete"],
    );
    assert.deepEqual(
      network.calls.map((call) => call.split(" ")[0]),
      ["insert"],
      "the machine still stands on it",
    );
    machine.end();
    await pass(world.engine, ID, "test");
    network.end();
    assert.equal((await pass(world.engine, ID, "test")).outcome, "gone");
    assert.equal(await world.store.get(statusPath(ID)), undefined);
    assert.equal(await world.store.get(clusterPath(ID)), undefined);
    assert.equal((await pass(world.engine, ID, "late event")).outcome, "absent");
  });

  it("leaves a record of every mutation with its cause, and of the undertaking (S15)", async () => {
    const network = fakeKind("networks");
    const world = fakeWorld([network]);
    await world.write(quickstart());
    await pass(world.engine, ID, "document written");
    network.end();
    await pass(world.engine, ID, "carry on");
    const events = await world.store.query<EventRecord>({ collection: eventsPath(ID), limit: 10 });
    const lines = events.documents.flatMap((event) =>
      event.data.lines.map((line) => `${event.data.cause}: ${line.verb} ${line.message}`),
    );
    assert.ok(lines.includes("document written: insert networks-1 is missing"), lines.join("\n"));
    const [operation] = (
      await world.store.query<OperationRecord>({ collection: operationsPath(ID), limit: 10 })
    ).documents;
    assert.equal(operation?.data.id, "create-1");
    assert.equal(operation?.data.cause, "document written");
    assert.equal(operation?.data.result, "succeeded");
  });

  it("keeps what the other actions came to when one fails in a way that nobody thought of", async () => {
    const network = fakeKind("networks");
    const address = fakeKind("addresses");
    const world = fakeWorld([network, address]);
    const said: unknown[] = [];
    const engine = {
      ...world.engine,
      log: (level: string, ...rest: unknown[]) => void said.push([level, ...rest]),
    };
    await world.write(quickstart());
    network.failNext = new TypeError("x is not a function");
    await pass(engine, ID, "test");
    const status = await world.status();
    assert.deepEqual(
      status.inFlight.map(({ kind }) => kind),
      ["addresses"],
    );
    assert.equal(status.failures[0]?.code, "unexpected");
    assert.match(JSON.stringify(said), /"error","unexpected failure",.*TypeError: x is not a function.* at /);
  });

  it("gives up a call that never answers in time to save, and repeats it with the same request id", async () => {
    const network = fakeKind("networks");
    const world = fakeWorld([network]);
    await world.write(quickstart());
    network.muteNext = true;
    const passing = pass(world.engine, ID, "test");
    await world.clock.advance(CALLS_MS_MAX);
    assert.equal((await passing).outcome, "saved");
    assert.equal((await world.status()).failures[0]?.code, "unknown-outcome");
    await world.clock.advance(60_000);
    await pass(world.engine, ID, "test");
    const [first, second] = network.calls.map((call) => call.split(" ")[2]);
    assert.equal(first, second);
    assert.equal((await world.status()).inFlight.length, 1);
  });

  it("keeps the records of a cluster that had the name before (S15)", async () => {
    const network = fakeKind("networks");
    const world = fakeWorld([network]);
    for (const round of [1, 2]) {
      await world.write(quickstart());
      await pass(world.engine, ID, "test");
      network.end();
      await pass(world.engine, ID, "test");
      const { uid } = await world.status();
      await world.write({ ...quickstart(), deletion: { uid } });
      await pass(world.engine, ID, "test");
      network.end();
      assert.equal((await pass(world.engine, ID, "test")).outcome, "gone");
      const query = (collection: string) => world.store.query<EventRecord>({ collection, limit: 100 });
      const events = await query(eventsPath(ID));
      assert.equal(new Set(events.documents.map(({ data }) => data.uid)).size, round);
      assert.equal(
        (await query(operationsPath(ID))).documents.length,
        2 * round,
        "a create and a delete each",
      );
    }
  });
});
