/** Several causes at once want machines of one pool: repairs, upgrades by each strategy, commands and maintenance share its budget. */
import assert from "node:assert/strict";
import { submitCommand } from "../../shared/engine/submit-command.ts";
import { readCommand } from "../../shared/status/command.ts";
import { type RepairStage, repairStage, said, serving } from "./repair-stage.ts";
import { condition, ID, isCordoned, isN2, ledger, nodesOf, serveWeb, until, watch } from "./rollout-stage.ts";

/** Hours of simulated time, on a machine that others use too. */
const TIMEOUT_MS = 120_000;
const MINUTE_MS = 60_000;
const N2 = { machineType: "n2-standard-4" };
const BLUE_GREEN = { strategy: "blue-green", blueGreen: { batch: 1, soak: "5m" } };

/** It hangs, and after every restart again. */
function hangsForGood(on: RepairStage, name: string): void {
  const stuck = on.kubelet(name);
  const start = stuck.start.bind(stuck);
  stuck.hang();
  Object.assign(stuck, {
    start: () => {
      start();
      stuck.hang();
    },
  });
}
let keys = 0;
async function command({ plane }: RepairStage, fields: object): Promise<void> {
  keys += 1;
  const asked = { cluster: ID, idempotencyKey: `causes-${keys}`, reason: "a test", ...fields };
  const read = readCommand(asked);
  assert(read.ok, JSON.stringify(read));
  const submitted = await submitCommand(plane.engine, read.command, { by: "alice@example.com" });
  assert.equal(submitted.verdict, "accepted");
}
async function isAtRest({ cluster }: RepairStage): Promise<boolean> {
  const { phase, readyGeneration, generation } = await cluster.status();
  return phase === "Ready" && readyGeneration === generation;
}
const minuteOf = (ms: number) => `${new Date(ms).toISOString().slice(0, 16)}Z`;
const idsOf = ({ cluster }: RepairStage) => cluster.machinesOf("general").map(({ id }) => id);

