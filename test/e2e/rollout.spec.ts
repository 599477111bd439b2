/** Machines are replaced, and pools shrink and go, while what runs on them stays up. */
import assert from "node:assert/strict";
import { pass } from "../../shared/engine/pass.ts";
import { parseComputePath } from "../../shared/ports/compute.ts";
import { KubernetesUnreachable } from "../../shared/ports/kubernetes.ts";
import { LABEL_POOL } from "../../shared/resources/owner.ts";
import type { EventRecord } from "../../shared/status/cluster-status.ts";
import { createSeededChance } from "../../simulator/chance.ts";
import type { Body } from "../support/cluster-sight.ts";
import { type InsideCluster, insideCluster } from "../support/inside-cluster.ts";
import { deliver } from "../support/redelivery.ts";
import { type Running, runningCluster } from "../support/running-cluster.ts";
import { type SimulatedPlane, simulatedPlane } from "../support/simulated-plane.ts";
import { exampleDocument } from "../support/specs.ts";

const ID = "quickstart";
const STEP_MS = 2_000;
const LIMIT_MS = 60 * 60_000;

type Spec = Record<string, unknown> & { nodePools: readonly Record<string, unknown>[] };

interface Stage {
  readonly plane: SimulatedPlane;
  readonly cluster: Running;
  readonly inside: InsideCluster;
  readonly spec: Spec;
  /** The pool general with changes. */
  readonly general: (changes: object) => Spec;
}

/** The quickstart with nothing but three machines in its pool general, running. */
async function stage(changes: object = {}): Promise<Stage> {
  const plane = simulatedPlane();
  const document = exampleDocument("quickstart") as Spec;
  const [general] = document.nodePools;
  const withGeneral = (more: object): Spec => ({
    ...document,
    nodePools: [{ ...general, size: 3, ...changes, ...more }],
  });
  const spec = withGeneral({});
  const cluster = runningCluster(plane, ID, spec);
  await cluster.write(spec);
  await cluster.assertSettled();
  return { plane, cluster, inside: await insideCluster(plane, ID), spec, general: withGeneral };
}

/** Lets time pass until the cluster has come to rest with this spec, looking at every step. */
async function watch(
  { plane, cluster }: Stage,
  look: () => Promise<void> | void,
  done: () => Promise<boolean> | boolean = async () => {
    const { phase, readyGeneration, generation } = await cluster.status();
    return phase === "Ready" && readyGeneration === generation;
  },
): Promise<void> {
  const endMs = plane.clock.nowMs() + LIMIT_MS;
  while (!(await done())) {
    assert(
      plane.clock.nowMs() < endMs,
      `not done: ${JSON.stringify(await cluster.status(), null, 1)}\n${plane.complaints.join("\n")}`,
    );
    await plane.clock.advance(STEP_MS);
    await look();
  }
}

async function nodesOf({ inside }: Stage, pool: string): Promise<readonly Body[]> {
  const selector = encodeURIComponent(`${LABEL_POOL}=${pool}`);
  return inside.list(`/api/v1/nodes?labelSelector=${selector}`);
}

async function condition({ cluster }: Stage, type: string): Promise<{ status: string; message: string }> {
  const found = (await cluster.status()).conditions.find((one) => one.type === type);
  assert(found !== undefined);
  return found;
}

const machineTypeOf = (machine: Readonly<Record<string, unknown>>) =>
  String(machine["machineType"]).split("/").at(-1);
const isN2 = (machine: Readonly<Record<string, unknown>>) => machineTypeOf(machine) === "n2-standard-4";
const isReady = (node: Readonly<Record<string, unknown>>) =>
  (node["status"] as { conditions?: { type: string; status: string }[] }).conditions?.some(
    ({ type, status }) => type === "Ready" && status === "True",
  );

