/** The ledger of nodes that are out of service, from a cordon to its end, in simulated time. */
import assert from "node:assert/strict";
import { ID, ledger, lines, serveWeb, stage, until, watch } from "./rollout-stage.ts";

/** Hours of simulated time, on a machine that others use too. */
const TIMEOUT_MS = 120_000;

const N2 = { machineType: "n2-standard-4" };

describe("the ledger of disruptions", function () {
  this.timeout(TIMEOUT_MS);

  it("names the budget and the pod that hold a drain up, is written when that changes, and ends with the node", async () => {
    const on = await stage();
    const { plane, inside } = on;
    await serveWeb(on, { minAvailable: 3 });
    await plane.write(ID, { spec: on.general(N2) });
    const held = async () =>
      (await ledger(on)).find(({ blockers }) => blockers.some(({ budgets }) => budgets.length > 0));
    await until(on, async () => (await held()) !== undefined);
    const entry = await held();
    assert(entry !== undefined);
    const { owner, cause, pool, state, policy, sinceMs, deadlineMs, blockers } = entry;
    assert.deepEqual(
      { owner, cause, pool, state, policy },
      { owner: "us", cause: "upgrade", pool: "general", state: "draining", policy: "pause" },
    );
    assert.equal(deadlineMs, Number(sinceMs) + 60 * 60_000);
    assert.deepEqual(blockers[0]?.budgets, ["default/web"]);
    assert.match(String(blockers[0]?.pod), /^default\/web-/);
    await plane.clock.advance(10 * 60_000);
    assert.deepEqual(await held(), entry, "nothing is written while nothing changes");
    await plane.clock.advance(60 * 60_000);
    assert.equal((await ledger(on)).find(({ node }) => node === entry.node)?.state, "paused");
    await inside.scale("web", 4);
    await watch(on);
    const after = await ledger(on);
    assert.equal(after.length, 3);
    for (const { state: is, result, expireAt, endedMs } of after) {
      assert.deepEqual({ is, result }, { is: "ended", result: "gone" });
      assert(endedMs !== null && Date.parse(expireAt ?? "") > endedMs);
    }
    assert.deepEqual((await on.cluster.status()).care?.ledger, []);
    const told = await lines(on);
    const news = told.filter(({ verb, key }) => /blocked$/.test(verb) && key.endsWith(`/${entry.node}`));
    assert.deepEqual(
      news.map(({ verb, cause }) => [verb, cause]),
      [
        ["blocked", "upgrade"],
        ["unblocked", undefined],
      ],
      "once each, and not with every look in an hour",
    );
    assert.match(String(news[0]?.message), /waits for budget default\/web: .*wants 3 healthy pods, has 3/);
    assert(
      told.every(({ verb, message }) => verb !== "evict" || /^node \S+ is being drained/.test(message)),
      "a pod that is evicted says what goes on, not what has ended",
    );
  });

  it("tells of somebody else's cordon too, and of its end", async () => {
    const on = await stage();
    const name = String(on.cluster.machinesOf("general")[0]?.["name"]);
    await on.inside.patchNode(name, { spec: { unschedulable: true } });
    await on.cluster.write(on.general({ size: 4 }));
    const [entry] = await ledger(on);
    assert.deepEqual(
      { node: entry?.node, owner: entry?.owner, state: entry?.state },
      { node: name, owner: "others", state: "cordoned" },
    );
    await on.inside.patchNode(name, { spec: { unschedulable: null } });
    await on.cluster.write(on.general({ size: 3 }));
    const result = (await ledger(on)).find(({ node }) => node === name)?.result;
    assert.equal(result, "uncordoned");
  });

  it("expires with its cluster", async () => {
    const on = await stage();
    await serveWeb(on, { maxUnavailable: 0 });
    await on.plane.write(ID, { spec: on.general(N2) });
    await until(on, async () => (await ledger(on)).length > 0);
    await on.cluster.deleteToNothing();
    assert((await ledger(on)).every(({ state, expireAt }) => state === "ended" && expireAt !== undefined));
  });
});
