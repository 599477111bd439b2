/** What keeps failed machines from being repaired, and how each brake opens again with nobody's help. */
import assert from "node:assert/strict";
import { KubernetesUnreachable } from "../../shared/ports/kubernetes.ts";
import { NO_CARE } from "../../shared/status/care.ts";
import { createSeededChance } from "../../simulator/chance.ts";
import { deliver } from "../support/redelivery.ts";
import { repairStage, said, serving, settles } from "./repair-stage.ts";
import { ID, lines, nodesOf } from "./rollout-stage.ts";

const MINUTE_MS = 60_000;

describe("repairs", function () {
  this.timeout(120_000);

  it("of two of three nodes do not happen: the cause is not the nodes; when they heal a cool-down follows (S4, L6)", async () => {
    const on = await repairStage();
    const [one = "", other = ""] = on.names();
    on.kubelet(one).hang();
    on.kubelet(other).hang();
    await on.pass(30);
    assert.deepEqual(await on.deeds(), []);
    const condition = await said(on);
    assert.equal(condition?.status, "False");
    assert(["TooManyUnhealthy", "ZoneUnhealthy"].includes(condition?.reason ?? ""), condition?.reason);
    assert.match(
      condition?.message ?? "",
      /2 of 3 nodes of pool general are unhealthy; waiting for .* to end, which began at/,
    );
    on.kubelet(one).resume();
    on.kubelet(other).resume();
    await on.until(10, async () => (await said(on))?.reason === "CoolingDown");
    on.kubelet(one).hang();
    await on.pass(9);
    assert.deepEqual(await on.deeds(), [], "the cool-down is honoured");
    await on.until(30, async () => (await on.deeds()).length > 0);
    assert.deepEqual(await on.deeds(), [`instances.reset ${one}`]);
    await settles(on, 120);
  });

  it("of a storm that does not end are tried with a restart after an hour, one at a time: it ends with nobody's help (L6)", async () => {
    const on = await repairStage();
    const [one = "", other = ""] = on.names();
    on.kubelet(one).hang();
    on.kubelet(other).hang();
    await on.pass(58);
    assert.deepEqual(await on.deeds(), []);
    await settles(on, 150);
    assert.deepEqual(await on.deeds(), [`instances.reset ${one}`, `instances.reset ${other}`]);
    assert.deepEqual(on.names().length, 3);
  });

  it("of 60 % of a zone do not happen: nothing there is deleted, an alert says what they share, and a cool-down follows, fault 4 (S3, S4)", async () => {
    const zones = ["europe-west4-a", "europe-west4-b"];
    const on = await repairStage({ size: 10, zones, repair: { ladder: ["recreate"], maxUnhealthy: "50%" } });
    const inZone = on.names().filter((name) => on.machine(name).zone === zones[0]);
    const struck = inZone.slice(0, Math.ceil(inZone.length * 0.6));
    for (const name of struck) on.kubelet(name).hang();
    await on.pass(40);
    assert.deepEqual(await on.deeds(), []);
    assert.equal((await said(on))?.reason, "ZoneUnhealthy");
    const alert = (await lines(on)).find(({ verb }) => verb === "brake");
    assert.match(
      alert?.message ?? "",
      /3 of \d nodes in europe-west4-a are unhealthy; what they share: zone europe-west4-a/,
    );
    for (const name of struck) on.kubelet(name).resume();
    await on.until(10, async () => (await said(on))?.reason === "CoolingDown");
    const healedMs = on.plane.clock.nowMs();
    const [first = ""] = struck;
    on.kubelet(first).hang();
    await on.until(40, async () => (await on.deeds()).length > 0);
    assert(on.plane.clock.nowMs() - healedMs >= 9 * MINUTE_MS);
    await settles(on, 120);
    assert.deepEqual(
      (await on.deeds()).filter((deed) => deed.startsWith("cordon")),
      [`cordon ${first}`],
    );
  });

  it("do not happen while the API server cannot be reached for 20 minutes, and timers start again, fault 5 (S4)", async () => {
    const on = await repairStage();
    const [name = ""] = on.names();
    on.kubelet(name).hang();
    await on.pass(7);
    const { kubernetes } = on.plane.engine.cloud;
    const request = kubernetes.request;
    Object.assign(kubernetes, {
      request: async () => {
        throw new KubernetesUnreachable("connection refused");
      },
    });
    await on.pass(20);
    assert.deepEqual(await on.deeds(), []);
    assert.equal((await said(on))?.reason, "ObservationLost");
    Object.assign(kubernetes, { request });
    const backMs = on.plane.clock.nowMs();
    await on.until(20, async () => (await on.deeds()).length > 0);
    assert(on.plane.clock.nowMs() - backMs >= 10 * MINUTE_MS, "counted anew");
    await settles(on);
  });

  it("wait while the cluster is paused, and the status says who paused it", async () => {
    const on = await repairStage();
    const [name = ""] = on.names();
    const { clock, engine } = on.plane;
    const untilMs = clock.nowMs() + 30 * MINUTE_MS;
    await engine.store.transact(async (transaction) => {
      const path = `clusters/${ID}/status/current`;
      const status = (await transaction.get(path))?.data;
      const pause = { reason: "we look into it", by: "ada@example.com", sinceMs: clock.nowMs(), untilMs };
      transaction.set(path, { ...status, care: { ...NO_CARE, pauses: [pause] } });
    });
    on.kubelet(name).hang();
    await on.pass(28);
    assert.deepEqual(await on.deeds(), []);
    const paused = await said(on, "Paused");
    assert.equal(paused?.status, "True");
    assert.match(paused?.message ?? "", /paused by ada@example.com/);
    await on.until(10, async () => (await on.deeds()).length > 0);
    assert.equal((await said(on, "Paused"))?.status, "False");
  });

  it("are switched off by the spec, and what failed is told", async () => {
    const on = await repairStage({ repair: { enabled: false } });
    const [name = ""] = on.names();
    on.kubelet(name).hang();
    await on.pass(20);
    assert.deepEqual(await on.deeds(), []);
    assert.match((await said(on))?.message ?? "", /repair is off/);
  });

  for (const seed of [1, 2])
    it(`come to the same end when the control plane dies over and over, fault 6, seed ${seed}`, async () => {
      const on = await repairStage({ repair: { ladder: ["recreate"] } });
      const [name = ""] = on.names();
      const chance = createSeededChance(seed);
      let strikes = 0;
      const deliveries = deliver(on.plane, () => {
        if (chance.fraction() > 1 / 20) return undefined;
        strikes += 1;
        return (["crash-before", "crash-after", "lost"] as const)[Math.floor(chance.fraction() * 3)];
      });
      on.kubelet(name).hang();
      const endMs = on.plane.clock.nowMs() + 60 * MINUTE_MS;
      const isOver = async () => !on.names().includes(name) && (await serving(on)) === 3;
      while (!(await isOver())) {
        assert(on.plane.clock.nowMs() < endMs, "not done within an hour");
        assert(on.names().length <= 4, "machines ≤ desired + surge (S6)");
        await on.plane.clock.advance(5_000);
      }
      deliveries.stop();
      assert(strikes > 5, `${strikes} strikes`);
      const deeds = (await on.deeds()).filter((deed) => deed.includes("deleteInstances"));
      assert(deeds.length <= 1, "at most one replacement (a pass that died may have left no line)");
      const { care } = await on.cluster.status();
      assert((care?.repairs.length ?? 0) <= 1);
    });

  it("of two failed nodes of ten go one after the other (S3)", async () => {
    const on = await repairStage({ size: 10, repair: { ladder: ["recreate"] } });
    const [one = "", other = ""] = on.names();
    on.kubelet(one).hang();
    on.kubelet(other).hang();
    let most = 0;
    await on.until(60, async () => {
      const cordoned = (await nodesOf(on, "general")).filter(({ spec }) => spec.unschedulable === true);
      most = Math.max(most, cordoned.length);
      return !on.names().includes(one) && !on.names().includes(other);
    });
    assert.equal(most, 1);
    await settles(on);
  });
});