describe("a pool's machines", function () {
  this.timeout(60_000);

  it("are replaced one by one when their type changes, new ones first, and workloads stay up (S3, S6, S16)", async () => {
    const on = await stage();
    const { plane, cluster, inside } = on;
    await inside.deployment("web", 3);
    await inside.budget("web", "web", { minAvailable: 2 });
    await watch(
      on,
      () => {},
      async () => (await inside.readyPods("web")) === 3,
    );
    const before = new Set(cluster.machinesOf("general").map(({ name }) => name));
    const messages = new Set<string>();
    const unready = new Set<string>();
    await plane.write(ID, { spec: on.general({ machineType: "n2-standard-4" }) });
    await watch(on, async () => {
      const machines = cluster.machinesOf("general");
      const nodes = await nodesOf(on, "general");
      const cordoned = nodes.filter(({ spec }) => spec.unschedulable === true);
      assert(machines.length <= 4, "machines ≤ desired + surge (S6)");
      assert(cordoned.length <= 1, "one disruption at a time (S3)");
      const serving = nodes.filter((node) => isReady(node) && node["spec"].unschedulable !== true);
      assert(serving.length >= 3, `only ${serving.length} nodes serve`);
      assert((await inside.readyPods("web")) >= 2, "the budget holds (S16)");
      messages.add((await condition(on, "UpToDate")).message);
      const nodesReady = await condition(on, "NodesReady");
      if (/run|Ready|leave|join/.test(nodesReady.message)) unready.add(nodesReady.message);
    });
    assert.deepEqual([...unready], [], "as many nodes as wanted are Ready all the time");
    const after = cluster.machinesOf("general");
    assert.deepEqual(after.map(machineTypeOf), ["n2-standard-4", "n2-standard-4", "n2-standard-4"]);
    assert(
      after.every(({ name }) => !before.has(name)),
      "each machine is another one",
    );
    await cluster.assertSettled();
    for (const part of [
      /^pool general gets 1 machine more while 3 of its 3 are replaced\.$/,
      /^0 of 3 machines of pool general replaced; waiting for \S+ to join\.$/,
      /^1 of 3 machines of pool general replaced; waiting for node \S+ to be drained, since \S+: pod default\/web-\S+ is terminating\.$/,
      /^2 of 3 machines of pool general replaced; waiting for machine \S+ to be deleted\.$/,
    ])
      assert(
        [...messages].some((message) => part.test(message)),
        `${part} in ${[...messages].join("\n")}`,
      );
  });

  it("wait for a budget that blocks, which the status names, and go on when it lets go (S16)", async () => {
    const on = await stage();
    const { plane, cluster, inside } = on;
    await inside.deployment("web", 3);
    await inside.budget("web", "web", { minAvailable: 3 });
    await watch(
      on,
      () => {},
      async () => (await inside.readyPods("web")) === 3,
    );
    await plane.write(ID, { spec: on.general({ machineType: "n2-standard-4" }) });
    const blocked =
      /^\d of 3 machines of pool general replaced; waiting for node \S+ to be drained, since \S+: budget default\/web \(wants 3 healthy pods, has 3\) holds pod default\/web-\S+\.$/;
    await watch(
      on,
      () => {},
      async () => blocked.test((await condition(on, "UpToDate")).message),
    );
    const before = cluster.machineIds();
    await plane.clock.advance(10 * 60_000);
    assert.match((await condition(on, "UpToDate")).message, blocked);
    assert.deepEqual(cluster.machineIds(), before, "nothing moves meanwhile");
    assert.equal(await inside.readyPods("web"), 3);
    await inside.scale("web", 4);
    await watch(on, async () => assert((await inside.readyPods("web")) >= 3));
    await cluster.assertSettled();
  });

  it("pause when a drain is past its deadline: a person is told, and nothing is forced", async () => {
    const on = await stage({ upgrade: { drainTimeout: "5m" } });
    const { plane, inside } = on;
    await inside.deployment("web", 3);
    await inside.budget("web", "web", { maxUnavailable: 0 });
    await watch(
      on,
      () => {},
      async () => (await inside.readyPods("web")) === 3,
    );
    await plane.write(ID, { spec: on.general({ machineType: "n2-standard-4" }) });
    await watch(
      on,
      () => {},
      async () => (await on.cluster.status()).phase === "Blocked",
    );
    assert.match(
      (await condition(on, "UpToDate")).message,
      /^The drain of node \S+ is past its drainTimeout and pauses\. Budget default\/web does not let pod default\/web-\S+ go: .*onDrainTimeout: force/,
    );
    await plane.clock.advance(60 * 60_000);
    assert.equal(await inside.readyPods("web"), 3);
    await inside.ask({
      method: "DELETE",
      path: "/apis/policy/v1/namespaces/default/poddisruptionbudgets/web",
    });
    await watch(on, () => {});
    await on.cluster.assertSettled();
  });

  it("are forced past the deadline where the policy says so, and the events say whose budget it went against (S16)", async () => {
    const on = await stage({ upgrade: { drainTimeout: "5m", onDrainTimeout: "force" } });
    const { plane, inside } = on;
    await inside.deployment("web", 3);
    await inside.budget("web", "web", { maxUnavailable: 0 });
    await watch(
      on,
      () => {},
      async () => (await inside.readyPods("web")) === 3,
    );
    await plane.write(ID, { spec: on.general({ machineType: "n2-standard-4" }) });
    await plane.clock.advance(4 * 60_000);
    assert.equal(await inside.readyPods("web"), 3, "not before the deadline");
    await watch(on, () => {});
    await on.cluster.assertSettled();
    const forced = (await lines(on)).filter(({ message }) => message.startsWith("forced"));
    assert(forced.length >= 3);
    for (const { verb, message } of forced) {
      assert.equal(verb, "delete");
      assert.match(message, /past its drainTimeout: pod default\/web-\S+ goes against budget default\/web$/);
    }
  });

  it("are replaced where some may be missing instead of too many: never more than the size", async () => {
    const on = await stage({ upgrade: { maxSurge: 0, maxUnavailable: 1 } });
    const { plane, cluster } = on;
    await plane.write(ID, { spec: on.general({ disk: { sizeGb: 120 } }) });
    await watch(on, async () => {
      assert(cluster.machinesOf("general").length <= 3, "machines ≤ desired + surge (S6)");
      const serving = (await nodesOf(on, "general")).filter(
        (node) => isReady(node) && node["spec"].unschedulable !== true,
      );
      assert(serving.length >= 2, `only ${serving.length} nodes serve`);
    });
    await cluster.assertSettled();
  });

  it("that a person cordoned are left alone, and the status says so", async () => {
    const on = await stage();
    const { plane, cluster, inside } = on;
    const name = String(cluster.machinesOf("general")[1]?.["name"]);
    await inside.patchNode(name, { spec: { unschedulable: true } });
    await plane.write(ID, { spec: on.general({ machineType: "n2-standard-4" }) });
    await watch(
      on,
      () => {},
      () => cluster.machinesOf("general").filter(isN2).length === 3,
    );
    await plane.clock.advance(10 * 60_000);
    const left = cluster.machinesOf("general").filter((machine) => !isN2(machine));
    assert.deepEqual(
      left.map((machine) => machine["name"]),
      [name],
    );
    const node = await inside.ask({ method: "GET", path: `/api/v1/nodes/${name}` });
    assert.equal(node?.["spec"].unschedulable, true, "the cordon stays");
    assert.match(
      (await condition(on, "UpToDate")).message,
      /was cordoned by somebody else and is left alone\. Let it go with: kubectl uncordon/,
    );
    await inside.patchNode(name, { spec: { unschedulable: null } });
    await watch(on, () => {});
    await cluster.assertSettled();
  });

  it("stay, uncordoned, when the edit is taken back in the midst of a drain", async () => {
    const on = await stage();
    const { plane, cluster, inside } = on;
    await inside.deployment("web", 3);
    await inside.budget("web", "web", { maxUnavailable: 0 });
    await watch(
      on,
      () => {},
      async () => (await inside.readyPods("web")) === 3,
    );
    const before = new Set(cluster.machinesOf("general").map(({ name }) => name));
    await plane.write(ID, { spec: on.general({ machineType: "n2-standard-4" }) });
    const cordoned = async () =>
      (await nodesOf(on, "general")).filter(({ spec }) => spec.unschedulable === true).length;
    await watch(
      on,
      () => {},
      async () => (await cordoned()) === 1,
    );
    await plane.write(ID, { spec: on.spec });
    await watch(on, () => {});
    assert.equal(await cordoned(), 0);
    const after = cluster.machinesOf("general");
    assert.deepEqual(new Set(after.map(({ name }) => name)), before);
    await cluster.assertSettled();
  });

  it("are not touched while the Kubernetes API does not answer (S4)", async () => {
    const on = await stage();
    const { plane, cluster } = on;
    const { kubernetes } = plane.engine.cloud;
    const request = kubernetes.request;
    const before = cluster.machinesOf("general").map(({ id }) => id);
    Object.assign(kubernetes, {
      request: async () => {
        throw new KubernetesUnreachable("connection refused");
      },
    });
    await plane.write(ID, { spec: on.general({ machineType: "n2-standard-4", size: 1 }) });
    await plane.clock.advance(20 * 60_000);
    assert.deepEqual(
      cluster.machinesOf("general").map(({ id }) => id),
      before,
    );
    Object.assign(kubernetes, { request });
    await watch(on, () => {});
    assert.deepEqual(cluster.machinesOf("general").map(machineTypeOf), ["n2-standard-4"]);
    await cluster.assertSettled();
  });

  it("of three zones are replaced three at a time where the pool says so (S3, S6)", async () => {
    const plane = simulatedPlane();
    const document = exampleDocument("ha") as Spec;
    const spec = { ...document, deletionProtection: false };
    const id = String(document["name"]);
    const cluster = runningCluster(plane, id, spec);
    await cluster.write(spec);
    const [pool, ...rest] = spec.nodePools;
    const name = String(pool?.["name"]);
    const size = cluster.machinesOf(name).length;
    assert.deepEqual(pool?.["upgrade"], { maxSurge: 3 });
    const edited = { ...spec, nodePools: [{ ...pool, machineType: "n2-standard-2" }, ...rest] };
    await plane.write(id, { spec: edited });
    let most = 0;
    const on: Stage = { plane, cluster, inside: await insideCluster(plane, id), spec, general: () => spec };
    await watch(on, async () => {
      assert(cluster.machinesOf(name).length <= size + 3, "machines ≤ desired + surge (S6)");
      const nodes = await nodesOf(on, name);
      most = Math.max(most, nodes.filter((node) => node["spec"].unschedulable === true).length);
      const serving = nodes.filter((node) => isReady(node) && node["spec"].unschedulable !== true);
      assert(serving.length >= size, `only ${serving.length} of ${size} nodes serve`);
    });
    assert(most > 1 && most <= 3, `${most} at once`);
    assert(cluster.machinesOf(name).every((machine) => machineTypeOf(machine) === "n2-standard-2"));
    await cluster.assertSettled();
  });

  for (const seed of [1, 2]) {
    it(`are replaced to the same end when the control plane dies over and over, seed ${seed}`, async () => {
      const on = await stage({ size: 2 });
      const { plane, cluster, inside } = on;
      await inside.deployment("web", 3);
      await inside.budget("web", "web", { minAvailable: 2 });
      await watch(
        on,
        () => {},
        async () => (await inside.readyPods("web")) === 3,
      );
      const chance = createSeededChance(seed);
      let strikes = 0;
      const isOver = () => cluster.machinesOf("general").filter(isN2).length === 2;
      const deliveries = deliver(plane, () => {
        if (isOver() || chance.fraction() > 1 / 20) return undefined;
        strikes += 1;
        return (["crash-before", "crash-after", "lost"] as const)[Math.floor(chance.fraction() * 3)];
      });
      await deliveries.write(ID, { spec: on.general({ machineType: "n2-standard-4" }) });
      await watch(on, async () => {
        assert(cluster.machinesOf("general").length <= 3, "machines ≤ desired + surge (S6)");
        assert((await inside.readyPods("web")) >= 2, "the budget holds (S16)");
        const cordoned = (await nodesOf(on, "general")).filter(({ spec }) => spec.unschedulable === true);
        assert(cordoned.length <= 1, "one disruption at a time (S3)");
      });
      deliveries.stop();
      assert(strikes > 5, `${strikes} strikes`);
      assert(cluster.machinesOf("general").every(isN2));
      assert.equal(cluster.machinesOf("general").length, 2);
    });
  }
});

