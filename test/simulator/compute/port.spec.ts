import { computePath } from "../../../shared/ports/compute.ts";
import { createSeededChance } from "../../../simulator/chance.ts";
import { createVirtualClock } from "../../../simulator/clock.ts";
import { createComputeWorld } from "../../../simulator/compute/create-world.ts";
import { computePort } from "../../../simulator/compute/port.ts";
import { describeCompute } from "../../contract/compute.ts";
import type { ComputeHarness } from "../../contract/compute-steps.ts";

const STARTED_MS = Date.UTC(2026, 7, 24, 12);
const OPERATION_MS = 600_000;

async function open(): Promise<ComputeHarness> {
  const clock = createVirtualClock(STARTED_MS);
  const project = "acme-test";
  const cloud = createComputeWorld({
    clock,
    chance: createSeededChance(3),
    projects: [project],
    rates: { mutations: 10_000 },
  });
  const compute = computePort(cloud.service);
  return {
    compute,
    project,
    region: "europe-west4",
    zone: "europe-west4-a",
    async finished(operation) {
      const path = (operation.selfLink ?? "").replace(/^.*\/(?=projects\/)/, "");
      let done = false;
      cloud.onOperationDone(path, () => {
        done = true;
      });
      await clock.runUntil(() => done, { untilMs: clock.nowMs() + OPERATION_MS });
      const [read] = await compute.operations(project, [path]);
      return read ?? operation;
    },
    pass: (ms) => clock.advance(ms),
    loseNextResponse: () => cloud.faults.add({ kind: "lost-response", times: 1 }),
    write: (instance, line) => cloud.machine(computePath(instance))?.console.write(line),
    close: async () => {},
  };
}

describeCompute("Compute in process, on the simulated Compute Engine", open);