describe("an upgrade and machines that fail", function () {
  this.timeout(TIMEOUT_MS);

  it("a new machine that never joins is left to the gates: one is made, judged once, and kept to be looked into", async () => {
    const on = await repairStage();
    const before = on.names();
    const made = new Set<string>();
    const look = () => {
      for (const name of on.names()) if (!before.includes(name)) made.add(name);
    };
    const { kubernetes } = on.plane.engine.cloud;
    const request = kubernetes.request;
    Object.assign(kubernetes, {
      request: async (...args: Parameters<typeof request>) => {
        if (args[1].method === "POST" && args[1].path.includes("/secrets")) throw new Error("refused");
        return request(...args);
      },
    });
    await on.plane.write(ID, { spec: on.general(N2) });
    await on.pass(18, look);
    assert.match((await said(on))?.message ?? "", /the gates of its upgrade to judge \S+, at /);
    await on.until(10, async () => {
      look();
      return (await on.cluster.status()).phase === "Blocked";
    });
    await on.pass(60, look);
    assert.equal(made.size, 1, [...made].join());
    assert.deepEqual(on.names(), [...before, ...made].toSorted(), "nothing was deleted");
  });

  it("an old one fails while the canary is on trial: it is repaired, and the upgrade comes to its end", async () => {
    const on = await repairStage({ upgrade: { soak: "20m" } });
    await serveWeb(on, { minAvailable: 2 });
    const [failed = ""] = on.names();
    await on.plane.write(ID, { spec: on.general({ ...N2, upgrade: { soak: "20m" } }) });
    await until(on, async () => (await nodesOf(on, "general")).length === 4);
    hangsForGood(on, failed);
    await on.until(240, async () => {
      assert(on.names().length <= 4, "machines ≤ size and surge (S6)");
      const nodes = (await nodesOf(on, "general")).filter(isCordoned);
      assert(nodes.length <= 1, "one at a time (S3)");
      return (await isAtRest(on)) && on.cluster.machinesOf("general").every(isN2);
    });
    assert.equal(on.names().length, 3);
  });

  it("one of a pool in place fails for good: that one is made anew, the others are the machines that they were", async () => {
    const inPlace = { os: "debian-13", upgrade: { strategy: "in-place" } };
    const on = await repairStage(inPlace);
    await serveWeb(on, { minAvailable: 2 });
    const [failed = ""] = on.names();
    const before = idsOf(on);
    hangsForGood(on, failed);
    await on.pass(6);
    await on.plane.write(ID, { spec: on.general(N2) });
    await on.until(180, async () => {
      assert(on.names().length <= 3, "no machine too many (S6)");
      return (await isAtRest(on)) && on.names().length === 3 && on.cluster.machinesOf("general").every(isN2);
    });
    assert.equal(idsOf(on).filter((id) => before.includes(id)).length, 2);
    assert(!on.names().includes(failed));
  });

  it("those that are restarted in place are silent for a while, which makes no storm", async () => {
    const on = await repairStage({
      os: "debian-13",
      size: 4,
      upgrade: { strategy: "in-place", maxUnavailable: 3 },
    });
    await on.plane.write(ID, { spec: on.general(N2) });
    await watch(on, async () => {
      const { care } = await on.cluster.status();
      assert.deepEqual(care?.storms ?? [], []);
    });
    assert(on.cluster.machinesOf("general").every(isN2));
  });

  for (const isHeld of [false, true])
    it(`an old one and a new one of a blue-green upgrade fail for good${isHeld ? ", which is paused by an exclusion" : ""}`, async () => {
      const on = await repairStage({ upgrade: BLUE_GREEN, repair: { maxInFlight: 2, maxUnhealthy: 2 } });
      await serveWeb(on, { minAvailable: 2 });
      const old = on.names();
      // Long enough for a new one that is repaired to be no bad outcome.
      const spec = on.general({ ...N2, upgrade: { ...BLUE_GREEN, readyTimeout: "1h" } });
      await on.plane.write(ID, { spec });
      await until(on, async () => {
        const nodes = await nodesOf(on, "general");
        return nodes.length === 6 && nodes.filter(isCordoned).length === 3;
      });
      const nowMs = on.plane.clock.nowMs();
      const exclusion = {
        name: "freeze",
        from: minuteOf(nowMs),
        to: minuteOf(nowMs + 48 * 60 * MINUTE_MS),
        scope: "all",
      };
      if (isHeld) await on.plane.write(ID, { spec: { ...spec, maintenance: { exclusions: [exclusion] } } });
      const fresh = on.names().filter((name) => !old.includes(name));
      const gone = [old[2] ?? "", fresh[2] ?? ""];
      for (const name of gone) hangsForGood(on, name);
      await on.until(240, async () => {
        assert(on.names().length <= 6, "machines ≤ twice the size (S6)");
        assert((await on.inside.readyPods("web")) >= 1);
        return gone.every((name) => !on.names().includes(name));
      });
      if (isHeld) {
        await on.pass(30);
        assert.equal(await serving(on), 3, "an old one takes the place of the new one that is missing");
        assert(
          old.slice(0, 2).every((name) => on.names().includes(name)),
          "the upgrade itself waits",
        );
        await on.plane.write(ID, { spec });
      }
      await on.until(120, async () => (await isAtRest(on)) && on.cluster.machinesOf("general").every(isN2));
      assert.equal(on.names().length, 3);
    });

  it("the host of an old one is to be maintained in the midst of it: it leaves in time, and no more at once than before", async () => {
    const on = await repairStage({ upgrade: { soak: "15m", drainTimeout: "10m" } });
    await serveWeb(on, { minAvailable: 2 });
    const noticed = on.names()[2] ?? "";
    await on.plane.write(ID, { spec: on.general({ ...N2, upgrade: { soak: "15m", drainTimeout: "10m" } }) });
    const startMs = on.plane.clock.nowMs() + 30 * MINUTE_MS;
    const window = { startMs, endMs: startMs + 60 * MINUTE_MS, canReschedule: false, type: "SCHEDULED" };
    await on.tell({ kind: "maintenance-notice", machine: on.machine(noticed).path, window });
    let leftMs = 0;
    await on.until(240, async () => {
      assert(on.names().length <= 4, "machines ≤ size and surge (S6)");
      assert((await serving(on)) >= 3, "as many serve as before");
      if (leftMs === 0 && !on.names().includes(noticed)) leftMs = on.plane.clock.nowMs();
      return (await isAtRest(on)) && on.cluster.machinesOf("general").every(isN2);
    });
    assert(leftMs > 0 && leftMs <= startMs, `left at ${leftMs - startMs} ms`);
  });
});

