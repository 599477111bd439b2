/** The cluster's API falls silent: control-plane machines are restarted one at a time, for nothing else brings it back. */
import assert from "node:assert/strict";
import { sweep } from "../../shared/engine/sweep.ts";
import type { EventRecord } from "../../shared/status/cluster-status.ts";
import { PROJECT, runningCluster } from "../support/running-cluster.ts";
import { simulatedPlane } from "../support/simulated-plane.ts";

const ID = "silent";
const MINUTE_MS = 60_000;
const STEP_MS = 10_000;

async function running(replicas: number) {
  const plane = simulatedPlane();
  const spec = {
    name: ID,
    engine: "gce",
    project: PROJECT,
    region: "europe-west4",
    controlPlane: { replicas },
    nodePools: [{ name: "general", size: 1 }],
    deletionProtection: false,
  };
  const cluster = runningCluster(plane, ID, spec);
  await cluster.write(spec);
  const kubelet = (number: number) => {
    const machine = [...plane.cloud.compute.machines(PROJECT)].find(({ name }) =>
      name.endsWith(`-cp-${number}`),
    );
    assert(machine !== undefined);
    return plane.cloud.guests.clusterOf(machine)?.kubelet(machine.name) ?? assert.fail();
  };
  const beginMs = plane.clock.nowMs();
  return {
    plane,
    cluster,
    kubelet,
    /** Every boot ends in silence. */
    dies: (number: number) => {
      const stuck = kubelet(number);
      stuck.stop();
      Object.assign(stuck, { start: () => {} });
    },
    pass: async (minutes: number) => {
      for (let ms = 0; ms < minutes * MINUTE_MS; ms += STEP_MS) {
        await plane.clock.advance(STEP_MS);
        if (ms % (5 * MINUTE_MS) === 0) await sweep(plane.engine);
      }
    },
    /** `verb machine` of what was done to machines of the control plane. */
    deeds: async () => {
      const { documents } = await plane.engine.store.query<EventRecord>({ group: "events", limit: 500 });
      return documents
        .toSorted((one, other) => one.data.epoch - other.data.epoch)
        .filter(({ data }) => data.atMs > beginMs)
        .flatMap(({ data }) => data.lines)
        .filter(({ verb, key }) => /^(delete|instances\.|insert)/.test(verb) && /instances\/.*-cp-/.test(key))
        .map(({ verb, key }) => `${verb} ${key.slice(-4)}`);
    },
  };
}

describe("a control plane whose API is silent", function () {
  this.timeout(120_000);

  it("of one machine that hangs is back after that was restarted, its machine the same", async () => {
    const on = await running(1);
    const before = on.cluster.machineIds();
    on.kubelet(0).stop();
    await on.pass(29);
    assert.deepEqual(await on.deeds(), []);
    await on.pass(10);
    assert.deepEqual(await on.deeds(), ["instances.reset cp-0"]);
    await on.plane.until(ID, (status) => status?.phase === "Ready" && status.wakeAtMs === null);
    assert.deepEqual(on.cluster.machineIds(), before);
  });

  it("of one machine that never comes back is restarted four times, then a person is told", async () => {
    const on = await running(1);
    const before = on.cluster.machineIds();
    on.dies(0);
    await on.pass(14 * 60);
    assert.deepEqual(
      await on.deeds(),
      Array.from({ length: 4 }, () => "instances.reset cp-0"),
    );
    const { conditions } = await on.cluster.status();
    assert.match(
      conditions.find(({ type }) => type === "Repairing")?.message ?? "",
      /its machines were restarted 4 times: somebody must look into it/,
    );
    assert.deepEqual(on.cluster.machineIds(), before);
  });

  it("of three, two of which hang at once, comes back: fault members-hang", async () => {
    const on = await running(3);
    const before = on.cluster.machineIds();
    on.kubelet(1).stop();
    on.kubelet(2).stop();
    await on.pass(110);
    const deeds = await on.deeds();
    assert(deeds.length >= 2 && deeds.length <= 4, deeds.join());
    assert(deeds.every((deed) => deed.startsWith("instances.reset")));
    await on.plane.until(ID, (status) => status?.phase === "Ready" && status.wakeAtMs === null);
    assert.deepEqual(on.cluster.machineIds(), before);
  });
});
