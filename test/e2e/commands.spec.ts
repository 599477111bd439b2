/** Commands are carried out: each ends its operation, shares the pool's budget, and respects what others have cordoned. */
import assert from "node:assert/strict";
import { createSeededChance } from "../../simulator/chance.ts";
import { deliver } from "../support/redelivery.ts";
import { command, ended, operation } from "./command-stage.ts";
import { path, personAt } from "./drift-table.ts";
import {
  condition,
  ID,
  isCordoned,
  isN2,
  lines,
  nodesOf,
  type Stage,
  serveWeb,
  stage,
  until,
  watch,
} from "./rollout-stage.ts";

const MINUTE_MS = 60_000;
const nameOf = (on: Stage, index: number) => String(on.cluster.machinesOf("general")[index]?.["name"]);
async function cordonedNames(on: Stage): Promise<readonly string[]> {
  return (await nodesOf(on, "general")).filter(isCordoned).map(({ metadata }) => String(metadata.name));
}

describe("commands", function () {
  this.timeout(60_000);

  it("drain empties a node, which stays cordoned until uncordon; budgets are honoured", async () => {
    const on = await stage();
    const name = nameOf(on, 1);
    await serveWeb(on, { minAvailable: 2 });
    const id = await command(on, { command: "drain", node: name });
    const record = await ended(on, id);
    assert.deepEqual(
      [record.result, record.message],
      ["succeeded", `node ${name} is drained; it stays cordoned until it is uncordoned`],
    );
    assert.equal(record.requestedBy, "alice@example.com");
    assert.deepEqual(record.request, { command: "drain", node: name, reason: "a test" });
    const pods = await on.inside.list(`/api/v1/pods?fieldSelector=spec.nodeName=${name}`);
    assert.deepEqual(
      pods.filter(({ metadata }) => /^web-/.test(String(metadata.name))),
      [],
    );
    await on.plane.clock.advance(30 * MINUTE_MS);
    assert.deepEqual(await cordonedNames(on), [name], "it stays cordoned");
    const { phase, conditions } = await on.cluster.status();
    assert.equal(phase, "Ready", JSON.stringify(conditions));
    const back = await ended(on, await command(on, { command: "uncordon", node: name }));
    assert.equal(back.result, "succeeded");
    assert.deepEqual(await cordonedNames(on), []);
    await watch(on);
    await on.cluster.assertSettled();
  });

  it("drain evicts a pod that tolerates the cordon, and does not go after it again and again", async () => {
    const on = await stage();
    const name = nameOf(on, 1);
    await on.inside.deployment("operator", 1, {
      nodeSelector: { "kubernetes.io/hostname": name },
      tolerations: [{ operator: "Exists" }],
    });
    await until(on, async () => (await on.inside.readyPods("operator")) === 1);
    const record = await ended(on, await command(on, { command: "drain", node: name }));
    assert.equal(record.result, "succeeded");
    const evictions = (await lines(on)).filter(
      ({ verb, key }) => verb === "evict" && key.includes("/operator-"),
    );
    // A pod's birth is told in whole seconds: one of the cordon's own second may be from before it.
    assert.ok(evictions.length <= 2, JSON.stringify(evictions));
  });

  it("cordon keeps a node from pods, and a rollout leaves it alone", async () => {
    const on = await stage();
    const name = nameOf(on, 0);
    const id = await command(on, { command: "cordon", node: name });
    assert.equal((await ended(on, id)).result, "succeeded");
    const node = await on.inside.ask({ method: "GET", path: `/api/v1/nodes/${name}` });
    assert(node !== undefined);
    const { annotations } = node["metadata"] as { annotations: Record<string, string> };
    assert.equal(
      annotations["clusterwright.dev/cordoned-because"],
      "cordon asked for by alice@example.com (a test)",
    );
    assert.equal(annotations["clusterwright.dev/cordoned-by-operation"], id);
    await on.plane.write(ID, { spec: on.general({ machineType: "n2-standard-4" }) });
    await until(on, () => on.cluster.machinesOf("general").filter(isN2).length === 3);
    await on.plane.clock.advance(5 * MINUTE_MS);
    assert.deepEqual(await cordonedNames(on), [name]);
    await command(on, { command: "uncordon", node: name });
    await watch(on);
    assert(!on.cluster.machinesOf("general").some((machine) => machine["name"] === name));
  });

  it("rotate-machine replaces one machine, another one first", async () => {
    const on = await stage();
    const name = nameOf(on, 2);
    const id = await command(on, { command: "rotate-machine", node: name });
    let least = 3;
    await watch(
      on,
      async () => {
        assert(on.cluster.machinesOf("general").length <= 4, "machines ≤ desired + surge (S6)");
        const serving = (await nodesOf(on, "general")).filter((node) => !isCordoned(node));
        least = Math.min(least, serving.length);
      },
      async () => (await operation(on, id)).result !== "running",
    );
    assert.equal((await operation(on, id)).result, "succeeded");
    assert.equal(least, 3, "as many nodes serve all the time");
    await watch(on);
    assert(!on.cluster.machinesOf("general").some((machine) => machine["name"] === name));
    await on.cluster.assertSettled();
  });

  it("restart drains a node, resets its machine and gives it back", async () => {
    const on = await stage();
    const name = nameOf(on, 0);
    const bootId = async () => {
      const node = await on.inside.ask({ method: "GET", path: `/api/v1/nodes/${name}` });
      assert(node !== undefined);
      return (node["status"] as { nodeInfo: { bootID: string } }).nodeInfo.bootID;
    };
    const before = await bootId();
    const machine = on.cluster.machinesOf("general")[0]?.id;
    const record = await ended(on, await command(on, { command: "restart", node: name }));
    assert.deepEqual(
      [record.result, record.message],
      ["succeeded", `machine ${name} was restarted and its node is Ready`],
    );
    assert.notEqual(await bootId(), before);
    assert.equal(on.cluster.machinesOf("general")[0]?.id, machine);
    await watch(on);
    assert.deepEqual(await cordonedNames(on), []);
    const given = (await lines(on)).filter(
      ({ verb, key }) => verb === "uncordon" && key.endsWith(`/${name}`),
    );
    assert.deepEqual(
      given.map((line) => line.message),
      [`${name} is back from its restart`],
    );
    await on.cluster.assertSettled();
  });

  it("pause stops a rollout where it is, resume lets it go on", async () => {
    const on = await stage();
    await on.plane.write(ID, { spec: on.general({ machineType: "n2-standard-4" }) });
    await until(on, () => on.cluster.machinesOf("general").filter(isN2).length === 2);
    const paused = await ended(on, await command(on, { command: "pause", pool: "general" }));
    assert.equal(paused.result, "succeeded");
    await on.plane.clock.advance(3 * MINUTE_MS);
    const before = on.cluster.machineIds();
    await on.plane.clock.advance(6 * 60 * MINUTE_MS);
    assert.deepEqual(on.cluster.machineIds(), before);
    assert.match(
      (await condition(on, "UpToDate")).message,
      /waiting for pool general, which alice@example\.com paused \(a test\), to be resumed/,
    );
    await command(on, { command: "resume", pool: "general" });
    await watch(on);
    assert.equal(on.cluster.machinesOf("general").filter(isN2).length, 3);
    await on.cluster.assertSettled();
  });

  it("pause with a duration ends by itself, and so does one whose time comes later", async () => {
    const on = await stage();
    await command(on, { command: "pause", value: "2h", notBefore: "2026-11-01T14:00:00Z" });
    await on.plane.clock.advance(10 * MINUTE_MS);
    assert.deepEqual((await on.cluster.status()).care?.pauses, []);
    assert.equal((await on.cluster.status()).phase, "Ready");
    await on.plane.clock.advance(Date.parse("2026-11-01T14:01:00Z") - on.plane.clock.nowMs());
    assert.equal((await on.cluster.status()).care?.pauses.length, 1);
    await on.plane.clock.advance(2 * 60 * MINUTE_MS);
    assert.deepEqual((await on.cluster.status()).care?.pauses, []);
    await on.cluster.assertSettled();
  });

  it("resize and upgrade edit the document, and are done when the cluster is Ready with it", async () => {
    const on = await stage();
    const id = await command(on, { command: "resize", pool: "general", value: "2" });
    const record = await ended(on, id);
    assert.equal(record.result, "succeeded", record.message);
    assert.equal(on.cluster.machinesOf("general").length, 2);
    const document = await on.plane.engine.store.get<{ spec: { nodePools: { size: number }[] } }>(
      `clusters/${ID}`,
    );
    assert.equal(document?.data.spec.nodePools[0]?.size, 2);
    await on.cluster.assertSettled();
  });

  it("upgrade waits for the cluster's window, control plane and all; an urgent one passes it", async () => {
    const on = await stage({ size: 1 });
    const windows = [{ start: "2026-11-07T02:00", duration: "4h" }];
    await on.cluster.write({ ...on.spec, maintenance: { windows } });
    const machines = on.cluster.machineIds();
    const calm = await command(on, { command: "upgrade", value: "1.37" });
    await on.plane.clock.advance(30 * MINUTE_MS);
    assert.equal((await operation(on, calm)).result, "running");
    assert.deepEqual(on.cluster.machineIds(), machines);
    assert.match(
      (await condition(on, "UpToDate")).message,
      /waiting for the next maintenance window, which opens Sat 2026-11-07 02:00 UTC/i,
    );
    const urgent = await command(on, { command: "upgrade", value: "1.37", urgent: true });
    assert.equal((await ended(on, urgent)).result, "succeeded");
    assert.equal((await operation(on, calm)).result, "succeeded");
    assert.match((await on.cluster.status()).pins.kubernetesVersion, /^1\.37\./);
  });

  it("backup takes a snapshot of every etcd disk now", async () => {
    const on = await stage();
    const record = await ended(on, await command(on, { command: "backup" }));
    assert.equal(record.result, "succeeded");
    assert.match(record.message, /^snapshots taken: quickstart-[a-z0-9]{6}-etcd-0-[0-9a-f]{8}$/);
    const [, name] = /: (\S+)$/.exec(record.message) ?? [];
    assert(on.plane.cloud.compute.inventory().some(({ path }) => path.endsWith(`/snapshots/${name}`)));
    await on.cluster.deleteToNothing();
    assert.deepEqual(on.plane.cloud.compute.inventory(), [], "it goes with its cluster");
  });

  it("verify looks, and says what it saw", async () => {
    const on = await stage();
    const record = await ended(on, await command(on, { command: "verify" }));
    assert.equal(record.result, "succeeded");
    assert.match(
      record.message,
      /^\d of \d nodes are Ready; \d\d things were looked at; all is as declared$/,
    );
  });

  it("verify finds what somebody changed by hand a moment ago, before any sweep does", async () => {
    const on = await stage();
    await personAt(on.cluster).patch(path(on.cluster, "firewalls", "kubelet"), { disabled: true });
    const record = await ended(on, await command(on, { command: "verify" }));
    assert.equal(record.result, "failed");
    assert.match(record.message, /not as declared, and (is|are) put right: firewalls.update \S+-kubelet \(/);
    await watch(on);
    assert.notEqual(on.cluster.named("firewalls", "kubelet")["disabled"], true);
    const after = await ended(on, await command(on, { command: "verify" }));
    assert.equal(after.result, "succeeded", after.message);
  });

  it("of a node that is none fail with the names that there are; what is too late expires", async () => {
    const on = await stage();
    const record = await ended(on, await command(on, { command: "drain", node: "n-1" }));
    assert.equal(record.result, "failed");
    assert.match(record.message, /^there is no node n-1; the nodes are quickstart-/);
    await serveWeb(on, { maxUnavailable: 0 });
    const name = nameOf(on, 0);
    await command(on, { command: "pause" });
    const late = await command(on, { command: "drain", node: name, deadline: "2026-11-01T13:00:00Z" });
    await on.plane.clock.advance(Date.parse("2026-11-01T12:59:00Z") - on.plane.clock.nowMs());
    assert.equal((await operation(on, late)).result, "running");
    await on.plane.clock.advance(2 * MINUTE_MS);
    assert.equal((await operation(on, late)).result, "expired");
    assert.deepEqual(await cordonedNames(on), []);
  });

  for (const seed of [1, 2])
    it(`are each carried out once when the control plane dies over and over, seed ${seed} (S10, L2)`, async () => {
      const on = await stage();
      const chance = createSeededChance(seed);
      let strikes = 0;
      let isOver = false;
      const deliveries = deliver(on.plane, () => {
        if (isOver || chance.fraction() > 1 / 20) return undefined;
        strikes += 1;
        return (["crash-before", "crash-after", "lost"] as const)[Math.floor(chance.fraction() * 3)];
      });
      const [first, second] = [nameOf(on, 0), nameOf(on, 1)];
      const ids: string[] = [];
      for (const fields of [
        { command: "rotate-machine", node: first },
        { command: "restart", node: second },
        { command: "backup" },
        { command: "resize", pool: "general", value: "4" },
      ])
        ids.push(await command(on, fields));
      await deliveries.write(ID, { spec: on.spec });
      await watch(
        on,
        async () => {
          assert(on.cluster.machinesOf("general").length <= 5, "machines ≤ desired + surge (S6)");
          assert((await cordonedNames(on)).length <= 1, "one disruption at a time (S3)");
        },
        async () =>
          (await Promise.all(ids.map((id) => operation(on, id)))).every(({ result }) => result !== "running"),
      );
      isOver = true;
      deliveries.stop();
      const records = await Promise.all(ids.map((id) => operation(on, id)));
      assert.deepEqual(
        records.map(({ result }) => result),
        ["succeeded", "succeeded", "succeeded", "succeeded"],
        JSON.stringify(records),
      );
      assert(strikes > 5, `${strikes} strikes`);
      const resets = (await lines(on)).filter(({ verb }) => verb === "instances.reset");
      assert(resets.length <= 1, "a machine is reset once");
      const snapshots = on.plane.cloud.compute
        .inventory()
        .filter(({ path }) => /\/snapshots\/[^/]*-[0-9a-f]{8}$/.test(path));
      assert.equal(snapshots.length, 1);
      await watch(on);
      assert.equal(on.cluster.machinesOf("general").length, 4);
    });

  it("never undo what a person cordoned, but for an uncordon that a person asks for", async () => {
    const on = await stage();
    const name = nameOf(on, 0);
    await on.inside.patchNode(name, { spec: { unschedulable: true } });
    const id = await command(on, { command: "rotate-machine", node: name });
    await on.plane.clock.advance(10 * MINUTE_MS);
    assert.equal((await operation(on, id)).result, "running");
    assert.match(
      (await condition(on, "UpToDate")).message,
      /was cordoned by somebody else and is left alone/,
    );
    assert.equal(
      (await ended(on, await command(on, { command: "uncordon", node: name }))).result,
      "succeeded",
    );
    assert.equal((await operation(on, id)).result, "superseded");
    await watch(on);
    assert.deepEqual(await cordonedNames(on), []);
    await on.cluster.assertSettled();
  });
});
