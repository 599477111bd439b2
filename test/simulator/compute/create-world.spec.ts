import assert from "node:assert/strict";
import {
  createBench,
  GLOBAL,
  machineBody,
  PROJECT,
  REGIONAL,
  withNetwork,
  ZONAL,
  ZONE,
} from "./bench-world.ts";

describe("simulated Compute Engine", () => {
  it("brings up a machine in a network and takes all of it down again", async () => {
    const boots: string[] = [];
    const bench = createBench({ hooks: { onBoot: (machine) => boots.push(machine.path) } });
    await withNetwork(bench);
    const machine = await bench.make("instances", ZONAL, machineBody("m-1", { labels: { app: "x" } }));
    assert.equal(machine["status"], "RUNNING");
    assert.deepEqual(boots, []);
    await bench.settle(60_000);
    assert.deepEqual(boots, [`projects/${PROJECT}/zones/${ZONE}/instances/m-1`]);
    await bench.drop("instances", ZONAL, "m-1");
    await bench.drop("subnetworks", REGIONAL, "nodes");
    await bench.drop("networks", GLOBAL, "net");
    assert.deepEqual(bench.cloud.inventory(), []);
  });
});
