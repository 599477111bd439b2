/** How pools are upgraded besides the plain surge, in simulated time: canaries, gates, rollbacks, a second set of machines. */
import assert from "node:assert/strict";
import { operationRecordPath } from "../../shared/engine/paths.ts";
import type { OperationRecord } from "../../shared/status/cluster-status.ts";
import { createSeededChance } from "../../simulator/chance.ts";
import { computePort } from "../../simulator/compute/port.ts";
import { deliver } from "../support/redelivery.ts";
import { PROJECT } from "../support/running-cluster.ts";
import {
  condition,
  ID,
  isCordoned,
  isN2,
  isServing,
  ledger,
  lines,
  nodesOf,
  type Stage,
  serveWeb,
  stage,
  until,
  watch,
} from "./rollout-stage.ts";

/** Hours of simulated time, on a machine that others use too. */
const TIMEOUT_MS = 120_000;

const N2 = { machineType: "n2-standard-4" };

/** An image that is not what it says it is: its machines find no boot data that they could read. */
const BROKEN = "broken";
async function makeBrokenImage({ plane }: Stage): Promise<void> {
  await computePort(plane.cloud.compute.service).insert(
    { kind: "images", project: PROJECT, scope: "global", name: BROKEN },
    {
      name: BROKEN,
      labels: { "clusterwright-os": "flatcar" },
      sourceImage: "projects/debian-cloud/global/images/family/debian-13",
    } as never,
    "00000000-0000-4000-8000-000000000009",
  );
}
const TO_BROKEN = { os: "debian-13", image: BROKEN };

const names = ({ cluster }: Stage) => new Set(cluster.machinesOf("general").map(({ name }) => String(name)));

describe("an upgrade whose new node never becomes a node", function () {
  this.timeout(TIMEOUT_MS);

  it("halts at the first one, says why, and touches no node that serves", async () => {
    const on = await stage({ upgrade: { maxSurge: 3 } });
    await makeBrokenImage(on);
    const before = names(on);
    await on.plane.write(ID, { spec: on.general(TO_BROKEN) });
    await watch(
      on,
      async () => {
        assert(on.cluster.machinesOf("general").length <= 4, "one is tried first, whatever the surge");
        assert.equal((await nodesOf(on, "general")).filter(isCordoned).length, 0);
      },
      async () => (await on.cluster.status()).phase === "Blocked",
    );
    assert.match(
      (await condition(on, "UpToDate")).message,
      /^The upgrade of pool general halted, for 1 new node is bad: \S+ never joined\. Change the pool's spec/,
    );
    assert([...before].every((name) => names(on).has(name)));
    await on.plane.write(ID, { spec: on.general(N2) });
    await watch(on);
    assert(on.cluster.machinesOf("general").every(isN2), "another template is tried");
    await on.cluster.assertSettled();
  });

  it("goes back by itself where the spec says so, stays there, and another edit is tried", async () => {
    const on = await stage({ upgrade: { onFailure: "rollback" } });
    await makeBrokenImage(on);
    const before = names(on);
    await on.plane.write(ID, { spec: on.general(TO_BROKEN) });
    await until(on, async () => /rolled back/.test((await condition(on, "UpToDate")).message));
    await until(on, () => names(on).size === 3);
    await on.plane.clock.advance(60 * 60_000);
    assert.deepEqual(names(on), before, "the machines are those that were there before");
    const { message, status } = await condition(on, "UpToDate");
    assert.equal(status, "False");
    assert.match(
      message,
      /^Pool general was rolled back to its last good template \S+, for 1 new node is bad: \S+ never joined\. Change the pool's spec and it is tried again\.$/,
    );
    assert.equal((await condition(on, "Ready")).status, "True");
    const halted = (await lines(on)).filter(({ verb }) => verb === "halted");
    assert.deepEqual(
      halted.map((line) => line.message),
      [message],
      "it is told once, and not that the generation is Ready",
    );
    const { uid } = await on.cluster.status();
    const operation = await on.plane.engine.store.get<OperationRecord>(
      operationRecordPath(ID, uid, "update-2"),
    );
    assert.deepEqual([operation?.data.result, operation?.data.message], ["failed", message]);
    await on.plane.write(ID, { spec: on.general(N2) });
    await watch(on);
    assert(on.cluster.machinesOf("general").every(isN2));
    await on.cluster.assertSettled();
  });
});

