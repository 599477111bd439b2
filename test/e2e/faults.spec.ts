/** Faults that must be survived, numbered as the invariants number them; in process, under virtual time. */
import assert from "node:assert/strict";
import type { Engine } from "../../shared/engine/engine.ts";
import { LEASE_MS } from "../../shared/engine/lease.ts";
import { pass } from "../../shared/engine/pass.ts";
import { clusterPath } from "../../shared/engine/paths.ts";
import { sweep } from "../../shared/engine/sweep.ts";
import type { ClusterStatus } from "../../shared/status/cluster-status.ts";
import type { FaultRule } from "../../simulator/compute/faults.ts";
import { byKind, countChanges } from "../support/change-counts.ts";
import { lifeOf } from "../support/edits.ts";
import { deliver } from "../support/redelivery.ts";
import { type SimulatedPlane, simulatedPlane } from "../support/simulated-plane.ts";
import { unreliable } from "../support/unreliable-ports.ts";

const ID = "quickstart";
const PROJECT = "demo-project";
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const spec = lifeOf(ID).created;

const isReady = (status: ClusterStatus | undefined): boolean => status?.phase === "Ready";
const isGone = (status: ClusterStatus | undefined): boolean => status === undefined;
const uidOf = async (plane: SimulatedPlane): Promise<string> => (await plane.status(ID))?.uid ?? "";

