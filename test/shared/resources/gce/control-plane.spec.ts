/** The control plane grows member by member, and a machine that is made anew takes its member's place. */
import assert from "node:assert/strict";
import type { Instance } from "../../../../shared/ports/compute-types.ts";
import type { Cluster, NodeFacts } from "../../../../shared/resources/resource.ts";
import { bootText, clusterOf, HA, QUICKSTART } from "./clusters.ts";
import { converge, decide, type Pass } from "./passes.ts";
import { createSmallCloud, perform, type SmallCloud } from "./small-cloud.ts";

function machines(passes: readonly Pass[]): readonly (readonly string[])[] {
  const inserted = passes.map(({ actions }) =>
    actions.filter(({ verb, ref }) => verb === "insert" && ref.kind === "instances"),
  );
  return inserted
    .map((actions) => actions.map(({ ref }) => `${ref.name} in ${ref.scope}`))
    .filter(({ length }) => length > 0);
}
function body(passes: readonly Pass[], name: string): Instance {
  const found = passes
    .flatMap(({ actions }) => actions)
    .find(({ verb, ref }) => verb === "insert" && ref.kind === "instances" && ref.name === name);
  assert(found !== undefined && "body" in found);
  return found.body as Instance;
}
/** The machine's role, as its boot data has it. */
function role(instance: Instance): string | undefined {
  return /"role": "([a-z-]+)"/.exec(bootText(instance.metadata))?.[1];
}

async function lose(cloud: SmallCloud, cluster: Cluster, ...members: readonly number[]): Promise<Cluster> {
  await converge(cloud, cluster);
  for (const path of [...cloud.resources.keys()]) {
    const gone = members.some((member) => path.endsWith(`-cp-${member}`));
    if (gone && path.includes("/instances/")) cloud.resources.delete(path);
  }
  for (const [group, paths] of cloud.members)
    cloud.members.set(
      group,
      paths.filter((path) => cloud.resources.has(path)),
    );
  return { ...cluster, pins: { ...cluster.pins, initialised: true } };
}

