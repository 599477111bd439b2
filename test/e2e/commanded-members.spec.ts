/** Control-plane machines by command: one at a time, as far as etcd's quorum allows, and the members that they were. */
import assert from "node:assert/strict";
import { explainCommand } from "../../shared/engine/explain-command.ts";
import { readCommand } from "../../shared/status/command.ts";
import { PROJECT } from "../support/running-cluster.ts";
import { command, ended, operation } from "./command-stage.ts";
import { type UpgradeStage, upgradeStage, watch } from "./upgrade-stage.ts";

const MINUTE_MS = 60_000;

async function staged(replicas: number) {
  const on = await upgradeStage({ replicas });
  const { compute, guests } = on.plane.cloud;
  const member = (number: number) => {
    const found = [...compute.machines(PROJECT)].find(({ name }) => name.endsWith(`-cp-${number}`));
    assert(found !== undefined);
    return found;
  };
  const kubelet = (number: number) => {
    const found = guests.clusterOf(member(number))?.kubelet(member(number).name);
    assert(found !== undefined);
    return found;
  };
  const well = () => on.kubernetes.etcd.members().filter(({ running }) => running).length;
  return { ...on, id: "shop", member, kubelet, well };
}
type Staged = Awaited<ReturnType<typeof staged>>;

const etcdMembers = ({ kubernetes }: Staged) =>
  kubernetes.etcd.members().map(({ id, name }) => ({ id, name }));
const cordoned = async ({ inside }: UpgradeStage) =>
  (await inside.list("/api/v1/nodes")).filter(({ spec }) => spec.unschedulable === true).length;

async function dryRun(on: Staged, fields: object): Promise<string> {
  const read = readCommand({ cluster: "shop", reason: "a test", ...fields });
  assert(read.ok);
  const explained = await explainCommand(on.plane.engine, read.command, { by: "alice@example.com" });
  return "plan" in explained ? explained.plan.join(" ") : explained.message;
}
async function rests(on: Staged): Promise<void> {
  await on.plane.until("shop", (status) => status?.phase === "Ready" && status.wakeAtMs === null);
  await on.cluster.assertSettled();
}

describe("a control-plane machine by command", function () {
  this.timeout(120_000);

  it("is made anew by rotate as an upgrade makes it anew, and is the etcd member that it was", async () => {
    const on = await staged(3);
    const { name, id: before } = on.member(1);
    const members = etcdMembers(on);
    assert.match(
      await dryRun(on, { command: "rotate-machine", node: name }),
      /^Control-plane machine \S+-cp-1 is made anew with its disk and its address: .* The Kubernetes API answers all the while\.$/,
    );
    const both = [
      await command(on, { command: "rotate-machine", node: name }),
      await command(on, { command: "restart", node: on.member(2).name }),
    ];
    let least = 3;
    await watch(
      on,
      () => {
        least = Math.min(least, on.well());
      },
      async () =>
        (await Promise.all(both.map((one) => operation(on, one)))).every(
          ({ result }) => result !== "running",
        ),
    );
    assert.deepEqual(
      (await Promise.all(both.map((one) => operation(on, one)))).map(
        ({ result, message }) => `${result}: ${message}`,
      ),
      [
        `succeeded: control-plane machine ${name} was made anew, with its disk and its address`,
        `succeeded: control-plane machine ${on.member(2).name} was restarted and is well`,
      ],
    );
    assert.equal(least, 2, "one at a time (S5)");
    assert.notEqual(on.member(1).id, before);
    assert.deepEqual(etcdMembers(on), members);
    const log = await on.log(1);
    assert(
      log.some((line) => /^insert etcd-1-snapshot: /.test(line)),
      "its disk is snapshotted first",
    );
    await rests(on);
    assert.equal(await cordoned(on), 0);
  });

  it("passes a closed maintenance window, for somebody asked for exactly that", async () => {
    const on = await staged(1);
    const windows = [{ start: "2026-12-05T02:00", duration: "4h" }];
    await on.cluster.write(on.spec({ more: { maintenance: { windows } } }));
    const { name, id: before } = on.member(0);
    assert.match(
      await dryRun(on, { command: "rotate-machine", node: name }),
      /It is the only one: the Kubernetes API does not answer until it is back\./,
    );
    const record = await ended(on, await command(on, { command: "rotate-machine", node: name }));
    assert.equal(record.result, "succeeded", record.message);
    assert.notEqual(on.member(0).id, before);
    await rests(on);
  });

  it("is restarted, the only one too, and keeps its machine", async () => {
    const on = await staged(1);
    const { name, id: before } = on.member(0);
    const boot = () => on.kubelet(0);
    assert(boot().isOn());
    const record = await ended(on, await command(on, { command: "restart", node: name }));
    assert.deepEqual(
      [record.result, record.message],
      ["succeeded", `control-plane machine ${name} was restarted and is well`],
    );
    assert.equal(on.member(0).id, before);
    const resets = (await on.log(1)).filter((line) => line.startsWith("instances.reset"));
    assert.equal(resets.length, 1);
    await rests(on);
  });

  it("is repaired at once when it is silent, left alone when it is well, and never so that etcd loses its quorum", async () => {
    const on = await staged(3);
    const well = on.member(0).name;
    const refused = await ended(on, await command(on, { command: "repair", node: well }));
    assert.equal(refused.result, "failed");
    assert.match(
      refused.message,
      /^nothing speaks against control-plane machine \S+-cp-0, which is well; to have it/,
    );
    on.kubelet(1).stop();
    await on.plane.clock.advance(2 * MINUTE_MS);
    const blocked = await command(on, { command: "restart", node: well });
    const { id: before, name } = on.member(1);
    const repaired = await ended(on, await command(on, { command: "repair", node: name }));
    assert.deepEqual(
      [repaired.result, repaired.message],
      ["succeeded", `control-plane machine ${name} is well again`],
    );
    assert.equal(on.member(1).id, before, "a restart was enough");
    assert.equal((await ended(on, blocked)).result, "succeeded", "then it was the turn of the other one");
    const resets = (await on.log(1)).filter((line) => line.startsWith("instances.reset"));
    assert.deepEqual(
      resets.map((line) => line.slice(0, "instances.reset cp-1".length)),
      ["instances.reset cp-1", "instances.reset cp-0"],
    );
    await rests(on);
  });

  it("stays cordoned by command until somebody takes that back, and is not kept empty", async () => {
    const on = await staged(3);
    const { name } = on.member(1);
    const drained = await ended(on, await command(on, { command: "drain", node: name }));
    assert.match(drained.message, /is a control-plane machine, which is not kept empty: cordon it/);
    await ended(on, await command(on, { command: "cordon", node: name }));
    await on.plane.clock.advance(10 * MINUTE_MS);
    assert.equal(await cordoned(on), 1);
    const record = await ended(on, await command(on, { command: "uncordon", node: name }));
    assert.equal(record.result, "succeeded");
    assert.equal(await cordoned(on), 0);
    await rests(on);
  });
});
