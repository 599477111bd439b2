import assert from "node:assert/strict";
import type { JsonObject } from "../../../simulator/compute/call.ts";
import { asObject } from "../../../simulator/compute/json.ts";
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

const NETWORK = { name: "net", autoCreateSubnetworks: false };

describe("calls to the simulated Compute Engine", () => {
  it("answers errors in the API's form", () => {
    const answer = createBench().ask("Networks", "Get", { network: "none" });
    assert.equal(answer.status, 404);
    const message = `The resource 'projects/${PROJECT}/global/networks/none' was not found`;
    assert.deepEqual(answer.body, {
      error: {
        code: 404,
        message,
        errors: [{ message, domain: "global", reason: "notFound" }],
        status: "NOT_FOUND",
        details: [
          {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            reason: "NOT_FOUND",
            domain: "compute.googleapis.com",
          },
        ],
      },
    });
  });

  it("says 501 for what it does not model, never a false success", () => {
    const bench = createBench();
    for (const [service, method] of [
      ["Vpntunnels", "List"],
      ["Instances", "BulkInsert"],
      ["Networks", "AddPeering"],
    ] as const) {
      const answer = bench.ask(service, method, { zone: ZONE, network: "net" }, {});
      assert.equal(answer.status, 501, service);
      assert.match(bench.refusal(answer).message, /does not model/);
    }
  });

  it("knows its projects, regions and zones, and no others", () => {
    const bench = createBench();
    assert.equal(bench.ask("Networks", "List", { project: "another" }).status, 404);
    assert.equal(bench.ask("Instances", "List", { zone: "mars-north1-a" }).status, 400);
    assert.equal(bench.ok("Zones", "Get", { zone: ZONE })["status"], "UP");
    const project = bench.ok("Projects", "Get", {});
    const fingerprint = String(asObject(project["commonInstanceMetadata"])["fingerprint"]);
    assert.equal(Buffer.from(fingerprint, "base64").toString("base64"), fingerprint);
  });

  it("takes an operation from PENDING over RUNNING to DONE", async () => {
    const bench = createBench();
    const begun = bench.insert("networks", GLOBAL, NETWORK).body;
    assert.equal(begun["status"], "PENDING");
    assert.equal(begun["operationType"], "insert");
    assert.equal(begun["targetId"], bench.get("networks", GLOBAL, "net")?.["id"]);
    await bench.clock.advance(1_000);
    assert.equal(
      bench.ok("GlobalOperations", "Wait", { operation: String(begun["name"]) })["status"],
      "RUNNING",
    );
    const done = await bench.finish(begun);
    assert.equal(done["progress"], 100);
    bench.ok("GlobalOperations", "Delete", { operation: String(begun["name"]) });
    assert.equal(bench.ask("GlobalOperations", "Get", { operation: String(begun["name"]) }).status, 404);
  });

  it("refuses to build on what is still being created, and to change what is being deleted", async () => {
    const bench = createBench();
    const first = bench.insert("networks", GLOBAL, NETWORK);
    const subnetwork = { name: "s", network: "global/networks/net", ipCidrRange: "10.0.0.0/24" };
    assert.equal(bench.refusal(bench.insert("subnetworks", REGIONAL, subnetwork)).reason, "resourceNotReady");
    await bench.finish(first.body);
    bench.verb("networks", GLOBAL, "net", "Delete");
    assert.equal(bench.refusal(bench.verb("networks", GLOBAL, "net", "Delete")).reason, "resourceNotReady");
    assert.equal(bench.refusal(bench.insert("subnetworks", REGIONAL, subnetwork)).status, 404);
  });

  it("pages lists in order of name, newest first when asked", async () => {
    const bench = createBench();
    for (const name of ["c", "a", "b"]) {
      await bench.make("networks", GLOBAL, { name, autoCreateSubnetworks: false });
    }
    const page = (params: Record<string, string>) => {
      const body = bench.ok("Networks", "List", { maxResults: "2", ...params });
      return {
        names: (body["items"] as { name: string }[]).map(({ name }) => name),
        next: String(body["nextPageToken"] ?? ""),
      };
    };
    const first = page({});
    assert.deepEqual(first.names, ["a", "b"]);
    assert.deepEqual(page({ pageToken: first.next }), { names: ["c"], next: "" });
    const newest = page({ orderBy: "creationTimestamp desc" });
    assert.deepEqual(newest.names, ["b", "a"]);
    assert.deepEqual(page({ orderBy: "creationTimestamp desc", pageToken: newest.next }).names, ["c"]);
    assert.equal(bench.ask("Networks", "List", { maxResults: "501" }).status, 400);
    assert.equal(bench.ask("Networks", "List", { pageToken: "x" }).status, 400);
  });

  it("maps every scope in an aggregated list, with a warning where there is nothing", async () => {
    const bench = createBench();
    await bench.make("disks", ZONAL, { name: "d", sizeGb: "10" });
    const items = asObject(bench.ok("Disks", "AggregatedList", {})["items"]);
    assert.equal((asObject(items[ZONAL])["disks"] as unknown[]).length, 1);
    const empty = asObject(asObject(items["zones/us-central1-a"])["warning"]);
    assert.equal(empty["code"], "NO_RESULTS_ON_PAGE");
  });

  it("wants the fresh label fingerprint to change labels, and takes an address's labels only there", async () => {
    const bench = createBench();
    const address = await bench.make("addresses", REGIONAL, { name: "ip", labels: { lost: "yes" } });
    assert.equal(address["labels"], undefined);
    const set = (labelFingerprint: string) =>
      bench.verb("addresses", REGIONAL, "ip", "SetLabels", { labels: { app: "x" }, labelFingerprint });
    assert.equal(bench.refusal(set("AAAAAAAAAAA=")).reason, "conditionNotMet");
    assert.equal(set(String(address["labelFingerprint"])).status, 200);
    assert.equal(bench.refusal(set(String(address["labelFingerprint"]))).status, 412);
    const found = bench.ok("Addresses", "List", { region: "europe-west4", filter: "labels.app=x" });
    assert.equal((found["items"] as unknown[]).length, 1);
  });

  it("refuses more than a quota, at once or in the operation of a machine", async () => {
    const bench = createBench({ quotas: { [PROJECT]: { NETWORKS: 1, "europe-west4/CPUS": 4 } } });
    await withNetwork(bench);
    const second = bench.refusal(bench.insert("networks", GLOBAL, { ...NETWORK, name: "two" }));
    assert.deepEqual([second.status, second.reason], [403, "quotaExceeded"]);
    assert.match(second.message, /Quota 'NETWORKS' exceeded\. {2}Limit: 1\.0 globally/);
    await bench.make("instances", ZONAL, machineBody("fits"));
    const operation = await bench.finish(bench.insert("instances", ZONAL, machineBody("over")).body);
    assert.equal((operation["error"] as { errors: { code: string }[] }).errors[0]?.code, "QUOTA_EXCEEDED");
    assert.equal(bench.get("instances", ZONAL, "over"), undefined);
    const region = bench.ok("Regions", "Get", { region: "europe-west4" });
    const cpus = (region["quotas"] as { metric: string; usage: number }[]).find(
      ({ metric }) => metric === "CPUS",
    );
    assert.equal(cpus?.usage, 4);
  });

  it("refuses calls over the rate of their group until the next minute", async () => {
    const bench = createBench({ rates: { reads: 3 } });
    const get = () => bench.ask("Networks", "Get", { network: "none" });
    const answers = Array.from({ length: 4 }, get);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [404, 404, 404, 403],
    );
    assert.equal(bench.refusal(answers[3] ?? get()).reason, "rateLimitExceeded");
    await bench.clock.advance(60_000);
    assert.equal(get().status, 404);
  });

  it("fails as it is told to, as often as it is told to", async () => {
    const bench = createBench();
    bench.cloud.faults.add({ kind: "http", service: "Networks", method: "Insert", times: 1, after: 1 });
    bench.cloud.faults.add({
      kind: "operation",
      target: "networks/broken",
      reason: "INTERNAL_ERROR",
      times: 1,
    });
    assert.equal(bench.insert("networks", GLOBAL, { ...NETWORK, name: "one" }).status, 200);
    assert.equal(bench.insert("networks", GLOBAL, { ...NETWORK, name: "two" }).status, 503);
    const operation = await bench.finish(
      bench.insert("networks", GLOBAL, { ...NETWORK, name: "broken" }).body,
    );
    assert.equal(operation["httpErrorStatusCode"], 500);
    assert.equal(bench.get("networks", GLOBAL, "broken"), undefined);
    bench.cloud.faults.add({ kind: "lost-response", times: 1 });
    const lost = bench.insert("networks", GLOBAL, { ...NETWORK, name: "lost" });
    assert.equal(lost.lost, true);
    assert.ok(bench.get("networks", GLOBAL, "lost") !== undefined);
  });

  it("lets a list lag behind while get sees everything", async () => {
    const bench = createBench();
    await bench.make("networks", GLOBAL, NETWORK);
    const mend = bench.cloud.faults.add({ kind: "lag", service: "Networks", lagMs: 60_000 });
    assert.equal(bench.ok("Networks", "List", {})["items"], undefined);
    assert.ok(bench.get("networks", GLOBAL, "net") !== undefined);
    mend();
    assert.equal((bench.ok("Networks", "List", {})["items"] as unknown[]).length, 1);
  });

  it("takes the next image of a family when the newest is deprecated, and refuses obsolete ones", async () => {
    const bench = createBench();
    const source = { sourceImage: "projects/debian-cloud/global/images/family/debian-12" };
    for (const name of ["golden-1", "golden-2"])
      await bench.make("images", GLOBAL, { name, family: "golden", ...source });
    const newest = () => String(bench.ok("Images", "GetFromFamily", { family: "golden" })["name"]);
    assert.equal(newest(), "golden-2");
    assert.equal(
      asObject(bench.ok("ImageFamilyViews", "Get", { zone: ZONE, family: "golden" })["image"])["name"],
      "golden-2",
    );
    await bench.finish(bench.verb("images", GLOBAL, "golden-2", "Deprecate", { state: "OBSOLETE" }).body);
    assert.equal(newest(), "golden-1");
    const disk = bench.insert("disks", ZONAL, { name: "d", sourceImage: "global/images/golden-2" });
    assert.match(bench.refusal(disk).message, /OBSOLETE/);
  });

  it("takes snapshots by schedule, and drops those past their retention", async () => {
    const bench = createBench();
    await bench.make("resourcePolicies", REGIONAL, {
      name: "every-6h",
      snapshotSchedulePolicy: {
        schedule: { hourlySchedule: { hoursInCycle: 6, startTime: "00:00" } },
        retentionPolicy: { maxRetentionDays: 1 },
        snapshotProperties: { labels: { cluster: "shop" } },
      },
    });
    await bench.make("disks", ZONAL, { name: "etcd", sizeGb: "10" });
    const policies = { resourcePolicies: ["regions/europe-west4/resourcePolicies/every-6h"] };
    await bench.finish(bench.verb("disks", ZONAL, "etcd", "AddResourcePolicies", policies).body);
    const taken = () =>
      (bench.ok("Snapshots", "List", { filter: "labels.cluster=shop" })["items"] ?? []) as JsonObject[];
    assert.equal(taken().length, 0);
    await bench.settle(13 * 3_600_000);
    assert.equal(taken().length, 2);
    await bench.settle(10 * 24 * 3_600_000);
    assert.equal(taken().length, 4);
    const refused = bench.refusal(bench.verb("resourcePolicies", REGIONAL, "every-6h", "Delete"));
    assert.equal(refused.reason, "resourceInUseByAnotherResource");
  });
});
