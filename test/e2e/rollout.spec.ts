/** Machines are replaced while what runs on them stays up. */
import assert from "node:assert/strict";
import { submitCommand } from "../../shared/engine/submit-command.ts";
import { KubernetesUnreachable } from "../../shared/ports/kubernetes.ts";
import { readCommand } from "../../shared/status/command.ts";
import { createSeededChance } from "../../simulator/chance.ts";
import { insideCluster } from "../support/inside-cluster.ts";
import { deliver } from "../support/redelivery.ts";
import { runningCluster } from "../support/running-cluster.ts";
import { simulatedPlane } from "../support/simulated-plane.ts";
import { exampleDocument } from "../support/specs.ts";
import {
  causes,
  condition,
  ID,
  isCordoned,
  isN2,
  isServing,
  lines,
  machineTypeOf,
  nodesOf,
  type Spec,
  type Stage,
  serveWeb,
  stage,
  until,
  watch,
} from "./rollout-stage.ts";

describe("a pool's machines", function () {
  this.timeout(60_000);

  it("are replaced one by one when their type changes, new ones first, and workloads stay up (S3, S6, S16)", async () => {
    const on = await stage();
    const { plane, cluster, inside } = on;
    await serveWeb(on, { minAvailable: 2 });
    const before = new Set(cluster.machinesOf("general").map(({ name }) => name));
    const messages = new Set<string>();
    const unready = new Set<string>();
    await plane.write(ID, { spec: on.general({ machineType: "n2-standard-4" }) });
    await watch(on, async () => {
      const machines = cluster.machinesOf("general");
      const nodes = await nodesOf(on, "general");
      const cordoned = nodes.filter(isCordoned);
      assert(machines.length <= 4, "machines ≤ desired + surge (S6)");
      assert(cordoned.length <= 1, "one disruption at a time (S3)");
      const serving = nodes.filter(isServing);
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
    assert.deepEqual(await causes(on), ["upgrade"]);
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
    await serveWeb(on, { minAvailable: 3 });
    await plane.write(ID, { spec: on.general({ machineType: "n2-standard-4" }) });
    const blocked =
      /^\d of 3 machines of pool general replaced; waiting for node \S+ to be drained, since \S+: budget default\/web \(wants 3 healthy pods, has 3\) holds pod default\/web-\S+\.$/;
    await until(on, async () => blocked.test((await condition(on, "UpToDate")).message));
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
    await serveWeb(on, { maxUnavailable: 0 });
    await plane.write(ID, { spec: on.general({ machineType: "n2-standard-4" }) });
    await until(on, async () => (await on.cluster.status()).phase === "Blocked");
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
    await watch(on);
    await on.cluster.assertSettled();
  });

  it("are forced past the deadline where the policy says so, and the events say whose budget it went against (S16)", async () => {
    const on = await stage({ upgrade: { drainTimeout: "5m", onDrainTimeout: "force" } });
    const { plane, inside } = on;
    await serveWeb(on, { maxUnavailable: 0 });
    await plane.write(ID, { spec: on.general({ machineType: "n2-standard-4" }) });
    await plane.clock.advance(4 * 60_000);
    assert.equal(await inside.readyPods("web"), 3, "not before the deadline");
    await watch(on);
    await on.cluster.assertSettled();
    const forced = (await lines(on)).filter(({ message }) => message.startsWith("forced"));
    assert(forced.length >= 3);
    for (const { verb, message } of forced) {
      assert.equal(verb, "delete");
      assert.match(message, /past its drainTimeout: pod default\/web-\S+ goes against budget default\/web$/);
    }
  });

  it("are not forced the moment that a pause ends: their deadline counts anew", async () => {
    const on = await stage({ upgrade: { drainTimeout: "5m", onDrainTimeout: "force" } });
    const { plane } = on;
    await serveWeb(on, { maxUnavailable: 0 });
    await plane.write(ID, { spec: on.general({ machineType: "n2-standard-4" }) });
    await until(on, async () => /budget default\/web/.test((await condition(on, "UpToDate")).message));
    const ask = async (command: "pause" | "resume") => {
      const read = readCommand({ cluster: ID, command, reason: "a test" });
      assert(read.ok);
      assert.equal((await submitCommand(plane.engine, read.command, { by: "ada" })).verdict, "accepted");
      await plane.pass(ID, command);
    };
    await ask("pause");
    await plane.clock.advance(60 * 60_000);
    await ask("resume");
    await plane.clock.advance(4 * 60_000);
    const forced = async () => (await lines(on)).filter(({ message }) => message.startsWith("forced"));
    assert.deepEqual(await forced(), [], "an hour of it was paused");
    await watch(on);
    assert((await forced()).length > 0);
    await on.cluster.assertSettled();
  });

  it("are replaced where some may be missing instead of too many: never more than the size", async () => {
    const on = await stage({ upgrade: { maxSurge: 0, maxUnavailable: 1 } });
    const { plane, cluster } = on;
    await plane.write(ID, { spec: on.general({ disk: { sizeGb: 120 } }) });
    await watch(on, async () => {
      assert(cluster.machinesOf("general").length <= 3, "machines ≤ desired + surge (S6)");
      const serving = (await nodesOf(on, "general")).filter(isServing);
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
    await until(on, () => cluster.machinesOf("general").filter(isN2).length === 3);
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
    await watch(on);
    await cluster.assertSettled();
  });

  it("of a cordon of ours that a person ended keep no mark, so that the person's next one stays (S17)", async () => {
    const on = await stage();
    await serveWeb(on, { maxUnavailable: 0 });
    await on.plane.write(ID, { spec: on.general({ machineType: "n2-standard-4" }) });
    let taken: string | undefined;
    await watch(
      on,
      async () => {
        taken = (await nodesOf(on, "general")).find(isCordoned)?.["metadata"].name;
      },
      () => taken !== undefined,
    );
    await on.inside.patchNode(taken ?? "", { spec: { unschedulable: null } });
    await on.plane.write(ID, { spec: on.spec });
    await watch(on);
    const [node] = (await nodesOf(on, "general")).filter(({ metadata }) => metadata.name === taken);
    const marks = Object.keys(node?.["metadata"].annotations ?? {}).filter((key) => /cordoned/.test(key));
    assert.deepEqual(marks, []);
    await on.inside.patchNode(taken ?? "", { spec: { unschedulable: true } });
    await on.plane.write(ID, { spec: on.general({ repair: { after: "12m" } }) });
    await watch(on);
    assert.equal((await nodesOf(on, "general")).filter(isCordoned).length, 1, "the cordon stays");
  });

  it("stay, uncordoned, when the edit is taken back in the midst of a drain", async () => {
    const on = await stage();
    const { plane, cluster } = on;
    await serveWeb(on, { maxUnavailable: 0 });
    const before = new Set(cluster.machinesOf("general").map(({ name }) => name));
    await plane.write(ID, { spec: on.general({ machineType: "n2-standard-4" }) });
    const cordoned = async () => (await nodesOf(on, "general")).filter(isCordoned).length;
    await until(on, async () => (await cordoned()) === 1);
    await plane.write(ID, { spec: on.spec });
    await watch(on);
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
    await watch(on);
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
      most = Math.max(most, nodes.filter(isCordoned).length);
      const serving = nodes.filter(isServing);
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
      await serveWeb(on, { minAvailable: 2 });
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
        const cordoned = (await nodesOf(on, "general")).filter(isCordoned);
        assert(cordoned.length <= 1, "one disruption at a time (S3)");
      });
      deliveries.stop();
      assert(strikes > 5, `${strikes} strikes`);
      assert(cluster.machinesOf("general").every(isN2));
      assert.equal(cluster.machinesOf("general").length, 2);
    });
  }
});
