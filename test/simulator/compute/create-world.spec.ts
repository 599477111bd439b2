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

  it("counts nothing as used once all is gone, and hands the same addresses out again", async () => {
    const bench = createBench();
    await withNetwork(bench);
    const nic = {
      subnetwork: "regions/europe-west4/subnetworks/nodes",
      accessConfigs: [{}],
      aliasIpRanges: [{ ipCidrRange: "/24", subnetworkRangeName: "pods" }],
    };
    const addresses: unknown[] = [];
    for (let round = 0; round < 2; round++) {
      const machine = await bench.make("instances", ZONAL, machineBody("m", { networkInterfaces: [nic] }));
      addresses.push((machine["networkInterfaces"] as { networkIP: string }[])[0]?.networkIP);
      await bench.drop("instances", ZONAL, "m");
    }
    await bench.drop("subnetworks", REGIONAL, "nodes");
    await bench.drop("networks", GLOBAL, "net");
    for (const region of ["global", "europe-west4"]) {
      const used = bench.cloud.world.quotas.lines(PROJECT, region).filter(({ usage }) => usage !== 0);
      assert.deepEqual(used, []);
    }
    await withNetwork(bench);
    const again = await bench.make("instances", ZONAL, machineBody("m", { networkInterfaces: [nic] }));
    assert.equal((again["networkInterfaces"] as { networkIP: string }[])[0]?.networkIP, addresses[0]);
  });

  it("replays to the letter under the same seed", async () => {
    const run = async () => {
      const bench = createBench();
      const seen: string[] = [];
      bench.cloud.onChange(({ type, path }) => seen.push(`${bench.clock.nowMs()} ${type} ${path}`));
      await withNetwork(bench);
      await bench.make("instances", ZONAL, machineBody("m"));
      await bench.drop("instances", ZONAL, "m");
      return { seen, left: bench.cloud.inventory() };
    };
    assert.deepEqual(await run(), await run());
  });
});