describe("faults that must be survived", function () {
  this.timeout(60_000);

  it("8: a foreign network bears our name: a conflict in the status, the network untouched", async () => {
    const plane = simulatedPlane();
    const down = plane.cloud.compute.faults.add({ kind: "http", status: 503, method: "Insert" });
    await plane.write(ID, { spec });
    const uid = await uidOf(plane);
    down();
    const ref = {
      kind: "networks",
      project: PROJECT,
      scope: "global",
      name: `${ID}-${uid}-network`,
    } as const;
    const foreign = { name: ref.name, autoCreateSubnetworks: false, description: "somebody else's" };
    await plane.engine.cloud.compute.insert(ref, foreign, "00000000-0000-4000-8000-000000000001");
    await plane.until(ID, (status) => status?.phase === "Blocked");
    const before = await plane.engine.cloud.compute.get(ref);
    await plane.clock.advance(HOUR_MS);
    const status = await plane.status(ID);
    const condition = status?.conditions.find((one) => one.type === "NetworkReady");
    assert.equal(condition?.reason, "NameTaken");
    assert.match(condition?.message ?? "", new RegExp(ref.name));
    await plane.write(ID, { spec, deletion: { uid } });
    await plane.until(ID, isGone);
    assert.deepEqual(await plane.engine.cloud.compute.get(ref), before);
    assert.deepEqual(byKind(plane.cloud, PROJECT), { networks: 1 });
  });

  it("9: every trigger is dropped for an hour: one sweep converges", async () => {
    const plane = simulatedPlane();
    await plane.write("edited", { spec: lifeOf("edited").created });
    await plane.until("edited", isReady);
    const set = (id: string, data: object) =>
      plane.engine.store.transact(async (transaction) => transaction.set(clusterPath(id), { ...data }));
    await set("edited", { spec: lifeOf("edited").grown });
    await set("unseen", { spec: lifeOf("unseen").created });
    const deaf: Engine = { ...plane.engine, wakeups: { schedule: async () => {}, cancel: async () => {} } };
    await set("midway", { spec: lifeOf("midway").created });
    await pass(deaf, "midway", "its wake-up is lost");
    await plane.clock.advance(HOUR_MS);
    assert.equal(await plane.status("unseen"), undefined);
    const report = await sweep(plane.engine);
    assert.deepEqual(report.overdue, ["midway"]);
    assert.deepEqual([...report.unnoticed].sort(), ["edited", "unseen"]);
    await plane.until("edited", (status) => status?.readyGeneration === 2);
    await plane.until("unseen", isReady);
    await plane.until("midway", isReady);
  });

  const shortages: readonly { readonly what: string; readonly rule: FaultRule }[] = [
    { what: "stockout in every zone", rule: { kind: "stockout", service: "Instances", method: "Insert" } },
    { what: "quota used up", rule: { kind: "quota", service: "Instances", method: "Insert" } },
    {
      what: "403 for the rate per minute",
      rule: {
        ...{ kind: "http", status: 403, reason: "rateLimitExceeded" },
        ...{ service: "Instances", method: "Insert" },
      },
    },
  ];
  let undisturbed: Readonly<Record<string, number>>;
  before(async () => {
    const plane = simulatedPlane();
    await plane.write(ID, { spec });
    await plane.until(ID, isReady);
    undisturbed = byKind(plane.cloud, PROJECT);
  });
  for (const { what, rule } of shortages) {
    it(`11: ${what} for half an hour: no hot loop, and nothing is left over`, async () => {
      const plane = simulatedPlane();
      const counts = countChanges(plane.cloud);
      const minutes = new Map<number, number>();
      let tries = 0;
      const deliveries = deliver(plane, ({ method, target, port }) => {
        const minute = Math.floor(plane.clock.nowMs() / MINUTE_MS);
        if (port === "compute") minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
        if (method === "insert" && target.startsWith("instances/")) tries += 1;
        return undefined;
      });
      const mend = plane.cloud.compute.faults.add(rule);
      await deliveries.write(ID, { spec });
      await plane.clock.advance(30 * MINUTE_MS);
      assert.ok(tries >= 2 && tries <= 40, `${tries} tries in half an hour`);
      const late = [...minutes].slice(10).map(([, calls]) => calls);
      // Half of what Compute Engine allows a project in a minute.
      assert.ok(Math.max(...late) <= 750, `calls a minute: ${late.join(" ")}`);
      const condition = (await plane.status(ID))?.conditions.find((one) => one.type === "Ready");
      assert.notEqual(condition?.reason, "Working", condition?.message);
      mend();
      await plane.until(ID, isReady, 2 * HOUR_MS);
      assert.deepEqual(byKind(plane.cloud, PROJECT), undisturbed);
      const uid = await uidOf(plane);
      await deliveries.write(ID, { spec, deletion: { uid } });
      await plane.until(ID, isGone, 2 * HOUR_MS);
      deliveries.stop();
      assert.deepEqual(byKind(plane.cloud, PROJECT), {});
      for (const [name, { created, deleted }] of Object.entries(counts.counts([uid])))
        assert.equal(created, deleted, name);
    });
  }

  it("13: a worker sleeps past its lease while another creates and deletes the cluster: the stale one changes nothing", async () => {
    const plane = simulatedPlane();
    let wake = (): void => {};
    const asleep = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let mutations = 0;
    const counted = unreliable(plane.engine, ({ port, mutates }) => {
      if (mutates && port !== "store" && port !== "wakeups") mutations += 1;
      return undefined;
    });
    const { list } = counted.cloud.compute;
    const compute = Object.assign(Object.create(counted.cloud.compute), {
      list: async (request: Parameters<typeof list>[0]) => {
        const found = await list(request);
        await asleep;
        return found;
      },
    });
    const sleeper: Engine = {
      ...counted,
      cloud: { ...counted.cloud, compute },
      // Nothing happens in a process that sleeps: no timer wakes it.
      clock: { ...plane.clock, after: () => () => {} },
      holder: () => "sleeper",
    };
    await plane.engine.store.transact(async (transaction) => transaction.set(clusterPath(ID), { spec }));
    const sleeping = pass(sleeper, ID, "first");
    await plane.clock.advance(LEASE_MS + 1);
    await pass(plane.engine, ID, "the other");
    await plane.until(ID, isReady);
    await plane.write(ID, { spec, deletion: { uid: await uidOf(plane) } });
    await plane.until(ID, isGone);
    wake();
    assert.equal((await sleeping).outcome, "fenced");
    await plane.clock.advance(HOUR_MS);
    assert.equal(mutations, 0);
    assert.deepEqual(byKind(plane.cloud, PROJECT), {});
    assert.equal(await plane.status(ID), undefined);
  });

  for (const seconds of [0, 2, 5, 10, 15, 20, 30, 60, 120]) {
    it(`16: deletion in mid-creation, after ${seconds} s: to nothing`, async () => {
      const plane = simulatedPlane();
      const counts = countChanges(plane.cloud);
      await plane.write(ID, { spec });
      await plane.clock.advance(seconds * 1_000);
      const uid = await uidOf(plane);
      await plane.write(ID, { spec, deletion: { uid } });
      await plane.until(ID, isGone);
      assert.deepEqual(byKind(plane.cloud, PROJECT), {});
      for (const [name, { created, deleted }] of Object.entries(counts.counts([uid])))
        assert.equal(created, deleted, name);
      await plane.clock.advance(HOUR_MS);
      assert.deepEqual(byKind(plane.cloud, PROJECT), {});
    });
  }

  it("16: some workers' clocks are an hour off either way: the cluster is made once, and goes", async () => {
    const plane = simulatedPlane();
    const counts = countChanges(plane.cloud);
    const shifts = [HOUR_MS, 0, -HOUR_MS, 0];
    let processes = 0;
    const deliveries = deliver(plane, () => undefined, {
      clock: () => {
        const shift = shifts[processes++ % shifts.length] ?? 0;
        return { nowMs: () => plane.clock.nowMs() + shift, after: plane.clock.after };
      },
    });
    await deliveries.write(ID, { spec });
    await plane.until(ID, isReady, 3 * HOUR_MS);
    const uid = await uidOf(plane);
    await deliveries.write(ID, { spec, deletion: { uid } });
    await plane.until(ID, isGone, 3 * HOUR_MS);
    deliveries.stop();
    assert.deepEqual(byKind(plane.cloud, PROJECT), {});
    for (const [name, { created, deleted }] of Object.entries(counts.counts([uid]))) {
      assert.equal(created, deleted, name);
      assert.ok(created === 1 || name.endsWith("-NAME"), `${name} was made ${created} times`);
    }
  });
});
