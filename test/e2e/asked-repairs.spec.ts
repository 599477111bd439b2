/** A repair that somebody asks for looks first, then goes up the ladder at once. */
import assert from "node:assert/strict";
import { explainCommand } from "../../shared/engine/explain-command.ts";
import { readCommand } from "../../shared/status/command.ts";
import { command, ended, operation } from "./command-stage.ts";
import { type RepairStage, repairStage, settles } from "./repair-stage.ts";
import { causes, ID, isCordoned, nodesOf } from "./rollout-stage.ts";

const MINUTE_MS = 60_000;

/** @returns its sentences, or why it is refused */
async function dryRun(on: RepairStage, fields: object): Promise<string> {
  const read = readCommand({ cluster: ID, command: "repair", reason: "a test", ...fields });
  assert(read.ok);
  const explained = await explainCommand(on.plane.engine, read.command, { by: "alice@example.com" });
  return "plan" in explained ? explained.plan.join(" ") : explained.message;
}

/** It runs, and its node says nothing any more; noticed, but not for long enough. */
async function silent(on: RepairStage, name: string): Promise<void> {
  on.kubelet(name).hang();
  await on.until(7, async () => {
    const nodes = await nodesOf(on, "general");
    const conditions = (node: (typeof nodes)[number]) =>
      (node["status"] as { conditions?: { type: string; status: string }[] }).conditions ?? [];
    const found = nodes.find(({ metadata }) => metadata.name === name);
    return (
      found !== undefined &&
      conditions(found).some(({ type, status }) => type === "Ready" && status === "Unknown")
    );
  });
  assert.deepEqual(await on.deeds(), []);
}

describe("a repair that somebody asks for", function () {
  this.timeout(120_000);

  it("restarts a silent machine at once, and is done when it is well again", async () => {
    const on = await repairStage();
    const [name = ""] = on.names();
    await silent(on, name);
    assert.match(
      await dryRun(on, { node: name }),
      new RegExp(
        `^What speaks against machine ${name}: node ${name} has been silent since \\S+\\. It is restarted now`,
      ),
    );
    const askedMs = on.plane.clock.nowMs();
    const id = await command(on, { command: "repair", node: name });
    await on.until(1, async () => (await on.deeds()).length > 0);
    assert.deepEqual(await on.deeds(), [`instances.reset ${name}`]);
    assert(on.plane.clock.nowMs() - askedMs < MINUTE_MS, "without waiting for repair.after");
    const record = await ended(on, id);
    assert.deepEqual(
      [record.result, record.message],
      ["succeeded", `machine ${name} is well again, and its node is Ready`],
    );
    assert.deepEqual(await causes(on), ["command"]);
    await settles(on);
    assert.deepEqual(await on.deeds(), [`instances.reset ${name}`], "and nothing else was done");
  });

  it("replaces a machine that a restart does not help, and says that another one is in its place", async () => {
    const on = await repairStage();
    const [name = ""] = on.names();
    await silent(on, name);
    const stuck = on.kubelet(name);
    const start = stuck.start.bind(stuck);
    Object.assign(stuck, {
      start: () => {
        start();
        stuck.hang();
      },
    });
    const id = await command(on, { command: "repair", node: name });
    const record = await ended(on, id);
    assert.deepEqual(
      [record.result, record.message],
      ["succeeded", `machine ${name} is gone, and its pool has another in its place`],
    );
    const { care } = await on.cluster.status();
    assert.deepEqual(
      care?.repairs.map(({ step }) => step),
      ["restart", "recreate"],
    );
    await settles(on);
    assert.equal(on.names().length, 3);
  });

  it("leaves a machine alone that nothing speaks against; forced, it is drained and replaced", async () => {
    const on = await repairStage();
    const [name = ""] = on.names();
    const refused = `nothing speaks against machine ${name}, whose node is Ready; to replace it all the same, add --force (force: true), or rotate it`;
    assert.equal(await dryRun(on, { node: name }), refused);
    const record = await ended(on, await command(on, { command: "repair", node: name }));
    assert.deepEqual([record.result, record.message], ["failed", refused]);
    assert.deepEqual(await on.deeds(), []);
    assert.match(
      await dryRun(on, { node: name, force: true }),
      new RegExp(
        `^Machine ${name} is replaced by another one, whatever speaks against it; before it goes, its pods are evicted`,
      ),
    );
    const forced = await ended(on, await command(on, { command: "repair", node: name, force: true }));
    assert.equal(forced.result, "succeeded");
    assert(!on.names().includes(name));
    assert.deepEqual(forced.request, { command: "repair", node: name, reason: "a test", force: true });
    await settles(on);
  });

  it("fails where the ladder has nothing more, and names the way out", async () => {
    const on = await repairStage({ repair: { ladder: ["restart"] } });
    const [name = ""] = on.names();
    await silent(on, name);
    const stuck = on.kubelet(name);
    Object.assign(stuck, { start: () => {} });
    const record = await ended(on, await command(on, { command: "repair", node: name }));
    assert.equal(record.result, "failed");
    assert.match(record.message, /^all of its pool's repair\.ladder was tried, and node \S+ has been silent/);
    assert.match(record.message, /add --force/);
  });

  it("waits while the cluster is paused", async () => {
    const on = await repairStage();
    const [name = ""] = on.names();
    await silent(on, name);
    await ended(on, await command(on, { command: "pause" }));
    const id = await command(on, { command: "repair", node: name });
    await on.pass(20);
    assert.deepEqual(await on.deeds(), []);
    assert.equal((await operation(on, id)).result, "running");
    await command(on, { command: "resume" });
    assert.equal((await ended(on, id)).result, "succeeded");
    assert.deepEqual((await nodesOf(on, "general")).filter(isCordoned), []);
  });
});