describe("a pool that shrinks or goes", function () {
  this.timeout(60_000);

  it("drains the machines that are too many, then deletes exactly those", async () => {
    const on = await stage();
    const { plane, cluster, inside } = on;
    await inside.deployment("web", 3);
    await inside.budget("web", "web", { minAvailable: 2 });
    await watch(
      on,
      () => {},
      async () => (await inside.readyPods("web")) === 3,
    );
    const events = await drainsAndDeletes(on, () => plane.write(ID, { spec: on.general({ size: 1 }) }));
    assert.equal(cluster.machinesOf("general").length, 1);
    assert.equal(events.filter(({ verb }) => verb === "cordon").length, 2);
    assert.equal(events.filter(({ verb }) => verb === "instanceGroupManagers.deleteInstances").length, 2);
    assert.deepEqual(
      events.filter(({ verb }) => verb === "instanceGroupManagers.resize"),
      [],
    );
    await cluster.assertSettled();
  });

  it("drains all of its machines before its group goes", async () => {
    const on = await stage({ name: "other" });
    const { plane, cluster, inside } = on;
    await inside.deployment("web", 3);
    await inside.budget("web", "web", { minAvailable: 2 });
    await watch(
      on,
      () => {},
      async () => (await inside.readyPods("web")) === 3,
    );
    // Somewhere to go to: a second pool without taints.
    const both = { ...on.spec, nodePools: [...on.spec.nodePools, { name: "common", size: 2 }] };
    await cluster.write(both);
    await cluster.assertSettled();
    const [, ...rest] = both.nodePools;
    const events = await drainsAndDeletes(on, () => plane.write(ID, { spec: { ...both, nodePools: rest } }));
    assert.deepEqual(cluster.machinesOf("other"), []);
    assert.deepEqual(await nodesOf(on, "other"), []);
    assert.equal(events.filter(({ verb }) => verb === "cordon").length, 3);
    const last = events.findLastIndex(({ verb }) => verb === "instanceGroupManagers.deleteInstances");
    const group = events.findIndex(({ verb, key }) => verb === "delete" && key.endsWith("-n-other"));
    assert(group > last && last >= 0, "the group goes after its last machine");
    await cluster.assertSettled();
  });

  it("loses its cluster without a drain", async () => {
    const on = await stage();
    const { inside, cluster } = on;
    await inside.deployment("web", 3);
    await inside.budget("web", "web", { maxUnavailable: 0 });
    await watch(
      on,
      () => {},
      async () => (await inside.readyPods("web")) === 3,
    );
    await cluster.deleteToNothing();
    assert.deepEqual(cluster.paths("instances"), []);
  });
});

