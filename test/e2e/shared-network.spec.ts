/** A cluster on a network of another project (a shared VPC's host): made, looked at by the census, deleted. */
import assert from "node:assert/strict";
import { sweep } from "../../shared/engine/sweep.ts";
import type { ComputeKind, ComputeRef } from "../../shared/ports/compute.ts";
import type { ComputeResources } from "../../shared/ports/compute-types.ts";
import { type SimulatedPlane, simulatedPlane } from "../support/simulated-plane.ts";
import { exampleDocument } from "../support/specs.ts";

const PROJECT = "demo-project";
const HOST = "acme-host";
const ID = "guest";
const RANGE = "10.40.0.0/20";
const NETWORK = `projects/${HOST}/global/networks/backbone`;
const SUBNETWORK = `projects/${HOST}/regions/europe-west4/subnetworks/guests`;
const SPEC = {
  ...exampleDocument("quickstart"),
  name: ID,
  network: { nodes: RANGE, existing: { network: NETWORK, subnetwork: SUBNETWORK } },
  nodePools: [{ name: "general", machineType: "e2-standard-2", size: 1 }],
  deletionProtection: false,
};
const HOSTED = { projects: [PROJECT, HOST], sharedNetworkProjects: [HOST] };
const MINUTE_MS = 60_000;

async function make<K extends ComputeKind>(
  plane: SimulatedPlane,
  ref: Omit<ComputeRef<K>, "project">,
  body: Partial<ComputeResources[K]>,
): Promise<void> {
  const named = { name: ref.name, ...body } as ComputeResources[K];
  const at = { ...ref, project: HOST } as ComputeRef<K>;
  await plane.engine.cloud.compute.insert(at, named, crypto.randomUUID());
  await plane.clock.advance(MINUTE_MS);
}

/** What the owner of the host project has made before any cluster comes: a network, a subnetwork, its way out. */
async function makeHost(plane: SimulatedPlane): Promise<void> {
  await make<"networks">(
    plane,
    { kind: "networks", scope: "global", name: "backbone" },
    { autoCreateSubnetworks: false },
  );
  const region = "regions/europe-west4" as const;
  await make<"subnetworks">(
    plane,
    { kind: "subnetworks", scope: region, name: "guests" },
    { network: NETWORK, ipCidrRange: RANGE },
  );
  await make<"routers">(
    plane,
    { kind: "routers", scope: region, name: "way-out" },
    {
      network: NETWORK,
      nats: [
        {
          name: "nat",
          natIpAllocateOption: "AUTO_ONLY",
          sourceSubnetworkIpRangesToNat: "ALL_SUBNETWORKS_ALL_IP_RANGES",
        },
      ],
    },
  );
  await make<"firewalls">(
    plane,
    { kind: "firewalls", scope: "global", name: "others" },
    { network: NETWORK, sourceRanges: ["192.0.2.0/24"], allowed: [{ IPProtocol: "tcp", ports: ["80"] }] },
  );
}

const inventoryOf = (plane: SimulatedPlane, project: string) => plane.cloud.compute.inventory(project);
const pathsOf = (plane: SimulatedPlane, project: string) =>
  inventoryOf(plane, project).map(({ path }) => path);

describe("a cluster on a shared network of a host project", function () {
  this.timeout(60_000);

  it("reaches Ready, is kept as declared, and is deleted with the host's own things untouched (L1, L5, S2)", async () => {
    const plane = simulatedPlane(1, HOSTED);
    await makeHost(plane);
    const before = inventoryOf(plane, HOST);
    await plane.write(ID, { spec: SPEC });
    await plane.until(ID, (status) => status?.phase === "Ready");
    const ready = await plane.status(ID);
    assert.equal(ready?.nodes.ready, ready?.nodes.desired);

    const own = pathsOf(plane, PROJECT);
    assert.deepEqual(
      own.filter((path) => /\/(networks|subnetworks|routers|firewalls)\//.test(path)),
      [],
      "it makes no network of its own",
    );
    const added = pathsOf(plane, HOST).filter((path) => !before.some((one) => one.path === path));
    assert.ok(added.length > 0);
    const prefix = `projects/${HOST}/global/firewalls/${ID}-${ready?.uid}-`;
    assert.deepEqual(
      added.filter((path) => !path.startsWith(prefix)),
      [],
      "in the host project it makes firewall rules, and nothing else",
    );
    const machines = inventoryOf(plane, PROJECT).filter(({ collection }) => collection === "instances");
    for (const { body } of machines) assert.match(JSON.stringify(body["networkInterfaces"]), /acme-host/);

    await sweep(plane.engine);
    const rule = added[0] ?? "";
    const name = rule.slice(rule.lastIndexOf("/") + 1);
    const ref = { kind: "firewalls", project: HOST, scope: "global", name } as const;
    await plane.engine.cloud.compute.delete(ref, crypto.randomUUID());
    await plane.clock.advance(MINUTE_MS);
    assert.ok(!pathsOf(plane, HOST).includes(rule));
    const { census } = await sweep(plane.engine);
    assert.deepEqual(census, { changed: [ID], orphans: [], unseen: [] });
    await plane.until(ID, (status) => status?.phase === "Ready" && pathsOf(plane, HOST).includes(rule));

    await plane.write(ID, { spec: SPEC, deletion: { uid: ready?.uid ?? "" } });
    await plane.until(ID, (status) => status === undefined);
    assert.deepEqual(pathsOf(plane, PROJECT), []);
    assert.deepEqual(plane.cloud.secrets.inProject(PROJECT), []);
    assert.deepEqual(inventoryOf(plane, HOST), before);
  });

  it("is refused, naming the setting, where the control plane does not allow the host, and touches nothing", async () => {
    const plane = simulatedPlane(2, { projects: [PROJECT, HOST] });
    await makeHost(plane);
    const before = inventoryOf(plane, HOST);
    await plane.write(ID, { spec: SPEC });
    await plane.clock.advance(10 * MINUTE_MS);
    const status = await plane.status(ID);
    assert.equal(status?.phase, "Blocked");
    const accepted = status?.conditions.find(({ type }) => type === "SpecAccepted");
    assert.equal(accepted?.reason, "SpecInvalid");
    assert.match(
      accepted?.message ?? "",
      /network\.existing\.network: .* is of project acme-host, .* add acme-host to CLUSTERWRIGHT_SHARED_NETWORK_PROJECTS/,
    );
    assert.deepEqual(inventoryOf(plane, HOST), before);
    assert.deepEqual(pathsOf(plane, PROJECT), []);
  });

  it("says what is missing when the host has no such subnetwork, and goes on once it has", async () => {
    const plane = simulatedPlane(3, HOSTED);
    await plane.write(ID, { spec: SPEC });
    await plane.clock.advance(5 * MINUTE_MS);
    const status = await plane.status(ID);
    assert.notEqual(status?.phase, "Ready");
    assert.ok(
      status?.failures.some(({ message }) => message.includes(NETWORK) || message.includes(SUBNETWORK)),
      JSON.stringify(status?.failures),
    );
    await makeHost(plane);
    await plane.until(ID, (now) => now?.phase === "Ready");
  });
});
