/** Google's own Compute client behind the port, over the wire, before a service whose answers the test writes. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createGoogleCompute, type GoogleCompute } from "../../../../shared/adapters/google/compute.ts";
import { type CloudErrorCode, isCloudError } from "../../../../shared/ports/cloud-error.ts";
import type { ComputeRef } from "../../../../shared/ports/compute.ts";
import type { JsonObject } from "../../../../simulator/compute/call.ts";
import {
  createFakeCompute,
  type FakeCompute,
  failure,
  operation,
} from "../../../simulator/wire/fake-compute.ts";
import { type Rig, startRig } from "../../../simulator/wire/rig.ts";

const REQUEST_ID = "6f1e5f5c-0000-4000-8000-000000000001";
const ZONE = "zones/europe-west4-a";
const INSTANCE: ComputeRef<"instances"> = { kind: "instances", project: "demo", scope: ZONE, name: "one" };

describe("Compute through Google's client", () => {
  let rig: Rig;
  let fake: FakeCompute;
  let compute: GoogleCompute;
  before(async () => {
    fake = createFakeCompute();
    rig = await startRig({ compute: fake.service });
    compute = createGoogleCompute({ clock: rig.clock, endpoint: rig.wire.url });
  });
  after(async () => {
    await compute.close();
    await rig.wire.close();
  });
  beforeEach(() => {
    fake.calls.length = 0;
    fake.next.length = 0;
  });

  const answers = (...bodies: JsonObject[]): void => {
    for (const body of bodies) fake.next.push({ status: 200, body });
  };
  const fails = (call: Promise<unknown>, code: CloudErrorCode, message = /./): Promise<void> =>
    assert.rejects(call, (error: Error) => {
      assert.ok(isCloudError(error, code), `${error}`);
      assert.match(error.message, message);
      return true;
    });

  it("sends and reads plain REST JSON, odd names, 64-bit numbers and all", async () => {
    const body = {
      name: "one",
      machineType: `${ZONE}/machineTypes/e2-medium`,
      disks: [{ boot: true, initializeParams: { diskSizeGb: "10", sourceImage: "global/images/i" } }],
      networkInterfaces: [
        {
          network: "n",
          networkIP: "10.0.0.2",
          accessConfigs: [{ type: "ONE_TO_ONE_NAT", natIP: "203.0.113.1" }],
        },
      ],
      labels: { role: "node" },
      metadata: { items: [{ key: "user-data", value: "#cloud-config" }] },
      scheduling: { provisioningModel: "SPOT", instanceTerminationAction: "DELETE" },
    } as const;
    const started = await compute.insert(INSTANCE, body, REQUEST_ID);
    assert.deepEqual(started, operation("insert", "one"));
    const sent = fake.calls[0];
    assert.deepEqual(sent?.params, { project: "demo", zone: "europe-west4-a", requestId: REQUEST_ID });
    assert.deepEqual(sent?.body?.["networkInterfaces"], body.networkInterfaces);
    assert.deepEqual(await compute.get(INSTANCE), { ...body, id: "1234567890123456789" });
  });
  it("speaks of forwarding rules and firewalls by the REST API's names", async () => {
    const rule: ComputeRef<"forwardingRules"> = {
      kind: "forwardingRules",
      project: "demo",
      scope: "regions/europe-west4",
      name: "api",
    };
    const body = { name: "api", IPAddress: "10.0.0.9", IPProtocol: "TCP", ports: ["6443"] };
    await compute.insert(rule, body, REQUEST_ID);
    assert.deepEqual(fake.calls[0]?.body, { ...body, labels: {} });
    assert.deepEqual(await compute.get(rule), { ...body, id: "1234567890123456789" });
    const firewall = { kind: "firewalls", project: "demo", scope: "global", name: "f" } as const;
    await compute.insert(
      firewall,
      { name: "f", allowed: [{ IPProtocol: "tcp", ports: ["22"] }] },
      REQUEST_ID,
    );
    const allowed = fake.calls.at(-1)?.body?.["allowed"];
    assert.deepEqual(allowed, [{ IPProtocol: "tcp", ports: ["22"] }]);
  });
  it("answers nothing for a resource that does not exist, and an error for a delete of it", async () => {
    const none = { ...INSTANCE, name: "none" };
    assert.equal(await compute.get(none), undefined);
    await fails(compute.delete(none, REQUEST_ID), "not-found");
  });
  it("chooses the zonal, regional or global service by the scope", async () => {
    const managers = { kind: "instanceGroupManagers", project: "demo", name: "g" } as const;
    await compute.call("instanceGroupManagers.resize", { ...managers, scope: ZONE }, { size: 3 }, REQUEST_ID);
    await compute.call(
      "instanceGroupManagers.resize",
      { ...managers, scope: "regions/europe-west4" },
      { size: 4 },
      REQUEST_ID,
    );
    await compute
      .delete({ kind: "addresses", project: "demo", scope: "global", name: "a" }, REQUEST_ID)
      .catch(() => {});
    assert.deepEqual(
      fake.calls.map(({ service, params }) => `${service} ${params["size"] ?? ""}`.trim()),
      ["InstanceGroupManagers 3", "RegionInstanceGroupManagers 4", "GlobalAddresses"],
    );
    await fails(
      compute.get({ kind: "routers", project: "demo", scope: "global", name: "r" }),
      "invalid",
      /routers do not exist in global/,
    );
  });
  it("gives a verb's body to the field that the API has for it", async () => {
    const labels = { labels: { a: "b" }, labelFingerprint: "abcd" };
    await compute.call("instances.setLabels", INSTANCE, labels, REQUEST_ID);
    const rule = { kind: "forwardingRules", project: "demo", scope: "global", name: "api" } as const;
    await compute.call("forwardingRules.setLabels", rule, labels, REQUEST_ID);
    assert.deepEqual(
      fake.calls.map(({ service, body, params }) => [
        service,
        body,
        params["resource"] ?? params["instance"],
      ]),
      [
        ["Instances", labels, "one"],
        ["GlobalForwardingRules", labels, "api"],
      ],
    );
  });
  it("sends a whole firewall rule, by which lists can be emptied", async () => {
    answers(operation("update", "f"));
    const firewall = { kind: "firewalls", project: "demo", scope: "global", name: "f" } as const;
    await compute.call(
      "firewalls.update",
      firewall,
      { name: "f", priority: 7, sourceRanges: [] },
      REQUEST_ID,
    );
    assert.equal(fake.calls[0]?.method, "Update");
    assert.deepEqual(fake.calls[0]?.body, { name: "f", priority: 7 });
  });
  it("refuses what Google's client would drop without a word", async () => {
    const service = {
      kind: "backendServices",
      project: "demo",
      scope: "regions/europe-west4",
      name: "b",
    } as const;
    await fails(compute.patch(service, { backends: [] }, REQUEST_ID), "invalid", /backends.*empty list/);
    const typo = compute.call("instances.setTags", INSTANCE, { itmes: ["a"] }, REQUEST_ID);
    await fails(typo, "invalid", /itmes is not a field of Tags/);
    const query = compute.call("instances.detachDisk", INSTANCE, { devicename: "x" }, REQUEST_ID);
    await fails(query, "invalid", /devicename/);
    await fails(
      compute.patch({ kind: "addresses", project: "demo", scope: "global", name: "a" }, {}, REQUEST_ID),
      "invalid",
      /no method patch/,
    );
    assert.equal(fake.calls.length, 0);
  });

  it("reads all pages of a list", async () => {
    answers({ items: [{ name: "a" }], nextPageToken: "t" }, { items: [{ name: "b" }] });
    const found = await compute.list({
      kind: "instances",
      project: "demo",
      scope: ZONE,
      filter: "labels.x=y",
    });
    assert.deepEqual(found, [{ name: "a" }, { name: "b" }]);
    assert.deepEqual(
      fake.calls.map(({ params }) => [params["filter"], params["pageToken"], params["maxResults"]]),
      [
        ["labels.x=y", undefined, "500"],
        ["labels.x=y", "t", "500"],
      ],
    );
  });
  it("reads a list of everywhere, empty scopes and all", async () => {
    answers({
      items: {
        "zones/a": { instances: [{ name: "a" }] },
        "zones/b": { warning: { code: "NO_RESULTS_ON_PAGE", message: "none" } },
        "zones/c": { instances: [{ name: "c" }] },
      },
    });
    const found = await compute.list({ kind: "instances", project: "demo", scope: "everywhere" });
    assert.deepEqual(found, [{ name: "a" }, { name: "c" }]);
    assert.equal(fake.calls[0]?.method, "AggregatedList");
  });
  it("takes the plain list of a kind that is global anyway", async () => {
    answers({ items: [{ name: "n" }] });
    assert.deepEqual(await compute.list({ kind: "networks", project: "demo", scope: "everywhere" }), [
      { name: "n" },
    ]);
    assert.equal(fake.calls[0]?.method, "List");
  });
  it("does not take a zone that cannot be reached for an empty one", async () => {
    const everywhere = { kind: "instances", project: "demo", scope: "everywhere" } as const;
    answers({ items: { "zones/a": { warning: { code: "UNREACHABLE", message: "zone a" } } } });
    await fails(compute.list(everywhere), "unavailable", /not whole: zone a/);
    answers({ items: { "zones/a": { instances: [{ name: "a" }] } }, unreachables: ["zones/b"] });
    await fails(compute.list(everywhere), "unavailable", /zones\/b/);
    answers({ items: [], warning: { code: "UNREACHABLE", message: "backend" } });
    await fails(compute.list({ ...everywhere, scope: ZONE }), "unavailable", /backend/);
  });
  it("reads members, managed instances, the console and an image", async () => {
    answers({ items: [{ instance: "https://x/projects/demo/zones/z/instances/one", status: "RUNNING" }] });
    const group = { kind: "instanceGroups", project: "demo", scope: ZONE, name: "g" } as const;
    assert.deepEqual(await compute.groupMembers(group), ["https://x/projects/demo/zones/z/instances/one"]);
    const managed = [
      { instance: "i", currentAction: "CREATING", instanceStatus: "STAGING", id: "12345678901234567" },
    ];
    answers({ managedInstances: managed });
    const manager = { ...group, kind: "instanceGroupManagers", scope: "regions/europe-west4" } as const;
    assert.deepEqual(await compute.managedInstances(manager), managed);
    answers({ contents: "boot\n", start: "7", next: "12" });
    assert.deepEqual(await compute.serialOutput(INSTANCE, 7), { contents: "boot\n", next: 12 });
    answers({ name: "debian-12-v1", family: "debian-12", diskSizeGb: "10" });
    const image = await compute.imageFromFamily("debian-cloud", "debian-12");
    assert.deepEqual(image, { name: "debian-12-v1", family: "debian-12", diskSizeGb: "10" });
    assert.deepEqual(
      fake.calls.map(({ service, method }) => `${service}.${method}`),
      [
        "InstanceGroups.ListInstances",
        "RegionInstanceGroupManagers.ListManagedInstances",
        "Instances.GetSerialPortOutput",
        "Images.GetFromFamily",
      ],
    );
  });

  describe("operations", () => {
    const path = (scope: string, name: string): string => `projects/demo/${scope}/operations/${name}`;
    it("gets one", async () => {
      answers({ name: "a", status: "DONE", error: { errors: [{ code: "QUOTA_EXCEEDED", message: "q" }] } });
      const [found] = await compute.operations("demo", [path(ZONE, "a")]);
      assert.equal(found?.status, "DONE");
      assert.deepEqual(found?.error, { errors: [{ code: "QUOTA_EXCEEDED", message: "q" }] });
      assert.deepEqual(
        fake.calls.map(({ service, method }) => `${service}.${method}`),
        ["ZoneOperations.Get"],
      );
    });
    it("lists several of one scope in one call", async () => {
      answers({ items: ["b", "a"].map((name) => ({ name, status: "RUNNING" })) });
      const found = await compute.operations("demo", [path(ZONE, "a"), path(ZONE, "b")]);
      assert.deepEqual(
        found.map(({ name }) => name),
        ["a", "b"],
      );
      assert.equal(fake.calls.length, 1);
      assert.equal(fake.calls[0]?.params["filter"], '(name = "a") OR (name = "b")');
    });
    it("lists those of several scopes in one call, and asks again for what the list does not show", async () => {
      answers(
        { items: { [ZONE]: { operations: [{ name: "a", status: "DONE" }] } } },
        { name: "b", status: "PENDING" },
      );
      fake.next.push(failure(404, "notFound", "gone"));
      const paths = [path(ZONE, "a"), path("global", "b"), path("regions/europe-west4", "c")];
      const found = await compute.operations("demo", paths);
      assert.deepEqual(
        found.map(({ name, status }) => `${name} ${status}`),
        ["a DONE", "b PENDING"],
      );
      assert.deepEqual(
        fake.calls.map(({ service, method }) => `${service}.${method}`),
        ["GlobalOperations.AggregatedList", "GlobalOperations.Get", "RegionOperations.Get"],
      );
    });
    it("asks nothing for none", async () => {
      assert.deepEqual(await compute.operations("demo", []), []);
      assert.equal(fake.calls.length, 0);
    });
  });

  describe("errors", () => {
    const cases: readonly (readonly [number, string, string, CloudErrorCode])[] = [
      [400, "invalid", "Invalid value for field 'x'", "invalid"],
      [400, "resourceInUseByAnotherResource", "The network is in use", "in-use"],
      [400, "resourceNotReady", "The resource is not ready", "not-ready"],
      [401, "required", "Login required", "unauthenticated"],
      [403, "forbidden", "Required permission", "permission-denied"],
      [403, "rateLimitExceeded", "Quota exceeded", "rate-limited"],
      [403, "quotaExceeded", "Quota 'CPUS' exceeded. Limit: 24.0", "quota-exceeded"],
      [404, "notFound", "was not found", "not-found"],
      [409, "alreadyExists", "already exists", "already-exists"],
      [409, "operationInProgress", "another operation", "not-ready"],
      [412, "conditionNotMet", "Invalid fingerprint", "stale"],
      [429, "rateLimitExceeded", "Too many", "rate-limited"],
      [500, "internalError", "Internal error", "unavailable"],
      [503, "backendError", "Try again", "unavailable"],
      [503, "ZONE_RESOURCE_POOL_EXHAUSTED", "no capacity", "stockout"],
    ];
    for (const [status, reason, message, code] of cases)
      it(`calls ${status} ${reason} ${code}`, async () => {
        fake.next.push(failure(status, reason, message));
        await fails(compute.delete(INSTANCE, REQUEST_ID), code, new RegExp(message.slice(0, 10)));
        assert.equal(fake.calls.length, 1, "the client must not retry by itself");
      });

    const onServer = async (
      answer: "hang up" | "page",
      run: (compute: GoogleCompute) => Promise<void>,
    ): Promise<void> => {
      const server = createServer((request, response) => {
        if (answer === "hang up") request.socket.destroy();
        else response.writeHead(502, { "Content-Type": "text/html" }).end("<html>Bad Gateway</html>");
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      const local = createGoogleCompute({ clock: rig.clock, endpoint: `http://127.0.0.1:${port}` });
      try {
        await run(local);
      } finally {
        await local.close();
        server.close();
      }
    };
    it("calls a proxy's page unavailable", () =>
      onServer("page", (local) => fails(local.delete(INSTANCE, REQUEST_ID), "unavailable")));
    it("knows that a lost answer to a mutation may have happened, and that a lost read has not", () =>
      onServer("hang up", async (local) => {
        await fails(local.delete(INSTANCE, REQUEST_ID), "unknown-outcome");
        await fails(local.list({ kind: "instances", project: "demo", scope: ZONE }), "unavailable");
      }));
    it("knows that nothing happened when nobody listened", async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      await new Promise((resolve) => server.close(resolve));
      const local = createGoogleCompute({ clock: rig.clock, endpoint: `http://127.0.0.1:${port}` });
      await fails(local.delete(INSTANCE, REQUEST_ID), "unavailable");
      await local.close();
    });
  });
});
