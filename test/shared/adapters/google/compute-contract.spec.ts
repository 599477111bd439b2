/** The contract of every Compute, through Google's client and the wire over the simulated world. */
import { createCallMeter } from "../../../../shared/adapters/google/call-meter.ts";
import { createGoogleCompute, type GoogleCompute } from "../../../../shared/adapters/google/compute.ts";
import { computePath } from "../../../../shared/ports/compute.ts";
import { createSeededChance } from "../../../../simulator/chance.ts";
import { createVirtualClock, type VirtualClock } from "../../../../simulator/clock.ts";
import { type ComputeWorld, createComputeWorld } from "../../../../simulator/compute/create-world.ts";
import { describeCompute } from "../../../contract/compute.ts";
import { type Rig, START_MS, startRig } from "../../../simulator/wire/rig.ts";

const PROJECT = "acme-test";
const OPERATION_MS = 600_000;
const CALLS_A_MINUTE = 1_000_000;
const UNLIMITED = {
  mutations: CALLS_A_MINUTE,
  reads: CALLS_A_MINUTE,
  lists: CALLS_A_MINUTE,
  "heavy reads": CALLS_A_MINUTE,
  "operation reads": CALLS_A_MINUTE,
};

describe("Compute through Google's client", () => {
  // One wire and one set of clients for all tests, since clients are slow to make; a world for each test.
  let clock: VirtualClock;
  let world: ComputeWorld;
  let rig: Rig;
  let compute: GoogleCompute;
  before(async () => {
    rig = await startRig({ compute: (call) => world.service(call) });
    const delegate = {
      nowMs: () => clock.nowMs(),
      after: (ms: number, run: () => void) => clock.after(ms, run),
    };
    const meter = createCallMeter(delegate, UNLIMITED);
    compute = createGoogleCompute({ clock: delegate, endpoint: rig.wire.url, meter });
  });
  after(async () => {
    await compute.close();
    await rig.wire.close();
  });

  describeCompute("on the simulated Compute Engine, over the wire", async () => {
    clock = createVirtualClock(START_MS);
    world = createComputeWorld({
      clock,
      chance: createSeededChance(3),
      projects: [PROJECT],
      rates: { mutations: CALLS_A_MINUTE },
    });
    return {
      compute,
      project: PROJECT,
      region: "europe-west4",
      zone: "europe-west4-a",
      async finished(operation) {
        const path = (operation.selfLink ?? "").replace(/^.*\/(?=projects\/)/, "");
        let done = false;
        world.onOperationDone(path, () => {
          done = true;
        });
        await clock.runUntil(() => done, { untilMs: clock.nowMs() + OPERATION_MS });
        const [read] = await compute.operations(PROJECT, [path]);
        return read ?? operation;
      },
      pass: (ms) => clock.advance(ms),
      loseNextResponse: () => world.faults.add({ kind: "lost-response", times: 1 }),
      write: (instance, line) => world.machine(computePath(instance))?.console.write(line),
      close: async () => {},
    };
  });
});
