/** The probe of an upgrade, in simulated time: no batch without it, a halt when new nodes do not pass it. */
import assert from "node:assert/strict";
import { condition, ID, isN2, lines, type Stage, serveWeb, stage, until, watch } from "./rollout-stage.ts";

/** Hours of simulated time, on a machine that others use too. */
const TIMEOUT_MS = 120_000;

const N2 = { machineType: "n2-standard-4" };
const PROBED = { upgrade: { probe: { namespace: "default", name: "web" } } };
/** No node has it: pods wait for ever. */
const NOWHERE = { "example.com/nowhere": "true" };

const newMachines = ({ cluster }: Stage) => cluster.machinesOf("general").filter(isN2).length;
const oldMachines = (on: Stage) => on.cluster.machinesOf("general").length - newMachines(on);
const taken = async (on: Stage) => (await lines(on)).filter(({ verb }) => verb === "cordon").length;
/** The deployment's pods, made anew, go to nodes with these labels alone. */
async function confineWeb({ inside }: Stage, nodeSelector: object | null): Promise<void> {
  await inside.ask({
    method: "PATCH",
    path: "/apis/apps/v1/namespaces/default/deployments/web",
    body: { spec: { template: { spec: { nodeSelector } } } },
    contentType: "application/merge-patch+json",
  });
}

describe("an upgrade with a probe", function () {
  this.timeout(TIMEOUT_MS);

  it("takes no machine while the workload is not whole, says why, and goes on when it is", async () => {
    const on = await stage(PROBED);
    await serveWeb(on, { maxUnavailable: 1 });
    await confineWeb(on, NOWHERE);
    await on.plane.write(ID, { spec: on.general({ ...PROBED, ...N2 }) });
    await until(on, async () => /the probe of pool general/.test((await condition(on, "UpToDate")).message));
    await on.plane.clock.advance(10 * 60_000);
    const { status, reason, message } = await condition(on, "UpToDate");
    assert.deepEqual([status, reason], ["False", "ProbeFailing"]);
    assert.match(message, /^\S.*waiting for the probe of pool general to pass: Deployment default\/web /i);
    assert.deepEqual([newMachines(on), await taken(on)], [0, 0]);
    await confineWeb(on, null);
    await watch(on);
    assert.equal(newMachines(on), 3);
    await on.cluster.assertSettled();
  });

  it("asks before each machine: one that has begun goes, and no other while the workload is not whole", async () => {
    const on = await stage(PROBED);
    await serveWeb(on, { maxUnavailable: 1 });
    await on.plane.write(ID, { spec: on.general({ ...PROBED, ...N2 }) });
    await until(on, async () => (await taken(on)) === 1);
    await confineWeb(on, NOWHERE);
    await on.plane.clock.advance(10 * 60_000);
    assert.equal(await taken(on), 1);
    assert.equal(oldMachines(on), 2, "what was being drained has left");
    await confineWeb(on, null);
    await watch(on);
    assert.deepEqual([newMachines(on), await taken(on)], [3, 3]);
  });

  it("halts when a new node does not pass it in time, and goes on by itself when it does", async () => {
    const on = await stage(PROBED);
    await serveWeb(on, { maxUnavailable: 1 });
    await on.plane.write(ID, { spec: on.general({ ...PROBED, ...N2 }) });
    await until(on, () => newMachines(on) === 1);
    await confineWeb(on, NOWHERE);
    await until(on, async () => (await on.cluster.status()).phase === "Blocked");
    assert.match(
      (await condition(on, "UpToDate")).message,
      /^The upgrade of pool general halted, for 1 new node is bad: with \S+ the probe fails: .*Deployment default\/web/,
    );
    assert.deepEqual([newMachines(on), await taken(on)], [1, 0]);
    await confineWeb(on, null);
    await watch(on);
    assert.equal(newMachines(on), 3);
  });

  it("is asked for nothing while nothing is upgraded", async () => {
    const on = await stage(PROBED);
    await on.plane.clock.advance(60 * 60_000);
    await on.cluster.assertSettled();
  });
});
