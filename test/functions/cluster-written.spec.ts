import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { CloudEvent } from "@google-cloud/functions-framework";
import fc from "fast-check";
import { clusterOfEvent, clusterWritten } from "../../functions/cluster-written.ts";
import { LEASE_MS } from "../../shared/engine/lease.ts";
import { statusPath } from "../../shared/engine/paths.ts";
import { StoreError } from "../../shared/ports/store.ts";
import { ID, quickstart } from "../support/fake-engine.ts";
import { fakeKind } from "../support/fake-kind.ts";
import { testPlane } from "./plane.ts";

/** As Eventarc delivers it. */
function event(changes: Readonly<Record<string, unknown>> = {}): CloudEvent<unknown> {
  return {
    specversion: "1.0",
    id: "b1",
    source: "//firestore.googleapis.com/projects/p/databases/(default)",
    type: "google.cloud.firestore.document.v1.written",
    subject: `documents/clusters/${ID}`,
    document: `clusters/${ID}`,
    datacontenttype: "application/protobuf",
    data: Buffer.from("0a03616263", "hex"),
    ...changes,
  } as CloudEvent<unknown>;
}

describe("functions/cluster-written", () => {
  it("reads the cluster from the event's attribute, or from its subject where that is missing", () => {
    const without = (name: string) => {
      const { [name]: _left, ...rest } = event() as unknown as Record<string, unknown>;
      return rest as unknown as CloudEvent<unknown>;
    };
    assert.equal(clusterOfEvent(event()), ID);
    assert.equal(clusterOfEvent(without("document")), ID);
    assert.equal(clusterOfEvent(event({ document: `projects/p/databases/d/documents/clusters/${ID}` })), ID);
  });

  it("takes no other document for a cluster's", () => {
    const others = [
      `clusters/${ID}/status/current`,
      "clusters",
      "clusters/",
      "environments/prod",
      "",
      "xclusters/a",
    ];
    for (const document of others) assert.equal(clusterOfEvent(event({ document })), undefined, document);
  });

  it("needs nothing of the payload: missing, empty, 10 MB, not protobuf (fault 10)", async () => {
    const payloads = [
      undefined,
      null,
      "",
      Buffer.alloc(0),
      randomBytes(10_000_000),
      "not json {",
      { deep: [1] },
    ];
    for (const data of payloads) {
      const network = fakeKind("networks");
      const test = await testPlane([network]);
      await test.world.write(quickstart());
      await clusterWritten(test.plane.engine, event({ data }));
      assert.equal(network.calls.length, 1);
    }
  });

  it("acknowledges whatever names no cluster, and writes nothing for it (fault 10)", async () => {
    const test = await testPlane();
    await fc.assert(
      fc.asyncProperty(fc.object({ maxDepth: 1 }), async (anything) => {
        await clusterWritten(test.plane.engine, anything as unknown as CloudEvent<unknown>);
      }),
      { numRuns: 50 },
    );
    await clusterWritten(test.plane.engine, event({ document: "clusters/a\u0001b" }));
    await clusterWritten(test.plane.engine, event({ document: 7, subject: undefined }));
    assert.equal((await test.world.store.query({ group: "status", limit: 1 })).documents.length, 0);
    assert.match(test.lines.at(-1)?.message ?? "", /names no cluster document/);
  });

  it("lets the last document win, whatever the order and number of its events (fault 10)", async () => {
    const test = await testPlane([fakeKind("networks")]);
    await test.world.write(quickstart());
    await test.world.write(quickstart({ kubernetes: { version: "1.36" } }));
    for (const id of ["2", "1", "1", "2"]) await clusterWritten(test.plane.engine, event({ id }));
    const { generation, accepted } = await test.world.status();
    assert.deepEqual([generation, accepted?.kubernetes.version], [1, "1.36"]);
  });

  it("ignores the event of a document that is gone", async () => {
    const test = await testPlane();
    await clusterWritten(test.plane.engine, event());
    assert.equal(await test.world.store.get(statusPath(ID)), undefined);
  });

  it("asks for a look after the lease when another pass holds the cluster", async () => {
    const test = await testPlane([fakeKind("networks")]);
    await test.world.write(quickstart());
    await clusterWritten(test.plane.engine, event());
    const status = await test.world.status();
    const lease = { holder: "dead", untilMs: test.world.clock.nowMs() + LEASE_MS, epoch: 9, dirty: false };
    await test.world.store.transact(async (transaction) =>
      transaction.set(statusPath(ID), { ...status, lease }),
    );
    await clusterWritten(test.plane.engine, event());
    assert.equal(test.world.wakeups.at(-1)?.atMs, test.world.clock.nowMs() + LEASE_MS);
  });

  it("fails when a document of ours cannot be stored, for that is our mistake and must be heard of", async () => {
    const test = await testPlane();
    await test.world.write(quickstart());
    const transact = async () => {
      throw new StoreError("invalid", "document clusters/a/status/current is 200001 bytes");
    };
    const engine = { ...test.plane.engine, store: { ...test.world.store, transact } };
    await assert.rejects(clusterWritten(engine, event()), /200001 bytes/);
  });

  it("fails when the database does, so that Eventarc delivers the event again", async () => {
    const test = await testPlane();
    await test.world.write(quickstart());
    const transact = async () => {
      throw new StoreError("contention", "too much contention");
    };
    const engine = { ...test.plane.engine, store: { ...test.world.store, transact } };
    await assert.rejects(clusterWritten(engine, event()), /contention/);
  });
});
