/** Machines of pools fail in every way that is known, and the pool is whole again. */
import assert from "node:assert/strict";
import { KubernetesUnreachable } from "../../shared/ports/kubernetes.ts";
import { createSeededChance } from "../../simulator/chance.ts";
import { type RepairStage, repairStage, said, serving, settles } from "./repair-stage.ts";
import { causes, condition, ID, isN2, lines, serveWeb } from "./rollout-stage.ts";

const MINUTE_MS = 60_000;

/** Join tokens cannot be made for a while: node-join answers with an error. @returns what ends it */
function refuseJoins({ engine }: RepairStage["plane"]): () => void {
  const { kubernetes } = engine.cloud;
  const request = kubernetes.request;
  Object.assign(kubernetes, {
    request: async (...args: Parameters<typeof request>) => {
      if (args[1].method === "POST" && args[1].path.includes("/secrets"))
        throw new KubernetesUnreachable("refused by the test");
      return request(...args);
    },
  });
  return () => void Object.assign(kubernetes, { request });
}

const FROZEN = { exclusions: [{ name: "frozen", from: "2026-10-01", to: "2027-12-01" }] };

describe("a machine of a pool", function () {
  this.timeout(120_000);

  it("that hangs is restarted ten minutes after its node fell silent, and is well again", async () => {
    const on = await repairStage();
    const [name = ""] = on.names();
    const { id } = on.machine(name);
    on.kubelet(name).hang();
    const hungMs = on.plane.clock.nowMs();
    let noticedMs = 0;
    await on.until(20, async () => {
      if (noticedMs === 0 && (await said(on)) !== undefined) noticedMs = on.plane.clock.nowMs();
      return (await on.deeds()).length > 0;
    });
    assert.deepEqual(await on.deeds(), [`instances.reset ${name}`]);
    assert(noticedMs - hungMs < 6 * MINUTE_MS, "noticed by a sweep");
    const decidedMs = on.plane.clock.nowMs() - hungMs;
    assert(decidedMs >= 10 * MINUTE_MS && decidedMs <= 12 * MINUTE_MS, `decided after ${decidedMs} ms`);
    assert.match(
      (await condition(on, "NodesReady")).message,
      new RegExp(`node ${name} has been silent since`),
    );
    await settles(on);
    assert.equal(on.machine(name).id, id, "the same machine");
    assert.deepEqual(await on.deeds(), [`instances.reset ${name}`], "and nothing else was done");
    assert.deepEqual(await causes(on), ["repair"]);
    const told = (await lines(on)).filter(({ verb }) => verb === "watching" || verb === "ready").slice(-2);
    assert.match(
      told.map(({ verb, message }) => `${verb}: ${message}`).join("\n"),
      new RegExp(
        `^watching: 1 of \\d nodes of pool general are unhealthy; waiting for ${name} to be well again, or \\S+: node ${name} has been silent since \\S+\\nready: Ready again: \\d of \\d nodes$`,
      ),
    );
    const { care } = await on.cluster.status();
    assert.deepEqual(
      care?.repairs.map(({ step, machine, instanceId }) => [step, machine, instanceId]),
      [["restart", on.machine(name).path, id]],
    );
  });

  it("that hangs again and again is replaced by one of another name", async () => {
    const on = await repairStage();
    const [name = ""] = on.names();
    const stuck = on.kubelet(name);
    stuck.hang();
    const start = stuck.start.bind(stuck);
    Object.assign(stuck, {
      start: () => {
        start();
        stuck.hang();
      },
    });
    await on.until(40, () => !on.names().includes(name));
    await settles(on);
    assert.equal(on.names().length, 3);
    const deeds = await on.deeds();
    assert.deepEqual(
      deeds.filter((deed) => !deed.startsWith("delete ")),
      [
        `instances.reset ${name}`,
        `cordon ${name}`,
        deeds.find((deed) => deed.startsWith("instanceGroupManagers.deleteInstances")),
        deeds.find((deed) => deed.startsWith("instanceGroupManagers.resize")),
      ],
    );
  });

  it("whose file system turned read-only while it is Ready is drained first, when there is another one", async () => {
    const on = await repairStage();
    await serveWeb(on, { minAvailable: 3 - 1 });
    const [name = ""] = on.names();
    on.kubelet(name).setCondition({
      type: "ReadonlyFilesystem",
      status: "True",
      reason: "FilesystemIsReadOnly",
      message: "Remounting filesystem read-only",
    });
    await on.until(40, async () => {
      assert((await serving(on)) >= 3, "as many serve as before");
      assert((await on.inside.readyPods("web")) >= 2, "the budget holds (S16)");
      return !on.names().includes(name);
    });
    await settles(on);
    assert(
      !(await on.deeds()).some((deed) => deed.startsWith("instances.reset")),
      "not reset under its pods",
    );
  });

  it("with a GPU error of an application, or short of memory, is left alone", async () => {
    const on = await repairStage();
    const [one = "", other = ""] = on.names();
    on.kubelet(one).setCondition({ type: "MemoryPressure", status: "True", reason: "Low", message: "" });
    on.kubelet(other).setCondition({ type: "GpuXid13", status: "True", reason: "Xid", message: "" });
    await on.pass(40);
    assert.deepEqual(await on.deeds(), []);
  });

  it("whose host failed is restarted by Compute Engine and left alone, fault 2, however often it is told, fault 1", async () => {
    const on = await repairStage();
    const [name = ""] = on.names();
    const { path, id } = on.machine(name);
    const chance = createSeededChance(7);
    on.plane.cloud.compute.hostError(path);
    const atMs = on.plane.clock.nowMs();
    for (let told = 0; told < 50; told += 1) {
      const late = Math.floor(chance.fraction() * 3) * 1_000;
      await on.tell({ kind: "host-error", machine: path, instanceId: id, atMs, id: `doubled-${told % 5}` });
      await on.plane.clock.advance(late);
    }
    await on.pass(30);
    await settles(on);
    assert.deepEqual(await on.deeds(), []);
    assert.equal(on.machine(name).id, id);
  });

  it("whose pool has become spot since, and whose host fails, is restarted by Compute Engine all the same, fault 2", async () => {
    const on = await repairStage();
    const [name = ""] = on.names();
    // Nothing is taken for the edit itself meanwhile.
    await on.plane.write(ID, {
      spec: { ...on.general({ spot: true }), maintenance: FROZEN },
    });
    await on.pass(1);
    on.plane.cloud.compute.hostError(on.machine(name).path);
    await on.tell({ kind: "host-error", machine: on.machine(name).path });
    await on.pass(8);
    assert(on.names().includes(name), "Compute Engine has restarted it");
    assert(!(await on.deeds()).some((deed) => deed.includes("deleteInstances")));
  });

  it("that had its name before may have lost its host 22 hours ago: that is another one's story, fault 3", async () => {
    const on = await repairStage();
    const [name = ""] = on.names();
    const { path, id } = on.machine(name);
    const atMs = on.plane.clock.nowMs() - 22 * 60 * MINUTE_MS;
    await on.tell({ kind: "host-error", machine: path, instanceId: "4711", atMs });
    await on.tell({ kind: "preempted", machine: path, instanceId: "4711" });
    await on.tell({ kind: "preempted", machine: path, instanceId: id, atMs });
    await on.pass(20);
    await settles(on);
    assert.deepEqual(await on.deeds(), []);
  });

  it("that was preempted is replaced at once", async () => {
    const on = await repairStage({ spot: true });
    await serveWeb(on, { minAvailable: 2 });
    const [name = ""] = on.names();
    const { path } = on.machine(name);
    on.plane.cloud.compute.preempt(path);
    await on.tell({ kind: "preempted", machine: path });
    const toldMs = on.plane.clock.nowMs();
    await on.until(5, async () =>
      (await on.deeds()).some((deed) => deed.startsWith("instanceGroupManagers.deleteInstances")),
    );
    assert(on.plane.clock.nowMs() - toldMs <= 5_000, "within seconds");
    await on.until(30, async () => (await serving(on)) === 3);
    const { care } = await on.cluster.status();
    assert.deepEqual(care?.repairs, [], "which is no failure of the pool");
  });

  it("that is replaced is made from the pool's present template: a repaired node is an upgraded one as well", async () => {
    const on = await repairStage({ repair: { ladder: ["recreate"] } });
    await serveWeb(on, { maxUnavailable: 0 });
    const [name = ""] = on.names();
    on.kubelet(name).hang();
    await on.pass(8);
    // The rollout begins with what is not Ready, for which nothing is missed.
    await on.plane.write(ID, {
      spec: on.general({ machineType: "n2-standard-4", repair: { ladder: ["recreate"] } }),
    });
    await on.until(40, () => !on.names().includes(name));
    const made = on.cluster.machinesOf("general").filter(isN2);
    assert(made.length >= 1);
  });

  it("whose host is about to be maintained leaves, drained, ahead of that", async () => {
    const on = await repairStage({ upgrade: { drainTimeout: "10m" } });
    await serveWeb(on, { minAvailable: 2 });
    const [name = ""] = on.names();
    const { path } = on.machine(name);
    const startMs = on.plane.clock.nowMs() + 60 * MINUTE_MS;
    const window = { startMs, endMs: startMs + 60 * MINUTE_MS, canReschedule: false, type: "SCHEDULED" };
    await on.tell({ kind: "maintenance-notice", machine: path, window });
    await on.pass(30);
    assert.deepEqual(await on.deeds(), [], "not hours before");
    await on.until(20, async () => {
      assert((await serving(on)) >= 3);
      return !on.names().includes(name);
    });
    assert(on.plane.clock.nowMs() < startMs);
    await settles(on);
    assert.deepEqual(await causes(on), ["maintenance"]);
  });

  it("whose hosts are all about to be maintained leave once: those in their place would fare no better", async () => {
    const zones = ["europe-west4-a"];
    const on = await repairStage({ size: 2, zones, upgrade: { drainTimeout: "10m" } });
    const { clock, cloud } = on.plane;
    const startMs = clock.nowMs() + 60 * MINUTE_MS;
    const window = { startMs, endMs: startMs + 60 * MINUTE_MS };
    const announced = new Set<string>();
    await on.pass(55, () => {
      for (const name of on.names()) {
        const { id, path, status } = on.machine(name);
        if (announced.has(id) || status !== "RUNNING") continue;
        announced.add(id);
        const afterMs = startMs - clock.nowMs();
        cloud.compute.announce(path, { ...window, afterMs, reasons: [], canReschedule: false });
      }
    });
    assert.equal((await on.deeds()).filter((deed) => deed.includes("deleteInstances")).length, 2);
  });

  it("that never joins is replaced after ten minutes, and the status keeps the end of its console", async () => {
    const on = await repairStage({ size: 1 });
    const { plane, cluster, general } = on;
    // Whoever boots in the next minutes is not let in.
    const undo = refuseJoins(plane);
    await plane.write(ID, { spec: general({ size: 2, repair: { maxInFlight: 1 } }) });
    await on.until(5, () => on.names().length === 2);
    const late = on.names();
    await on.until(20, async () => ((await cluster.status()).care?.repairs.length ?? 0) > 0);
    undo();
    const repair = (await cluster.status()).care?.repairs[0];
    assert.equal(repair?.step, "recreate");
    assert(late.some((name) => repair?.machine.endsWith(`/${name}`)));
    assert.match(
      repair?.reason ?? "",
      /has not joined within 10 minutes; it has no node, and its console ends with: .*failed join/,
    );
    await settles(on, 120);
  });

  it("has the time to join that its pool gives, as the spec says now", async () => {
    const on = await repairStage({ size: 1 });
    const { plane, cluster, general } = on;
    const undo = refuseJoins(plane);
    const patient = { repair: { joinTimeout: "15m" } };
    await plane.write(ID, { spec: general({ size: 2, ...patient }) });
    await on.until(5, () => on.names().length === 2);
    await on.pass(13);
    assert.deepEqual((await cluster.status()).care?.repairs ?? [], []);
    await on.until(5, async () => ((await cluster.status()).care?.repairs.length ?? 0) > 0);
    const [repair] = (await cluster.status()).care?.repairs ?? [];
    assert.match(
      repair?.reason ?? "",
      /has not joined within 15 minutes; it has no node, and its console ends/,
    );
    undo();
    await on.until(60, async () => (await serving(on)) === 2);
  });
});
