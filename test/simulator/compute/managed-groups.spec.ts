import assert from "node:assert/strict";
import type { JsonObject } from "../../../simulator/compute/call.ts";
import { asObject } from "../../../simulator/compute/json.ts";
import {
  type Bench,
  createBench,
  GLOBAL,
  PROJECT,
  REGIONAL,
  withNetwork,
  ZONAL,
  ZONE,
} from "./bench-world.ts";

const TEMPLATE = (name: string, machineType = "e2-standard-2"): JsonObject => ({
  name,
  properties: {
    machineType,
    disks: [
      {
        boot: true,
        autoDelete: true,
        initializeParams: { sourceImage: "projects/kinvolk-public/global/images/family/flatcar-stable" },
      },
    ],
    networkInterfaces: [{ subnetwork: `projects/${PROJECT}/regions/europe-west4/subnetworks/nodes` }],
  },
});

async function withPool(bench: Bench, more: JsonObject = {}): Promise<void> {
  await withNetwork(bench);
  await bench.make("instanceTemplates", GLOBAL, TEMPLATE("t1"));
  await bench.make("instanceTemplates", GLOBAL, TEMPLATE("t2", "e2-standard-4"));
  await bench.make("instanceGroupManagers", ZONAL, {
    name: "pool",
    baseInstanceName: "pool",
    instanceTemplate: "global/instanceTemplates/t1",
    targetSize: 2,
    ...more,
  });
  await bench.settle(120_000);
}
interface Listed {
  readonly instance: string;
  readonly id?: string;
  readonly currentAction: string;
  readonly version: { readonly instanceTemplate: string };
  readonly lastAttempt: { readonly errors?: { readonly errors: readonly { readonly code: string }[] } };
}
function members(bench: Bench, scope: typeof ZONAL = ZONAL): readonly Listed[] {
  const answer = bench.verb("instanceGroupManagers", scope, "pool", "ListManagedInstances");
  return (answer.body["managedInstances"] ?? []) as unknown as readonly Listed[];
}
const nameOf = (member: Listed | undefined) => (member?.instance ?? "").replace(/^.*\//, "");
const templates = (bench: Bench) =>
  members(bench).map(({ version }) => version.instanceTemplate.replace(/^.*\//, ""));

describe("managed groups of the simulated cloud", () => {
  it("names machines after the base name with four letters, and is stable when all run", async () => {
    const bench = createBench();
    await withPool(bench);
    for (const member of members(bench)) assert.match(nameOf(member), /^pool-[a-z0-9]{4}$/);
    const manager = bench.get("instanceGroupManagers", ZONAL, "pool");
    assert.equal(asObject(manager?.["status"])["isStable"], true);
    assert.equal(asObject(manager?.["currentActions"])["none"], 2);
    assert.equal(bench.get("instanceGroups", ZONAL, "pool")?.["size"], 2);
  });

  it("recreates a machine that was deleted behind its back, under the same name and another id", async () => {
    const bench = createBench();
    await withPool(bench);
    const [victim] = members(bench);
    await bench.drop("instances", ZONAL, nameOf(victim));
    await bench.settle(300_000);
    const again = members(bench).find((member) => nameOf(member) === nameOf(victim));
    assert.equal(again?.currentAction, "NONE");
    assert.notEqual(again?.id, victim?.id);
  });

  it("recreates a machine that stopped, unless its policy says to do nothing", async () => {
    for (const [action, same] of [
      ["REPAIR", false],
      ["DO_NOTHING", true],
    ] as const) {
      const bench = createBench();
      await withPool(bench, { instanceLifecyclePolicy: { defaultActionOnFailure: action } });
      const [victim] = members(bench);
      bench.cloud.guestShutdown(`projects/${PROJECT}/zones/${ZONE}/instances/${nameOf(victim)}`);
      await bench.settle(600_000);
      const after = members(bench).find((member) => nameOf(member) === nameOf(victim));
      assert.equal(after?.id === victim?.id, same, action);
    }
  });

  it("does not replace machines by itself when opportunistic, and does when asked for one", async () => {
    const bench = createBench();
    await withPool(bench);
    await bench.finish(
      bench.verb("instanceGroupManagers", ZONAL, "pool", "SetInstanceTemplate", {
        instanceTemplate: "global/instanceTemplates/t2",
      }).body,
    );
    await bench.settle(300_000);
    assert.deepEqual(templates(bench), ["t1", "t1"]);
    const reached = bench.get("instanceGroupManagers", ZONAL, "pool")?.["status"] as JsonObject;
    assert.deepEqual(reached["versionTarget"], { isReached: false });
    const [one] = members(bench);
    await bench.finish(
      bench.verb("instanceGroupManagers", ZONAL, "pool", "ApplyUpdatesToInstances", {
        instances: [one?.instance ?? ""],
        minimalAction: "REPLACE",
      }).body,
    );
    await bench.settle(300_000);
    assert.deepEqual(templates(bench).sort(), ["t1", "t2"]);
  });

  it("restarts a machine with what a restart can change of the template, and refuses what needs another one", async () => {
    const bench = createBench();
    await withPool(bench);
    const [one] = members(bench);
    const restart = () =>
      bench.verb("instanceGroupManagers", ZONAL, "pool", "ApplyUpdatesToInstances", {
        instances: [one?.instance ?? ""],
        minimalAction: "RESTART",
        mostDisruptiveAllowedAction: "RESTART",
      });
    const instanceTemplate = "global/instanceTemplates/t2";
    const set = (body: JsonObject) =>
      bench.finish(bench.verb("instanceGroupManagers", ZONAL, "pool", "SetInstanceTemplate", body).body);
    await set({ instanceTemplate });
    await bench.finish(restart().body);
    await bench.settle(300_000);
    const after = members(bench).find((member) => nameOf(member) === nameOf(one));
    assert.equal(after?.id, one?.id, "the same machine");
    assert.match(String(after?.version.instanceTemplate), /t2$/);
    const machine = bench.get("instances", ZONAL, nameOf(one));
    assert.match(String(machine?.["machineType"]), /e2-standard-4$/);
    assert.equal(machine?.["status"], "RUNNING");
    const other = TEMPLATE("t3");
    const properties = asObject(other["properties"]);
    await bench.make("instanceTemplates", GLOBAL, {
      ...other,
      properties: { ...properties, tags: { items: ["a"] }, canIpForward: true },
    });
    await set({ instanceTemplate: "global/instanceTemplates/t3" });
    const { message } = bench.refusal(restart());
    assert.match(message, /needs REPLACE, more than the most disruptive allowed action RESTART/);
  });

  it("ends the operation of a person who deletes a machine when the group deletes it too", async () => {
    const bench = createBench();
    await withPool(bench);
    const [one] = members(bench);
    const params = { project: PROJECT, zone: ZONE, instance: nameOf(one) };
    bench.ok("Instances", "Delete", params);
    await bench.settle(2_000);
    bench.verb("instanceGroupManagers", ZONAL, "pool", "DeleteInstances", {
      instances: [one?.instance ?? ""],
    });
    await bench.settle(120_000);
    assert.equal(bench.cloud.unfinishedOperations(), 0);
    assert.equal(members(bench).length, 1);
  });

  it("replaces all machines when proactive, never below the size less the unavailable", async () => {
    const bench = createBench();
    await withPool(bench, {
      targetSize: 4,
      updatePolicy: { type: "PROACTIVE", maxSurge: { fixed: 1 }, maxUnavailable: { fixed: 0 } },
    });
    let fewest = Number.POSITIVE_INFINITY;
    let most = 0;
    bench.cloud.onChange(() => {
      const running = [...bench.cloud.machines()].filter(({ status }) => status === "RUNNING").length;
      fewest = Math.min(fewest, running);
      most = Math.max(most, running);
    });
    await bench.finish(
      bench.verb("instanceGroupManagers", ZONAL, "pool", "Patch", {
        versions: [{ instanceTemplate: "global/instanceTemplates/t2" }],
      }).body,
    );
    await bench.settle(3_600_000);
    assert.deepEqual(templates(bench), ["t2", "t2", "t2", "t2"]);
    assert.ok(fewest >= 4, `fewest ${fewest}`);
    assert.ok(most <= 5, `most ${most}`);
  });

  it("keeps the name when it recreates, and leaves the machine when it abandons", async () => {
    const bench = createBench();
    await withPool(bench);
    const [one, two] = members(bench);
    await bench.finish(
      bench.verb("instanceGroupManagers", ZONAL, "pool", "RecreateInstances", {
        instances: [one?.instance ?? ""],
      }).body,
    );
    await bench.settle(300_000);
    const again = members(bench).find((member) => nameOf(member) === nameOf(one));
    assert.notEqual(again?.id, one?.id);
    await bench.finish(
      bench.verb("instanceGroupManagers", ZONAL, "pool", "AbandonInstances", {
        instances: [two?.instance ?? ""],
      }).body,
    );
    await bench.settle(300_000);
    assert.equal(bench.get("instances", ZONAL, nameOf(two))?.["status"], "RUNNING");
    assert.equal(members(bench).length, 1);
    assert.equal(bench.get("instanceGroupManagers", ZONAL, "pool")?.["targetSize"], 1);
  });

  it("tries again in a zone without room, and says what went wrong meanwhile", async () => {
    const bench = createBench();
    const mend = bench.cloud.faults.add({ kind: "stockout", target: "/instances/pool-" });
    await withPool(bench);
    const [stuck] = members(bench);
    assert.equal(stuck?.currentAction, "CREATING");
    assert.equal(stuck?.lastAttempt.errors?.errors[0]?.code, "ZONE_RESOURCE_POOL_EXHAUSTED");
    const errors = bench.verb("instanceGroupManagers", ZONAL, "pool", "ListErrors").body[
      "items"
    ] as unknown[];
    assert.ok(errors.length > 0);
    mend();
    await bench.settle(1_200_000);
    assert.deepEqual(
      members(bench).map(({ currentAction }) => currentAction),
      ["NONE", "NONE"],
    );
  });

  it("spreads a regional group evenly, and adds machines by name", async () => {
    const bench = createBench();
    await withNetwork(bench);
    await bench.make("instanceTemplates", GLOBAL, TEMPLATE("t1"));
    const zones = ["a", "b"].map((letter) => ({ zone: `zones/europe-west4-${letter}` }));
    await bench.make("instanceGroupManagers", REGIONAL, {
      name: "pool",
      instanceTemplate: "global/instanceTemplates/t1",
      targetSize: 3,
      distributionPolicy: { zones },
    });
    await bench.settle(120_000);
    await bench.finish(
      bench.verb("instanceGroupManagers", REGIONAL, "pool", "CreateInstances", {
        instances: [{ name: "pool-extra" }],
      }).body,
    );
    await bench.settle(120_000);
    const perZone = members(bench, REGIONAL).map(({ instance }) => /zones\/([^/]+)/.exec(instance)?.[1]);
    assert.deepEqual(perZone.sort(), [
      "europe-west4-a",
      "europe-west4-a",
      "europe-west4-b",
      "europe-west4-b",
    ]);
    assert.ok(members(bench, REGIONAL).some((member) => nameOf(member) === "pool-extra"));
  });

  it("refuses a template of another network, percentages of small groups, and updates that nothing may yield to", async () => {
    const bench = createBench();
    await withPool(bench);
    await bench.make("networks", GLOBAL, { name: "net2", autoCreateSubnetworks: false });
    await bench.make("subnetworks", REGIONAL, {
      name: "nodes2",
      network: "global/networks/net2",
      ipCidrRange: "10.0.0.0/24",
    });
    const other = JSON.parse(JSON.stringify(TEMPLATE("t3")).replace("/nodes", "/nodes2")) as JsonObject;
    await bench.make("instanceTemplates", GLOBAL, other);
    const patch = (body: JsonObject) =>
      bench.refusal(bench.verb("instanceGroupManagers", ZONAL, "pool", "Patch", body));
    assert.match(patch({ instanceTemplate: "global/instanceTemplates/t3" }).message, /must match/);
    assert.equal(patch({ updatePolicy: { maxSurge: { percent: 10 } } }).status, 400);
    assert.equal(
      patch({ updatePolicy: { maxSurge: { fixed: 0 }, maxUnavailable: { fixed: 0 } } }).status,
      400,
    );
    assert.equal(patch({ fingerprint: "AAAAAAAAAAA=", targetSize: 3 }).status, 412);
  });

  it("makes no machine any more for a member that waited for room when its group began to go", async () => {
    const bench = createBench();
    await withPool(bench);
    const [first] = members(bench);
    const mend = bench.cloud.faults.add({ kind: "stockout", target: "/instances/pool-" });
    await bench.drop("instances", ZONAL, nameOf(first));
    while (members(bench).every(({ lastAttempt }) => lastAttempt.errors === undefined))
      await bench.settle(100);
    mend();
    // The next try falls into the time in which the other member's machine goes.
    await bench.settle(14_000);
    await bench.drop("instanceGroupManagers", ZONAL, "pool");
    await bench.settle(120_000);
    assert.deepEqual(
      bench.cloud
        .inventory(PROJECT)
        .filter(({ collection }) => collection === "instances")
        .map(({ path }) => path),
      [],
    );
  });

  it("goes away with its machines and its group", async () => {
    const bench = createBench();
    await withPool(bench);
    await bench.drop("instanceGroupManagers", ZONAL, "pool");
    const kinds = new Set(bench.cloud.inventory().map(({ collection }) => collection));
    assert.deepEqual([...kinds].sort(), ["instanceTemplates", "networks", "subnetworks"]);
  });
});