describe("The control plane", () => {
  it("grows one member at a time, over the zones", async () => {
    assert.deepEqual(machines(await converge(createSmallCloud(), clusterOf(HA))), [
      ["ha-ab12cd-cp-0 in zones/europe-west4-a"],
      ["ha-ab12cd-cp-1 in zones/europe-west4-b"],
      ["ha-ab12cd-cp-2 in zones/europe-west4-c"],
    ]);
  });

  it("is made by its first member and joined by the others", async () => {
    const passes = await converge(createSmallCloud(), clusterOf(HA));
    assert.equal(role(body(passes, "ha-ab12cd-cp-0")), "control-plane-init");
    for (const name of ["ha-ab12cd-cp-1", "ha-ab12cd-cp-2"])
      assert.equal(role(body(passes, name)), "control-plane-join");
  });

  it("waits with the next member until the API server of every one that is there answers", async () => {
    const cloud = createSmallCloud();
    const cluster = clusterOf(HA);
    const silent = { ...cluster, spec: { ...cluster.spec, nodePools: [] } };
    await assert.rejects(
      converge({ ...cloud, members: new Proxy(cloud.members, { get: hideMembers }) }, silent),
      /the API server of ha-ab12cd-cp-0, for members join one at a time/,
    );
    assert.deepEqual([...cloud.resources.keys()].filter((path) => path.includes("/instances/")).length, 1);
  });

  it("has its machines hold etcd on a disk of their own, which stays when they go", async () => {
    const instance = body(
      await converge(createSmallCloud(), clusterOf(QUICKSTART)),
      "quickstart-ab12cd-cp-0",
    );
    const etcd = instance.disks?.find(({ boot }) => boot === false);
    assert.equal(etcd?.autoDelete, false);
    assert.equal(etcd?.deviceName, "etcd");
    assert.match(etcd?.source ?? "", /\/zones\/europe-west4-a\/disks\/quickstart-ab12cd-etcd-0$/);
    assert.match(bootText(instance.metadata), /"etcdDeviceName": "etcd"/);
  });

  it("has a lost member made anew in its place, to join", async () => {
    const cloud = createSmallCloud();
    const cluster = await lose(cloud, clusterOf(HA), 0);
    const passes = await converge(cloud, cluster);
    assert.deepEqual(machines(passes), [["ha-ab12cd-cp-0 in zones/europe-west4-a"]]);
    assert.equal(role(body(passes, "ha-ab12cd-cp-0")), "control-plane-join");
  });

  it("gives every member an address of its own, which stays when the machine goes", async () => {
    const cloud = createSmallCloud();
    const addressOf = (passes: readonly Pass[], member: number) =>
      body(passes, `ha-ab12cd-cp-${member}`).networkInterfaces?.[0]?.networkIP;
    const born = await converge(cloud, clusterOf(HA));
    assert.deepEqual(
      [0, 1, 2].map((member) => addressOf(born, member)),
      ["10.10.0.10", "10.10.0.11", "10.10.0.12"],
    );
    const again = await converge(cloud, await lose(cloud, clusterOf(HA), 1));
    assert.equal(addressOf(again, 1), "10.10.0.11");
  });

  it("asks for a member's address in its own project, of the subnetwork that a shared network's host has", async () => {
    const existing = {
      network: "projects/acme-host/global/networks/shared",
      subnetwork: "projects/acme-host/regions/europe-west4/subnetworks/machines",
    };
    const cluster = clusterOf({ ...HA, network: { existing, nodes: "10.10.0.0/20" } });
    const passes = await converge(createSmallCloud(), cluster);
    const asked = passes
      .flatMap(({ actions }) => actions)
      .find(({ ref }) => ref.kind === "addresses" && ref.name === "ha-ab12cd-cp-0");
    assert(asked !== undefined && "body" in asked);
    assert.equal(asked.key, "projects/acme-dev/regions/europe-west4/addresses/ha-ab12cd-cp-0");
    assert.deepEqual(asked.body, {
      name: "ha-ab12cd-cp-0",
      description: "clusterwright cluster=ha uid=ab12cd; address of control-plane member 0",
      addressType: "INTERNAL",
      purpose: "GCE_ENDPOINT",
      subnetwork:
        "https://www.googleapis.com/compute/v1/projects/acme-host/regions/europe-west4/subnetworks/machines",
    });
  });

  it("reserves the address that a machine has already, should its reservation be gone", async () => {
    const cloud = createSmallCloud();
    await converge(cloud, clusterOf(HA));
    cloud.resources.delete("projects/acme-dev/regions/europe-west4/addresses/ha-ab12cd-cp-1");
    const { actions } = await decide(cloud, clusterOf(HA));
    assert.deepEqual(
      actions.map((action) => "body" in action && (action.body as { address?: string }).address),
      ["10.10.0.11"],
    );
  });

  it("says so when a machine has another address than its member's", async () => {
    const cloud = createSmallCloud();
    await converge(cloud, clusterOf(HA));
    const path = "projects/acme-dev/zones/europe-west4-b/instances/ha-ab12cd-cp-1";
    const there = cloud.resources.get(path) ?? {};
    cloud.resources.set(path, { ...there, networkInterfaces: [{ networkIP: "10.10.0.77" }] });
    const { problems } = await decide(cloud, clusterOf(HA));
    assert.match(problems[0]?.message ?? "", /networkIP: 10\.10\.0\.77.*wanted .*networkIP: 10\.10\.0\.11/);
  });

  it("makes a lost member anew only when its node has fallen silent, lest the old one be taken for it", async () => {
    const cloud = createSmallCloud();
    const cluster = await lose(cloud, clusterOf(HA), 0);
    const node = { unschedulable: false, kubeletVersion: "1.36.1", bootId: "b", labels: {} };
    const ready = { ...node, name: "ha-ab12cd-cp-0", ready: true };
    const seen = (nodes: readonly NodeFacts[], apiServers: readonly string[]) =>
      decide(cloud, cluster, { kubernetes: { version: "1.36.1", nodes, apiServers } });
    const others = ["ha-ab12cd-cp-1", "ha-ab12cd-cp-2"];
    for (const early of [await seen([ready], others), await seen([], ["ha-ab12cd-cp-0", ...others])]) {
      assert.deepEqual(early.actions, []);
      assert.match(early.waiting[0]?.reason ?? "", /the node of the old ha-ab12cd-cp-0 to fall silent/);
    }
    const { actions } = await seen([{ ...ready, ready: false }], others);
    assert.deepEqual(
      actions.map(({ verb, ref }) => `${verb} ${ref.kind} ${ref.name}`),
      ["insert instances ha-ab12cd-cp-0"],
    );
  });

  it("has its only member made anew to take up the cluster on its disk, for there is none to join", async () => {
    const cloud = createSmallCloud();
    const passes = await converge(cloud, await lose(cloud, clusterOf(QUICKSTART), 0));
    assert.equal(role(body(passes, "quickstart-ab12cd-cp-0")), "control-plane-init");
  });

  it("has its first machine made anew to take up the cluster while it is the only member that there ever was", async () => {
    const cloud = createSmallCloud();
    const growing = clusterOf(HA);
    const isFirst = ({ actions }: Pass) => actions.some(({ ref }) => ref.kind === "instances");
    for (let pass = await decide(cloud, growing); !isFirst(pass); pass = await decide(cloud, growing))
      for (const action of pass.actions) perform(cloud, action);
    const disk = "projects/acme-dev/zones/europe-west4-a/disks/ha-ab12cd-etcd-0";
    cloud.resources.set(disk, { ...cloud.resources.get(disk), lastAttachTimestamp: "2026-11-01T00:00:00Z" });
    const lost = { ...growing, pins: { ...growing.pins, initialised: true } };
    const passes = await converge(cloud, lost);
    assert.deepEqual(machines(passes).slice(0, 2), [
      ["ha-ab12cd-cp-0 in zones/europe-west4-a"],
      ["ha-ab12cd-cp-1 in zones/europe-west4-b"],
    ]);
    assert.equal(role(body(passes, "ha-ab12cd-cp-0")), "control-plane-init");
  });

  it("says that a person must restore etcd when too few machines are left and nothing answers", async () => {
    const cloud = createSmallCloud();
    const cluster = await lose(cloud, clusterOf(HA), 0, 1);
    // Nobody is behind the address of the API.
    for (const group of cloud.members.keys()) cloud.members.set(group, []);
    const { actions, waiting } = await decide(cloud, cluster);
    assert.deepEqual(actions, []);
    assert.match(
      waiting.map(({ reason }) => reason).join("\n"),
      /^the Kubernetes API to answer, for ha-ab12cd-cp-0 to join: with 1 control-plane machines left etcd may have no/m,
    );
  });

  it("is not made anew when all of several members are lost: a person is told what to do", async () => {
    const cloud = createSmallCloud();
    const { actions, problems } = await decide(cloud, await lose(cloud, clusterOf(HA), 0, 1, 2));
    assert.deepEqual(
      actions.map(({ verb }) => verb),
      [],
    );
    assert.equal(problems.length, 3);
    assert.match(problems[0]?.message ?? "", /restore it by hand \(etcdutl snapshot restore\)/);
  });
});

/** Groups keep their members, but the Kubernetes API is never seen to answer. */
function hideMembers(target: Map<string, readonly string[]>, property: string): unknown {
  if (property === "values") return () => [][Symbol.iterator]();
  const value: unknown = Reflect.get(target, property);
  return typeof value === "function" ? value.bind(target) : value;
}
