import assert from "node:assert/strict";
import { asList } from "../../../simulator/compute/json.ts";
import type { SystemEvent } from "../../../simulator/compute/machine.ts";
import { createBench, machineBody, PROJECT, REGIONAL, withNetwork, ZONAL, ZONE } from "./bench-world.ts";

const path = (name: string) => `projects/${PROJECT}/zones/${ZONE}/instances/${name}`;

describe("lives of simulated machines", () => {
  it("goes from PROVISIONING over STAGING to RUNNING, and boots after that", async () => {
    const seen: string[] = [];
    const bench = createBench({ hooks: { onBoot: () => seen.push("boot") } });
    await withNetwork(bench);
    bench.cloud.onChange(({ path: changed, collection }) => {
      if (collection !== "instances") return;
      const status = String(bench.get("instances", ZONAL, changed.replace(/^.*\//, ""))?.["status"]);
      if (seen.at(-1) !== status) seen.push(status);
    });
    await bench.make("instances", ZONAL, machineBody("m"));
    await bench.settle(60_000);
    assert.deepEqual(seen, ["PROVISIONING", "STAGING", "RUNNING", "boot"]);
  });

  it("gives the boot everything that the machine can see", async () => {
    const bench = createBench();
    await withNetwork(bench);
    const body = machineBody("m", {
      metadata: { items: [{ key: "user-data", value: "#cloud-config" }] },
      tags: { items: ["node"] },
      labels: { app: "web" },
      serviceAccounts: [
        {
          email: "node@acme-test.iam.gserviceaccount.com",
          scopes: ["https://www.googleapis.com/auth/cloud-platform"],
        },
      ],
    });
    await bench.make("instances", ZONAL, body);
    const machine = bench.cloud.machine(path("m"));
    assert.equal(machine?.metadata["user-data"], "#cloud-config");
    assert.equal(machine?.serviceAccount, "node@acme-test.iam.gserviceaccount.com");
    assert.match(machine?.image ?? "", /^projects\/debian-cloud\/global\/images\/debian-12-v/);
    assert.equal(machine?.machineType, "e2-standard-4");
    assert.equal(machine?.boot, 1);
    assert.equal(machine?.internet, false);
    assert.deepEqual([machine?.tags, machine?.labels], [["node"], { app: "web" }]);
  });

  it("keeps id, metadata and disks over stop, start and reset, and counts boots", async () => {
    const events: string[] = [];
    const bench = createBench({
      hooks: {
        onBoot: ({ boot }) => events.push(`boot ${boot}`),
        onShutdown: () => events.push("shutdown"),
        onStop: () => events.push("stop"),
      },
    });
    await withNetwork(bench);
    const made = await bench.make("instances", ZONAL, machineBody("m"));
    await bench.settle(60_000);
    await bench.finish(bench.verb("instances", ZONAL, "m", "Stop").body);
    assert.equal(bench.get("instances", ZONAL, "m")?.["status"], "TERMINATED");
    await bench.finish(bench.verb("instances", ZONAL, "m", "Start").body);
    await bench.settle(60_000);
    await bench.finish(bench.verb("instances", ZONAL, "m", "Reset").body);
    await bench.settle(60_000);
    const after = bench.get("instances", ZONAL, "m");
    assert.equal(after?.["id"], made["id"]);
    assert.notEqual(after?.["lastStartTimestamp"], made["lastStartTimestamp"]);
    assert.deepEqual(events, ["boot 1", "shutdown", "stop", "boot 2", "stop", "boot 3"]);
  });

  it("comes back by itself after a host error when its scheduling says so", async () => {
    const events: SystemEvent[] = [];
    const bench = createBench({ hooks: { onSystemEvent: (event) => events.push(event) } });
    await withNetwork(bench);
    await bench.make("instances", ZONAL, machineBody("m"));
    bench.cloud.hostError(path("m"));
    assert.equal(bench.get("instances", ZONAL, "m")?.["status"], "REPAIRING");
    await bench.settle();
    assert.equal(bench.get("instances", ZONAL, "m")?.["status"], "RUNNING");
    assert.deepEqual(
      events.map(({ method }) => method),
      ["compute.instances.hostError", "compute.instances.automaticRestart"],
    );
    const operations = bench.ok("ZoneOperations", "List", { zone: ZONE, filter: "operationType:hostError" });
    assert.equal((operations["items"] as { user: string }[])[0]?.user, "system@google.com");
  });

  it("stays down after a host error without automatic restart, and after a preemption", async () => {
    const bench = createBench();
    await withNetwork(bench);
    await bench.make("instances", ZONAL, machineBody("m", { scheduling: { automaticRestart: false } }));
    const spot = await bench.make(
      "instances",
      ZONAL,
      machineBody("spot", { scheduling: { provisioningModel: "SPOT" } }),
    );
    assert.deepEqual(
      ["automaticRestart", "onHostMaintenance", "preemptible"].map(
        (field) => (spot["scheduling"] as Record<string, unknown>)[field],
      ),
      [false, "TERMINATE", true],
    );
    bench.cloud.hostError(path("m"));
    bench.cloud.preempt(path("spot"));
    await bench.settle();
    assert.equal(bench.get("instances", ZONAL, "m")?.["status"], "TERMINATED");
    assert.equal(bench.get("instances", ZONAL, "spot")?.["status"], "TERMINATED");
  });

  it("takes boot disks along and leaves data disks ready and unused", async () => {
    const bench = createBench();
    await withNetwork(bench);
    await bench.make("disks", ZONAL, { name: "etcd", sizeGb: "20", type: `zones/${ZONE}/diskTypes/pd-ssd` });
    const body = machineBody("m");
    const disks = [
      ...(body["disks"] as object[]),
      { source: `zones/${ZONE}/disks/etcd`, deviceName: "etcd", autoDelete: false },
    ];
    await bench.make("instances", ZONAL, { ...body, disks } as never);
    assert.equal(asList(bench.get("disks", ZONAL, "etcd")?.["users"]).length, 1);
    const again = bench.insert("instances", ZONAL, { ...machineBody("n"), disks } as never);
    assert.equal(bench.refusal(again).reason, "resourceInUseByAnotherResource");
    await bench.drop("instances", ZONAL, "m");
    assert.equal(bench.get("disks", ZONAL, "m"), undefined);
    const left = bench.get("disks", ZONAL, "etcd");
    assert.deepEqual([left?.["status"], left?.["users"]], ["READY", undefined]);
    const stamps = [left?.["lastAttachTimestamp"], left?.["lastDetachTimestamp"]].map(String);
    assert.ok((stamps[0] ?? "") < (stamps[1] ?? "") && !stamps.includes("undefined"), stamps.join());
  });

  it("finds no room when the zone is out of stock, and leaves nothing behind", async () => {
    const bench = createBench();
    await withNetwork(bench);
    const before = bench.cloud.inventory();
    bench.cloud.faults.add({ kind: "stockout", target: ZONE, times: 1 });
    const operation = await bench.finish(bench.insert("instances", ZONAL, machineBody("m")).body);
    const [error] = (operation["error"] as { errors: { code: string }[] }).errors;
    assert.equal(error?.code, "ZONE_RESOURCE_POOL_EXHAUSTED");
    assert.deepEqual(bench.cloud.inventory(), before);
    await bench.make("instances", ZONAL, machineBody("m"));
  });

  it("frees a machine's addresses for the next one, and never gives one twice", async () => {
    const bench = createBench();
    await withNetwork(bench);
    const nic = { subnetwork: "regions/europe-west4/subnetworks/nodes" };
    const addresses = new Set<string>();
    for (const name of ["a", "b", "c"]) {
      const machine = await bench.make(
        "instances",
        ZONAL,
        machineBody(name, { networkInterfaces: [{ ...nic, accessConfigs: [{}] }] }),
      );
      const [made] = machine["networkInterfaces"] as {
        networkIP: string;
        accessConfigs: { natIP: string }[];
      }[];
      addresses.add(made?.networkIP ?? "").add(made?.accessConfigs[0]?.natIP ?? "");
      assert.match(made?.accessConfigs[0]?.natIP ?? "", /^127\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./);
    }
    assert.equal(addresses.size, 6);
    const taken = { ...nic, networkIP: [...addresses][0] ?? "" };
    const refused = bench.refusal(
      bench.insert("instances", ZONAL, machineBody("d", { networkInterfaces: [taken] })),
    );
    assert.match(refused.message, /in-use and would result in a conflict/);
    await bench.drop("instances", ZONAL, "a");
    await bench.make("instances", ZONAL, machineBody("d", { networkInterfaces: [taken] }));
  });

  it("gives a reserved internal address to one machine at a time, and to the next when that one is gone", async () => {
    const bench = createBench();
    await withNetwork(bench);
    const subnetwork = "regions/europe-west4/subnetworks/nodes";
    const body = { name: "kept", addressType: "INTERNAL", subnetwork };
    const reserved = await bench.make("addresses", REGIONAL, body);
    const networkIP = String(reserved["address"]);
    const machine = (name: string, address: string) =>
      machineBody(name, { networkInterfaces: [{ subnetwork, networkIP: address }] });
    const first = await bench.make("instances", ZONAL, machine("a", networkIP));
    assert.equal((first["networkInterfaces"] as { networkIP: string }[])[0]?.networkIP, networkIP);
    const used = bench.get("addresses", REGIONAL, "kept");
    assert.equal(used?.["status"], "IN_USE");
    assert.deepEqual(used?.["users"], [first["selfLink"]]);
    const second = bench.refusal(bench.insert("instances", ZONAL, machine("b", networkIP)));
    assert.match(second.message, /in-use and would result in a conflict/);
    const outside = bench.refusal(bench.insert("instances", ZONAL, machine("b", "10.99.0.9")));
    assert.match(outside.message, /not within subnetwork 'nodes'/);
    const dropped = bench.refusal(bench.verb("addresses", REGIONAL, "kept", "Delete"));
    assert.equal(dropped.reason, "resourceInUseByAnotherResource");
    await bench.drop("instances", ZONAL, "a");
    assert.equal(bench.get("addresses", REGIONAL, "kept")?.["status"], "RESERVED");
    await bench.make("instances", ZONAL, machine("a", networkIP));
  });

  it("lets a machine's passing address be reserved while the machine has it", async () => {
    const bench = createBench();
    await withNetwork(bench);
    const subnetwork = "regions/europe-west4/subnetworks/nodes";
    const nic = { networkInterfaces: [{ subnetwork }] };
    const machine = await bench.make("instances", ZONAL, machineBody("a", nic));
    const address = (machine["networkInterfaces"] as { networkIP: string }[])[0]?.networkIP ?? "";
    const body = { name: "kept", addressType: "INTERNAL", subnetwork, address };
    const kept = await bench.make("addresses", REGIONAL, body);
    assert.deepEqual([kept["status"], kept["users"]], ["IN_USE", [machine["selfLink"]]]);
    const again = bench.refusal(bench.insert("addresses", REGIONAL, { ...body, name: "again" }));
    assert.match(again.message, /in-use/);
    await bench.drop("instances", ZONAL, "a");
    assert.equal(bench.get("addresses", REGIONAL, "kept")?.["status"], "RESERVED");
    await bench.drop("addresses", REGIONAL, "kept");
    await bench.make("addresses", REGIONAL, { ...body, name: "again" });
  });

  it("refuses what a machine cannot be", async () => {
    const bench = createBench();
    await withNetwork(bench);
    const image = "projects/debian-cloud/global/images/family/debian-12";
    const cases = [
      { machineType: `zones/${ZONE}/machineTypes/e9-huge-1` },
      { machineType: "zones/europe-west4-b/machineTypes/e2-standard-4" },
      { disks: [] },
      {
        disks: [
          {
            boot: true,
            initializeParams: { sourceImage: "projects/debian-cloud/global/images/family/none" },
          },
        ],
      },
      { disks: [{ boot: true, initializeParams: { sourceImage: image, diskSizeGb: "5" } }] },
      { networkInterfaces: [{ network: "global/networks/net" }] },
      { networkInterfaces: [{ subnetwork: "regions/europe-west1/subnetworks/nodes" }] },
      { labels: { Bad: "x" } },
      { tags: { items: ["Bad Tag"] } },
      { scheduling: { provisioningModel: "SPOT", automaticRestart: true } },
      { metadata: { items: [{ key: "a", value: "x".repeat(262_145) }] } },
    ];
    for (const more of cases) {
      const refused = bench.refusal(bench.insert("instances", ZONAL, machineBody("m", more as never)));
      assert.ok([400, 404].includes(refused.status), JSON.stringify([more, refused]).slice(0, 300));
    }
    assert.deepEqual(
      bench.cloud
        .inventory()
        .filter(({ collection }) => collection === "instances" || collection === "disks"),
      [],
    );
  });
});

describe("operations on simulated machines that overtake each other", () => {
  it("ends a start that a stop overtakes, and a stop that a delete overtakes", async () => {
    const bench = createBench();
    await withNetwork(bench);
    await bench.make("instances", ZONAL, machineBody("m"));
    await bench.finish(bench.verb("instances", ZONAL, "m", "Stop").body);
    const start = bench.verb("instances", ZONAL, "m", "Start").body;
    await bench.clock.advance(2_000);
    assert.equal(bench.get("instances", ZONAL, "m")?.["status"], "PROVISIONING");
    const stop = bench.verb("instances", ZONAL, "m", "Stop").body;
    assert.equal((await bench.finish(start))["httpErrorStatusCode"], 409);
    assert.equal((await bench.finish(stop))["error"], undefined);
    await bench.finish(bench.verb("instances", ZONAL, "m", "Start").body);
    const second = bench.verb("instances", ZONAL, "m", "Stop").body;
    await bench.clock.advance(2_000);
    const gone = bench.verb("instances", ZONAL, "m", "Delete").body;
    assert.equal((await bench.finish(second))["error"], undefined);
    assert.equal((await bench.finish(gone))["error"], undefined);
    assert.equal(bench.cloud.unfinishedOperations(), 0);
  });

  it("migrates at maintenance, or stops and restarts when it cannot migrate", async () => {
    const methods: string[] = [];
    const bench = createBench({
      hooks: { onSystemEvent: ({ method }) => methods.push(method.replace(/^.*\./, "")) },
    });
    await withNetwork(bench);
    await bench.make("instances", ZONAL, machineBody("moves"));
    await bench.make(
      "instances",
      ZONAL,
      machineBody("stops", { scheduling: { onHostMaintenance: "TERMINATE" } }),
    );
    for (const name of ["moves", "stops"]) {
      await bench.finish(bench.verb("instances", ZONAL, name, "SimulateMaintenanceEvent").body);
      await bench.settle(300_000);
      assert.equal(bench.get("instances", ZONAL, name)?.["status"], "RUNNING");
    }
    assert.deepEqual(methods, ["migrateOnHostMaintenance", "terminateOnHostMaintenance"]);
    assert.equal(bench.cloud.machine(path("stops"))?.boot, 2);
  });
});