describe("a machine that somebody deletes by hand", function () {
  this.timeout(60_000);

  it("comes back, and so does its node", async () => {
    const on = await stage();
    const { plane, cluster } = on;
    const [first] = cluster.machinesOf("general");
    const [path] = cluster.paths("instances").filter((one) => one.endsWith(`/${first?.["name"]}`));
    await plane.engine.cloud.compute.delete(
      { ...parseComputePath(path ?? ""), kind: "instances" },
      "00000000-0000-4000-8000-00000000dead",
    );
    await plane.clock.advance(60_000);
    await pass(plane.engine, ID, "the sweep");
    await watch(on, () => {});
    assert.equal(cluster.machinesOf("general").length, 3);
    assert(!cluster.machineIds().includes(String(first?.["id"])));
    const nodes = await nodesOf(on, "general");
    assert(nodes.length === 3 && nodes.every(isReady));
    await cluster.assertSettled();
  });
});

interface Line {
  readonly verb: string;
  readonly key: string;
  readonly message: string;
}
/** All that was done, in order. */
async function lines({ plane }: Stage): Promise<readonly Line[]> {
  const { documents } = await plane.engine.store.query<EventRecord>({ group: "events", limit: 500 });
  return documents
    .toSorted((one, other) => one.data.epoch - other.data.epoch)
    .flatMap(({ data }) => data.lines);
}

/** What the edit leads to, each machine drained before it is deleted, with the budget of web kept throughout. */
async function drainsAndDeletes(on: Stage, edit: () => Promise<void>): Promise<readonly Line[]> {
  const before = (await lines(on)).length;
  await edit();
  await watch(on, async () => {
    assert((await on.inside.readyPods("web")) >= 2, "the budget holds (S16)");
  });
  const after = (await lines(on)).slice(before);
  for (const [index, { verb, message }] of after.entries()) {
    if (verb !== "instanceGroupManagers.deleteInstances") continue;
    assert.match(message, /its node is drained$/);
    const cordons = after.slice(0, index).filter((line) => line.verb === "cordon").length;
    const deletes = after.slice(0, index).filter((line) => line.verb === verb).length;
    assert(cordons > deletes, "each is cordoned first");
  }
  return after;
}
