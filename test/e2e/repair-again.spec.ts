/** Machines that are mended and fail again, over hours: what helps for a while only is not done for ever. */
import assert from "node:assert/strict";
import { RESTARTS_A_DAY_MAX } from "../../shared/nodes/ladder.ts";
import { type RepairStage, repairStage, said, settles } from "./repair-stage.ts";
import { lines } from "./rollout-stage.ts";

const resets = async (on: RepairStage) =>
  (await on.deeds()).filter((deed) => deed.startsWith("instances.reset "));
/** Lets a node that is heard fall silent. */
function hang(on: RepairStage, name: string): void {
  if (on.plane.cloud.guests.clusterOf(on.machine(name))?.kubelet(name) !== undefined) on.kubelet(name).hang();
}

describe("a machine that hangs again after each repair", function () {
  this.timeout(180_000);

  it("every 65 minutes is restarted a few times, then replaced, and the one in its place is restarted no more that day", async () => {
    const on = await repairStage();
    const [name = "", ...others] = on.names();
    for (let again = 0; again < RESTARTS_A_DAY_MAX; again += 1) {
      hang(on, name);
      await on.pass(65);
      assert.equal((await resets(on)).length, again + 1);
    }
    hang(on, name);
    await on.until(60, () => !on.names().includes(name));
    assert.equal((await resets(on)).length, RESTARTS_A_DAY_MAX, "not restarted a fourth time");
    const told = (await lines(on)).findLast(({ verb }) => verb.endsWith("deleteInstances"))?.message ?? "";
    assert.match(told, /; 3 restarts within a day did not help for long/);
    await settles(on);
    const newcomer = on.names().find((one) => !others.includes(one)) ?? "";
    hang(on, newcomer);
    await on.until(90, () => !on.names().includes(newcomer));
    assert.equal((await resets(on)).length, RESTARTS_A_DAY_MAX);
    await settles(on);
    assert.equal(on.names().length, 3);
  });

  it("is replaced after longer and longer waits when those in its place fail at once, and the status says so", async () => {
    const on = await repairStage({ repair: { ladder: ["recreate"] } });
    const well = new Set(on.names().slice(1));
    let waited = "";
    await on.pass(120, async () => {
      for (const name of on.names()) if (!well.has(name)) hang(on, name);
      const repairing = await said(on);
      if (repairing?.reason === "RetryLater") waited = repairing.message;
    });
    const gone = (await on.deeds()).filter((deed) => deed.includes("deleteInstances")).length;
    assert(gone >= 3 && gone <= 5, `${gone} were replaced within two hours`);
    assert.match(
      waited,
      /the next try to replace \S+ at \S+, for \d machines before it in its place failed too within a day/,
    );
    assert(
      [...well].every((name) => on.names().includes(name)),
      "no other one went",
    );
    const { care } = await on.cluster.status();
    assert.equal(care?.repairs.length, 1, "one slot, one line");
    assert.equal(care?.repairs[0]?.earlierMs?.length, gone - 1);
  });
});