describe("commands beside other causes", function () {
  this.timeout(TIMEOUT_MS);

  it("a node that a command drained is one of those that may miss: an upgrade waits for it, and says so", async () => {
    const on = await repairStage();
    const [, parked = ""] = on.names();
    await command(on, { command: "drain", node: parked });
    await until(on, async () => (await nodesOf(on, "general")).some(isCordoned));
    await on.pass(5);
    await on.plane.write(ID, { spec: on.general(N2) });
    await on.pass(60, async () => assert((await serving(on)) >= 2));
    assert.match(
      (await condition(on, "UpToDate")).message,
      new RegExp(`a command drained ${parked}, until somebody asks for an uncordon`),
    );
    await command(on, { command: "uncordon", node: parked });
    await watch(on);
    assert(on.cluster.machinesOf("general").every(isN2));
  });

  it("a failed machine that somebody keeps cordoned is left alone, and repaired when it is let go", async () => {
    const on = await repairStage();
    const [parked = ""] = on.names();
    await command(on, { command: "cordon", node: parked });
    await until(on, async () => (await nodesOf(on, "general")).some(isCordoned));
    hangsForGood(on, parked);
    const before = await on.deeds();
    await on.pass(60);
    assert.deepEqual(await on.deeds(), before);
    assert.match(
      (await said(on))?.message ?? "",
      new RegExp(`waiting for node ${parked} to be uncordoned by whoever keeps it so`),
    );
    await command(on, { command: "uncordon", node: parked });
    await on.until(60, () => !on.names().includes(parked));
  });

  it("old nodes of a blue-green upgrade that are drained and kept go when the pool shrinks meanwhile (seed 13)", async () => {
    const on = await repairStage({ size: 3, upgrade: BLUE_GREEN });
    await on.plane.write(ID, { spec: on.general(N2) });
    const kept = async () => (await ledger(on)).filter(({ state }) => state === "drained").length;
    await until(on, async () => (await kept()) === 3);
    await on.plane.write(ID, { spec: on.general({ ...N2, size: 2 }) });
    await watch(on);
    assert.equal(on.cluster.machinesOf("general").length, 2);
    assert(on.cluster.machinesOf("general").every(isN2));
  });

  it("a limit over all pools counts drains by command and blue-green drains of other pools", async () => {
    const on = await repairStage({ size: 2, upgrade: BLUE_GREEN });
    const [general] = on.spec.nodePools;
    const surge = { ...general, name: "second", upgrade: {} };
    const spec = (changes: object) => ({
      ...on.spec,
      maintenance: { maxDisruptions: 1 },
      nodePools: [
        { ...surge, ...changes },
        { ...general, ...changes },
      ],
    });
    await on.cluster.write(spec({}));
    await on.cluster.assertSettled();
    await on.plane.write(ID, { spec: spec(N2) });
    let most = 0;
    await watch(on, async () => {
      const now = (await ledger(on)).filter(({ state }) => state === "draining" || state === "leaving");
      most = Math.max(most, now.length);
    });
    assert.equal(most, 1);
    for (const pool of ["general", "second"]) assert(on.cluster.machinesOf(pool).every(isN2));
  });
});
