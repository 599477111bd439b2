/** What befalls machines without anybody's call: announced maintenance, silence, hosts that fail for good. */
import assert from "node:assert/strict";
import type { SystemEvent } from "../../../simulator/compute/machine.ts";
import { type Bench, createBench, machineBody, PROJECT, withNetwork, ZONAL, ZONE } from "./bench-world.ts";

const MINUTE_MS = 60_000;
const path = (name: string) => `projects/${PROJECT}/zones/${ZONE}/instances/${name}`;

async function benchWith(
  names: readonly string[],
): Promise<{ readonly bench: Bench; readonly told: SystemEvent[]; readonly lived: string[] }> {
  const told: SystemEvent[] = [];
  const lived: string[] = [];
  const bench = createBench({
    hooks: {
      onSystemEvent: (event) => told.push(event),
      onBoot: ({ name }) => lived.push(`${name} boots`),
      onStop: ({ name }) => lived.push(`${name} stops`),
    },
  });
  await withNetwork(bench);
  for (const name of names) await bench.make("instances", ZONAL, machineBody(name));
  await bench.settle(MINUTE_MS);
  lived.length = 0;
  return { bench, told, lived };
}
const statusOf = (bench: Bench, name: string) => bench.get("instances", ZONAL, name)?.["status"];

describe("what befalls simulated machines", () => {
  it("shows announced maintenance on the machine, tells of it with its window, and lets it come", async () => {
    const { bench, told } = await benchWith(["m"]);
    const startMs = bench.clock.nowMs() + 10 * MINUTE_MS;
    const notice = { afterMs: 10 * MINUTE_MS, startMs, endMs: startMs + 60 * MINUTE_MS };
    bench.cloud.announce(path("m"), { ...notice, reasons: ["FAILURE_DISK"], canReschedule: true });
    const upcoming = {
      canReschedule: true,
      maintenanceReasons: ["FAILURE_DISK"],
      maintenanceStatus: "PENDING",
      type: "SCHEDULED",
    };
    const shown = bench.get("instances", ZONAL, "m")?.["resourceStatus"] as Record<string, object>;
    const { windowStartTime, windowEndTime, ...rest } = shown["upcomingMaintenance"] as Record<
      string,
      string
    >;
    assert.deepEqual(rest, upcoming);
    assert.equal(Date.parse(windowStartTime ?? ""), startMs);
    assert.equal(Date.parse(windowEndTime ?? ""), startMs + 60 * MINUTE_MS);
    assert.deepEqual(
      told.map(({ method }) => method),
      ["compute.instances.upcomingMaintenance"],
    );
    assert.deepEqual(told[0]?.metadata, { ...upcoming, windowStartTime, windowEndTime });
    await bench.settle(11 * MINUTE_MS);
    assert.equal(told.at(-1)?.method, "compute.instances.migrateOnHostMaintenance");
    assert.equal(bench.get("instances", ZONAL, "m")?.["resourceStatus"], undefined);
  });

  it("does not maintain the host of a machine that is gone by then, nor that of another of its name", async () => {
    const { bench, told } = await benchWith(["m"]);
    const startMs = bench.clock.nowMs() + 10 * MINUTE_MS;
    const notice = { afterMs: 10 * MINUTE_MS, startMs, endMs: startMs, reasons: [], canReschedule: false };
    bench.cloud.announce(path("m"), notice);
    await bench.drop("instances", ZONAL, "m");
    await bench.make("instances", ZONAL, machineBody("m"));
    await bench.settle(60 * MINUTE_MS);
    assert.deepEqual(
      told.map(({ method }) => method),
      ["compute.instances.upcomingMaintenance"],
    );
  });

  it("does not start a machine again whose host failed for good", async () => {
    const { bench, told } = await benchWith(["m"]);
    bench.cloud.hostError(path("m"), "never");
    await bench.settle(60 * MINUTE_MS);
    assert.equal(statusOf(bench, "m"), "TERMINATED");
    assert.deepEqual(
      told.map(({ method }) => method),
      ["compute.instances.hostError"],
    );
  });

  it("lets a machine fall silent while Compute Engine says that it runs, and brings it back", async () => {
    const { bench, told, lived } = await benchWith(["m"]);
    const end = bench.cloud.goDark(path("m"));
    await bench.settle(30 * MINUTE_MS);
    assert.equal(statusOf(bench, "m"), "RUNNING");
    assert.deepEqual([lived, told], [["m stops"], []]);
    end();
    assert.deepEqual(lived, ["m stops", "m boots"]);
    end();
    assert.deepEqual(lived, ["m stops", "m boots"], "once");
  });

  it("leaves a dark machine alone that somebody has restarted or deleted meanwhile", async () => {
    const { bench, lived } = await benchWith(["m", "n"]);
    const ends = ["m", "n"].map((name) => bench.cloud.goDark(path(name)));
    await bench.finish(bench.verb("instances", ZONAL, "m", "Reset").body);
    await bench.drop("instances", ZONAL, "n");
    await bench.settle(5 * MINUTE_MS);
    const before = [...lived];
    for (const end of ends) end();
    assert.deepEqual(lived, before);
    assert.equal(lived.filter((one) => one === "m boots").length, 1);
  });
});
