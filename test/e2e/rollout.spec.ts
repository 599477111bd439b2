/** Machines are replaced, and pools shrink and go, while what runs on them stays up. */
import assert from "node:assert/strict";
import { type InsideCluster, insideCluster } from "../support/inside-cluster.ts";
import { type Running, runningCluster } from "../support/running-cluster.ts";
import { type SimulatedPlane, simulatedPlane } from "../support/simulated-plane.ts";
import { exampleDocument } from "../support/specs.ts";

const ID = "quickstart";
const STEP_MS = 1_000;
const LIMIT_MS = 60 * 60_000;

type Spec = Record<string, unknown> & { nodePools: readonly Record<string, unknown>[] };

interface Stage {
  readonly plane: SimulatedPlane;
  readonly cluster: Running;
  readonly inside: InsideCluster;
  readonly spec: Spec;
  /** The pool general with changes. */
  readonly general: (changes: object) => Spec;
}

/** The quickstart with three machines in its pool general, running. */
async function stage(changes: object = {}): Promise<Stage> {
  const plane = simulatedPlane();
  const document = exampleDocument("quickstart") as Spec;
  const [general, batch] = document.nodePools;
  const withGeneral = (more: object): Spec => ({
    ...document,
    nodePools: [{ ...general, size: 3, ...changes, ...more }, batch ?? {}],
  });
  const spec = withGeneral({});
  const cluster = runningCluster(plane, ID, spec);
  await cluster.write(spec);
  await cluster.assertSettled();
  return { plane, cluster, inside: await insideCluster(plane, ID), spec, general: withGeneral };
}

/** Lets time pass until the cluster has come to rest with this spec, looking at every step. */
async function watch(
  { plane, cluster }: Stage,
  look: () => Promise<void> | void,
  done: () => Promise<boolean> | boolean = async () => {
    const { phase, readyGeneration, generation } = await cluster.status();
    return phase === "Ready" && readyGeneration === generation;
  },
): Promise<void> {
  const endMs = plane.clock.nowMs() + LIMIT_MS;
  while (!(await done())) {
    assert(
      plane.clock.nowMs() < endMs,
      `not done: ${JSON.stringify(await cluster.status(), null, 1)}\n${plane.complaints.join("\n")}`,
    );
    await plane.clock.advance(STEP_MS);
    await look();
  }
}

async function condition({ cluster }: Stage, type: string): Promise<{ status: string; message: string }> {
  const found = (await cluster.status()).conditions.find((one) => one.type === type);
  assert(found !== undefined);
  return found;
}

const machineTypeOf = (machine: Readonly<Record<string, unknown>>) =>
  String(machine["machineType"]).split("/").at(-1);
const isReady = (node: Readonly<Record<string, unknown>>) =>
  (node["status"] as { conditions?: { type: string; status: string }[] }).conditions?.some(
    ({ type, status }) => type === "Ready" && status === "True",
  );

describe("a pool's machines", function () {
  this.timeout(60_000);

  it("are replaced one by one when their type changes, new ones first, and workloads stay up (S3, S6, S16)", async () => {
    const on = await stage();
    const { plane, cluster, inside } = on;
    await inside.deployment("web", 3);
    await inside.budget("web", "web", { minAvailable: 2 });
    await watch(
      on,
      () => {},
      async () => (await inside.readyPods("web")) === 3,
    );
    const before = new Set(cluster.machinesOf("general").map(({ name }) => name));
    const messages = new Set<string>();
    await plane.write(ID, { spec: on.general({ machineType: "n2-standard-4" }) });
    await watch(on, async () => {
      const machines = cluster.machinesOf("general");
      const nodes = await cluster.nodesOf("general");
      const cordoned = nodes.filter(({ spec }) => spec.unschedulable === true);
      assert(machines.length <= 4, "machines ≤ desired + surge (S6)");
      assert(cordoned.length <= 1, "one disruption at a time (S3)");
      const serving = nodes.filter((node) => isReady(node) && node["spec"].unschedulable !== true);
      assert(serving.length >= 3, `only ${serving.length} nodes serve`);
      assert((await inside.readyPods("web")) >= 2, "the budget holds (S16)");
      messages.add((await condition(on, "UpToDate")).message);
    });
    const after = cluster.machinesOf("general");
    assert.deepEqual(after.map(machineTypeOf), ["n2-standard-4", "n2-standard-4", "n2-standard-4"]);
    assert(
      after.every(({ name }) => !before.has(name)),
      "each machine is another one",
    );
    await cluster.assertSettled();
    for (const part of [
      /^pool general gets 1 machine more while 3 of its 3 are replaced\.$/,
      /^0 of 3 machines of pool general replaced; waiting for \S+ to join\.$/,
      /^1 of 3 machines of pool general replaced; waiting for node \S+ to be drained, since \S+: pod default\/web-\S+ is terminating\.$/,
      /^2 of 3 machines of pool general replaced; waiting for machine \S+ to be deleted\.$/,
    ])
      assert([...messages].some((message) => part.test(message)), `${part} in ${[...messages].join("\n")}`);
  });
});