describe("a blue-green upgrade", function () {
  this.timeout(TIMEOUT_MS);

  const blueGreen = (changes: object = {}) => ({
    upgrade: { strategy: "blue-green", blueGreen: { batch: 1, batchSoak: "2m", soak: "10m", ...changes } },
  });
  const drained = async (on: Stage) =>
    (await nodesOf(on, "general")).filter(
      ({ metadata }) => metadata.annotations?.["clusterwright.dev/drained-since"] !== undefined,
    ).length;

  it("doubles the pool, cordons the old, drains them in batches, keeps them, and lets them go (S3, S6, S16)", async () => {
    const on = await stage(blueGreen());
    const { plane, cluster, inside } = on;
    await serveWeb(on, { minAvailable: 2 });
    await plane.write(ID, { spec: on.general(N2) });
    const told = new Set<string>();
    const counts: number[] = [];
    await watch(on, async () => {
      assert(cluster.machinesOf("general").length <= 6, "machines ≤ twice the size (S6)");
      assert((await inside.readyPods("web")) >= 2, "the budget holds (S16)");
      assert((await nodesOf(on, "general")).filter(isServing).length >= 3, "a whole set serves");
      counts.push(cluster.machinesOf("general").length);
      told.add((await condition(on, "UpToDate")).message);
    });
    assert(cluster.machinesOf("general").every(isN2));
    assert.deepEqual([...new Set(counts)], [3, 4, 6, 5]);
    await cluster.assertSettled();
    for (const part of [
      /^pool general gets 1 machine more while 3 of its 3 are replaced\.$/,
      /^1 of 3 new nodes of pool general serve, 0 of 3 old ones are drained; waiting for node \S+ to be well until /,
      /^3 of 3 new nodes of pool general serve, 1 of 3 old ones are drained; waiting for the next batch of pool general, at /,
      /^3 of 3 new nodes of pool general serve, 3 of 3 old ones are drained; waiting for the old machines of pool general, kept until \S+ for a way back, to go\.$/,
    ])
      assert(
        [...told].some((message) => part.test(message)),
        `${part} in ${[...told].join("\n")}`,
      );
    const done = (await lines(on)).filter(({ key }) => /general/.test(key)).map(({ verb }) => verb);
    const order = ["instanceGroupManagers.resize", "prove", "cordon", "drained"];
    const firsts = order.map((verb) => done.indexOf(verb));
    assert.deepEqual(
      firsts,
      firsts.toSorted((one, other) => one - other),
      order.join(" before "),
    );
  });

  it("that is taken back puts the pods back where they were, on the machines that were kept", async () => {
    const on = await stage(blueGreen({ batchSoak: "0s", soak: "1h" }));
    const { plane, cluster, inside } = on;
    await serveWeb(on, { minAvailable: 2 });
    const before = names(on);
    await plane.write(ID, { spec: on.general(N2) });
    await until(on, async () => (await drained(on)) === 3);
    await plane.clock.advance(10 * 60_000);
    assert.equal(cluster.machinesOf("general").length, 6, "the old ones are kept");
    await plane.write(ID, { spec: on.general(blueGreen({ batchSoak: "0s", soak: "1m" })) });
    await watch(on, async () => assert((await inside.readyPods("web")) >= 2, "the budget holds (S16)"));
    assert.deepEqual(names(on), before);
    assert.equal(await drained(on), 0, "no mark is left on them");
    await cluster.assertSettled();
  });

  it("goes back by itself when the new nodes fall ill while the old ones are kept", async () => {
    const { upgrade } = blueGreen({ batchSoak: "0s", soak: "2h" });
    const on = await stage({ upgrade: { ...upgrade, onFailure: "rollback", readyTimeout: "5m" } });
    const { plane } = on;
    const before = names(on);
    await plane.write(ID, { spec: on.general(N2) });
    await until(on, async () => (await drained(on)) === 3);
    const fresh = [...names(on)].filter((name) => !before.has(name));
    const machine = [...plane.cloud.compute.machines(PROJECT)].find(({ name }) => name === fresh[0]);
    assert(machine !== undefined);
    plane.cloud.guests.clusterOf(machine)?.kubelet(machine.name)?.stop();
    await until(on, async () => /rolled back/.test((await condition(on, "UpToDate")).message));
    await until(on, async () => (await nodesOf(on, "general")).filter(isServing).length >= 3);
    const serving = (await nodesOf(on, "general")).filter(isServing).map(({ metadata }) => metadata.name);
    assert(
      [...before].every((name) => serving.includes(name)),
      "the old ones serve again",
    );
  });

  for (const seed of [1, 2]) {
    it(`comes to the same end when the control plane dies over and over, seed ${seed}`, async () => {
      const on = await stage({ size: 2, ...blueGreen({ batchSoak: "1m", soak: "3m" }) });
      const { plane, cluster, inside } = on;
      await serveWeb(on, { minAvailable: 2 });
      const chance = createSeededChance(seed);
      let strikes = 0;
      const isOver = () => names(on).size === 2 && cluster.machinesOf("general").every(isN2);
      const deliveries = deliver(plane, () => {
        if (isOver() || chance.fraction() > 1 / 20) return undefined;
        strikes += 1;
        return (["crash-before", "crash-after", "lost"] as const)[Math.floor(chance.fraction() * 3)];
      });
      await deliveries.write(ID, { spec: on.general(N2) });
      await watch(on, async () => {
        assert(cluster.machinesOf("general").length <= 4, "machines ≤ twice the size (S6)");
        assert((await inside.readyPods("web")) >= 2, "the budget holds (S16)");
      });
      deliveries.stop();
      assert(strikes > 5, `${strikes} strikes`);
      assert(isOver());
    });
  }
});

