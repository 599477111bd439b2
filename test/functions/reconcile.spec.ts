import assert from "node:assert/strict";
import { createReconcile } from "../../functions/reconcile.ts";
import { LEASE_MS } from "../../shared/engine/lease.ts";
import { pass } from "../../shared/engine/pass.ts";
import { statusPath } from "../../shared/engine/paths.ts";
import { StoreError } from "../../shared/ports/store.ts";
import { ID, quickstart } from "../support/fake-engine.ts";
import { fakeKind } from "../support/fake-kind.ts";
import { INVOKER, OPERATOR, type TestPlane, testPlane, URLS } from "./plane.ts";

const BODY = { clusterId: ID, cause: "carry on" };

describe("functions/reconcile", () => {
  const call = async (test: TestPlane, authorization: string | undefined, body: unknown = BODY) =>
    createReconcile(test.plane).request("/", {
      method: "POST",
      headers: authorization === undefined ? {} : { Authorization: authorization },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });

  it("runs one pass for the task of its own queue", async () => {
    const network = fakeKind("networks");
    const test = await testPlane([network]);
    await test.world.write(quickstart());
    const response = await call(test, await test.bearer(INVOKER, URLS.reconcile));
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { outcome: "saved" });
    assert.equal(network.calls.length, 1);
  });

  it("refuses every other caller, and looks at nothing for it", async () => {
    const network = fakeKind("networks");
    const test = await testPlane([network]);
    await test.world.write(quickstart());
    const valid = await test.bearer(INVOKER, URLS.reconcile);
    const callers: readonly (readonly [why: string, header: string | undefined, status: number])[] = [
      ["no token", undefined, 401],
      ["no bearer", "Basic YTpi", 401],
      ["garbage", "Bearer garbage", 401],
      ["a changed signature", `${valid.slice(0, -6)}AAAAAA`, 401],
      ["a token for another function", await test.bearer(INVOKER, URLS.sweep), 401],
      ["a person who may use the API", await test.bearer(OPERATOR, URLS.reconcile), 403],
      ["another account", await test.bearer("other@control.iam.gserviceaccount.com", URLS.reconcile), 403],
    ];
    for (const [why, header, status] of callers) {
      assert.equal((await call(test, header)).status, status, why);
    }
    await test.world.clock.advance(2 * 3_600_000);
    assert.equal((await call(test, valid)).status, 401, "expired");
    assert.equal(network.calls.length, 0);
    assert.equal(await test.world.store.get(statusPath(ID)), undefined);
  });

  it("acknowledges what no repeat would mend, so that Cloud Tasks does not repeat it", async () => {
    const test = await testPlane();
    const header = await test.bearer(INVOKER, URLS.reconcile);
    const bodies = [
      "",
      "{",
      "[]",
      "null",
      { clusterId: ID },
      { ...BODY, extra: 1 },
      { ...BODY, clusterId: "a/b" },
    ];
    for (const body of bodies) {
      const response = await call(test, header, body);
      assert.equal(response.status, 200, JSON.stringify(body));
      assert.deepEqual(await response.json(), { outcome: "ignored" });
    }
    assert.equal(test.lines.filter((line) => line.level === "warning").length, bodies.length);
  });

  it("answers 413 to a body that no task of ours has", async () => {
    const test = await testPlane();
    const response = await call(test, await test.bearer(INVOKER, URLS.reconcile), "x".repeat(10_000));
    assert.equal(response.status, 413);
  });

  it("answers a cluster that is gone with success", async () => {
    const test = await testPlane();
    const response = await call(test, await test.bearer(INVOKER, URLS.reconcile));
    assert.deepEqual([response.status, await response.json()], [200, { outcome: "absent" }]);
  });

  it("asks for another look when the lease of whoever holds the cluster ends, for that one may be dead", async () => {
    const network = fakeKind("networks");
    const test = await testPlane([network]);
    await test.world.write(quickstart());
    const { clock, wakeups } = test.world;
    // A pass that dies after it took the lease.
    const dying = { ...test.plane.engine, cloudKinds: [] };
    Object.defineProperty(dying, "cloudKinds", {
      get: () => {
        throw new Error("killed");
      },
    });
    await assert.rejects(pass(dying, ID, "test"), /killed/);
    test.world.holder = "another";
    const response = await call(test, await test.bearer(INVOKER, URLS.reconcile));
    assert.deepEqual(await response.json(), { outcome: "held" });
    assert.deepEqual(
      wakeups.map(({ clusterId, atMs }) => ({ clusterId, atMs })),
      [{ clusterId: ID, atMs: clock.nowMs() + LEASE_MS }],
    );
    await clock.advance(LEASE_MS);
    const later = await call(test, await test.bearer(INVOKER, URLS.reconcile));
    assert.deepEqual(await later.json(), { outcome: "saved" });
  });

  it("answers 503 while the database does not answer, so that Cloud Tasks tries again", async () => {
    const test = await testPlane();
    await test.world.write(quickstart());
    const store = {
      ...test.world.store,
      transact: async () => {
        throw new StoreError("unavailable", "the database cannot be reached");
      },
    };
    const broken = { ...test, plane: { ...test.plane, engine: { ...test.plane.engine, store } } };
    const response = await call(broken, await test.bearer(INVOKER, URLS.reconcile));
    assert.equal(response.status, 503);
    assert.equal(response.headers.get("Retry-After"), "5");
    assert.doesNotMatch(await response.text(), /database cannot/, "insides are for the log");
    assert.match(JSON.stringify(test.lines), /database cannot be reached/);
  });
});
