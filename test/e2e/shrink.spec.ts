/** Pools shrink and go, and machines are lost, while what runs on them stays up. */
import assert from "node:assert/strict";
import { pass } from "../../shared/engine/pass.ts";
import { parseComputePath } from "../../shared/ports/compute.ts";
import {
  ID,
  isReady,
  type Line,
  lines,
  nodesOf,
  type Stage,
  serveWeb,
  stage,
  watch,
} from "./rollout-stage.ts";

describe("a pool that shrinks or goes", function () {
  this.timeout(60_000);

  it("drains the machines that are too many, then deletes exactly those", async () => {
    const on = await stage();
    const { plane, cluster } = on;
    await serveWeb(on, { minAvailable: 2 });
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
    const { plane, cluster } = on;
    await serveWeb(on, { minAvailable: 2 });
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
    const { cluster } = on;
    await serveWeb(on, { maxUnavailable: 0 });
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
    await watch(on);
    assert.equal(cluster.machinesOf("general").length, 3);
    assert(!cluster.machineIds().includes(String(first?.["id"])));
    const nodes = await nodesOf(on, "general");
    assert(nodes.length === 3 && nodes.every(isReady));
    await cluster.assertSettled();
  });
});

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