describe("a limit over all pools", function () {
  this.timeout(TIMEOUT_MS);

  it("holds for a blue-green upgrade too, whose old nodes are all cordoned but drained one at a time", async () => {
    const blueGreen = { batch: 3, soak: "1m" };
    const on = await stage({ upgrade: { strategy: "blue-green", blueGreen } });
    const limited = { ...on.general(N2), maintenance: { maxDisruptions: 1 } };
    await on.plane.write(ID, { spec: limited });
    let most = 0;
    await watch(on, async () => {
      const entries = await ledger(on);
      const going = entries.filter(({ state }) => state === "draining" || state === "leaving").length;
      most = Math.max(most, going);
    });
    assert.equal(most, 1);
    await on.cluster.assertSettled();
  });

  it("lets one node at a time go, whichever pool it is of", async () => {
    const on = await stage({ size: 2 });
    const [general] = on.spec.nodePools;
    const pools = (changes: object) => ({
      ...on.spec,
      maintenance: { maxDisruptions: 1 },
      nodePools: [
        { ...general, ...changes },
        { ...general, name: "second", ...changes },
      ],
    });
    await on.cluster.write(pools({}));
    await on.cluster.assertSettled();
    await on.plane.write(ID, { spec: pools(N2) });
    const told = new Set<string>();
    await watch(on, async () => {
      const nodes = [...(await nodesOf(on, "general")), ...(await nodesOf(on, "second"))];
      const away = nodes.filter(isCordoned).length;
      assert(away <= 1, `${away} nodes of the cluster at once`);
      told.add((await condition(on, "UpToDate")).message);
    });
    assert(
      [...told].some((message) => /maintenance\.maxDisruptions/.test(message)),
      [...told].join("\n"),
    );
    for (const pool of ["general", "second"]) assert(on.cluster.machinesOf(pool).every(isN2));
    await on.cluster.assertSettled();
  });
});

describe("an upgrade in place", function () {
  this.timeout(TIMEOUT_MS);

  const IN_PLACE = { os: "debian-13", upgrade: { strategy: "in-place" } };
  it("restarts the same machines one after another, drained, and they are what they were but for the change (S3, S16)", async () => {
    const on = await stage(IN_PLACE);
    const { plane, cluster, inside } = on;
    await serveWeb(on, { minAvailable: 2 });
    const before = cluster.machinesOf("general").map(({ id }) => id);
    const boots = new Map(
      (await nodesOf(on, "general")).map(({ metadata, status }) => [metadata.name, status.nodeInfo.bootID]),
    );
    // Machines that have run for longer than a new one may take to come.
    await plane.clock.advance(60 * 60_000);
    const told = new Set<string>();
    await plane.write(ID, { spec: on.general(N2) });
    await watch(on, async () => {
      assert(cluster.machinesOf("general").length <= 3, "no machine too many (S6)");
      assert((await nodesOf(on, "general")).filter(isCordoned).length <= 1, "one at a time (S3)");
      assert((await inside.readyPods("web")) >= 2, "the budget holds (S16)");
      told.add((await condition(on, "UpToDate")).message);
    });
    assert.deepEqual(
      cluster.machinesOf("general").map(({ id }) => id),
      before,
      "the same machines",
    );
    assert(cluster.machinesOf("general").every(isN2));
    for (const { metadata, status } of await nodesOf(on, "general"))
      assert.notEqual(status.nodeInfo.bootID, boots.get(metadata.name), "each was restarted");
    await cluster.assertSettled();
    for (const part of [
      /^0 of 3 machines of pool general replaced; waiting for node \S+ to be drained, since /,
      /^1 of 3 machines of pool general replaced; waiting for machine \S+ to restart/,
      /^1 of 3 machines of pool general replaced; waiting for node \S+ to be back after its restart/,
      /^2 of 3 machines of pool general replaced; waiting for node \S+ to be well until /,
    ])
      assert(
        [...told].some((message) => part.test(message)),
        `${part} in ${[...told].join("\n")}`,
      );
  });

  it("that is taken back in the midst of a drain leaves every machine as it was", async () => {
    const on = await stage(IN_PLACE);
    await serveWeb(on, { maxUnavailable: 0 });
    const before = on.cluster.machineIds();
    await on.plane.write(ID, { spec: on.general(N2) });
    await until(on, async () => (await nodesOf(on, "general")).some(isCordoned));
    await on.plane.write(ID, { spec: on.spec });
    await watch(on);
    assert.deepEqual(on.cluster.machineIds(), before);
    assert((await nodesOf(on, "general")).every((node) => !isCordoned(node)));
    await on.cluster.assertSettled();
  });

  it("comes to the same end when the control plane dies over and over", async () => {
    const on = await stage({ ...IN_PLACE, size: 2 });
    const { plane, cluster } = on;
    const before = cluster.machinesOf("general").map(({ id }) => id);
    const chance = createSeededChance(3);
    const isOver = () => cluster.machinesOf("general").every(isN2);
    const deliveries = deliver(plane, () => {
      if (isOver() || chance.fraction() > 1 / 40) return undefined;
      return (["crash-before", "crash-after", "lost"] as const)[Math.floor(chance.fraction() * 3)];
    });
    await deliveries.write(ID, { spec: on.general(N2) });
    await watch(on, async () => {
      const cordoned = (await nodesOf(on, "general")).filter(isCordoned);
      assert(cordoned.length <= 1, "one at a time (S3)");
    });
    deliveries.stop();
    assert.deepEqual(
      cluster.machinesOf("general").map(({ id }) => id),
      before,
    );
  });

  it("chosen in the midst of a change that only other machines can take replaces what is left, drained, one at a time", async () => {
    const on = await stage({ os: "debian-12" });
    await on.plane.write(ID, { spec: on.general({ os: "debian-13" }) });
    const before = on.cluster.machineIds();
    await until(on, () => on.cluster.machineIds().some((id) => !before.includes(id)));
    await on.plane.write(ID, { spec: on.general(IN_PLACE) });
    await watch(on, async () => {
      assert((await nodesOf(on, "general")).filter(isCordoned).length <= 1, "one at a time (S3)");
    });
    await on.cluster.assertSettled();
    const images = (await nodesOf(on, "general")).map(({ status }) => status.nodeInfo.osImage);
    assert(
      images.every((image: string) => /13/.test(image)),
      images.join(),
    );
  });

  it("refuses by name what only another machine could have", async () => {
    const on = await stage(IN_PLACE);
    await on.cluster.write(on.general({ disk: { sizeGb: 120 } }));
    const { status, message } = await condition(on, "SpecAccepted");
    assert.equal(status, "False");
    assert.match(message, /nodePools\[0\]\.disk.* cannot change while upgrade\.strategy is in-place/);
    await on.cluster.write(on.general({ os: "flatcar" }));
    assert.match(
      (await condition(on, "SpecAccepted")).message,
      /flatcar, which reads its boot data only once/,
    );
  });
});
