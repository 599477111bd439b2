/** What a spec that is edited, and a zone without room, lead to. */
import assert from "node:assert/strict";
import { clusterOf, HA, QUICKSTART } from "./clusters.ts";
import { converge, decide } from "./passes.ts";
import { edit, P, REGION, running, ZONE } from "./running-cluster.ts";
import { createSmallCloud, perform } from "./small-cloud.ts";

describe("An edited spec", () => {
  it("makes a new template and patches the group, then deletes the old template once no machine uses it", async () => {
    const { cloud, cluster } = await running();
    const [pool] = QUICKSTART.nodePools;
    const edited = clusterOf({
      ...QUICKSTART,
      nodePools: [{ ...pool, machineType: "n2-standard-4" }, QUICKSTART.nodePools[1]],
    });
    const passes = await converge(cloud, { ...cluster, spec: edited.spec });
    const done = passes.map(({ actions }) => actions.map(({ verb, ref }) => `${verb} ${ref.kind}`));
    assert.deepEqual(done, [
      ["insert instanceTemplates"],
      ["patch instanceGroupManagers"],
      ["delete instanceTemplates"],
    ]);
  });

  it("takes the external way to the API down in the order that the API allows", async () => {
    const { cloud, cluster } = await running();
    const edited = clusterOf({ ...QUICKSTART, network: { api: { access: "private" } } });
    const passes = await converge(cloud, { ...cluster, spec: edited.spec });
    const gone = passes.flatMap(({ actions }) => actions.filter(({ verb }) => verb === "delete"));
    assert(passes.every(({ actions }) => actions.every(({ ref }) => ref.kind !== "instanceTemplates")));
    assert.deepEqual(
      gone.map(({ ref }) => `${ref.kind} ${ref.name}`),
      [
        `firewalls ${P}-api-admins`,
        `forwardingRules ${P}-api-external`,
        `addresses ${P}-api-external`,
        `backendServices ${P}-api-external`,
      ],
    );
  });

  it("grows the range of the machines in place", async () => {
    const { cloud, cluster } = await running();
    const edited = clusterOf({ ...QUICKSTART, network: { nodes: "10.10.0.0/19" } });
    const [first] = (await converge(cloud, { ...cluster, spec: edited.spec })).flatMap(
      ({ actions }) => actions,
    );
    assert.equal(first?.verb, "subnetworks.expandIpCidrRange");
  });

  it("keeps the way out of machines that were made private when new ones shall be public", async () => {
    const { cloud, cluster } = await running();
    const edited = clusterOf({ ...QUICKSTART, network: { nodesPrivate: false } });
    const passes = await converge(cloud, { ...cluster, spec: edited.spec });
    const touched = passes.flatMap(({ actions }) => actions.map(({ verb, ref }) => `${verb} ${ref.kind}`));
    assert.deepEqual([...new Set(touched)].sort(), [
      "delete instanceTemplates",
      "insert instanceTemplates",
      "patch instanceGroupManagers",
    ]);
    assert(cloud.resources.has(`${REGION}/routers/${P}-router`));
  });

  it("moves etcd's disks to another schedule when hours become days, which no patch can do", async () => {
    const { cloud, cluster } = await running();
    const edited = clusterOf({
      ...QUICKSTART,
      controlPlane: { replicas: 1, etcd: { backup: { every: "1d", keep: 7 } } },
    });
    const passes = await converge(cloud, { ...cluster, spec: edited.spec });
    const done = passes.flatMap(({ actions }) => actions.map(({ verb, ref }) => `${verb} ${ref.name}`));
    assert.deepEqual(done, [
      `insert ${P}-etcd-backup-daily`,
      `disks.removeResourcePolicies ${P}-etcd-0`,
      `delete ${P}-etcd-backup`,
      `disks.addResourcePolicies ${P}-etcd-0`,
    ]);
  });

  it("grows the control plane by one member at a time", async () => {
    const { cloud, cluster } = await running();
    const edited = clusterOf({ ...QUICKSTART, zones: HA.zones, controlPlane: { replicas: 3 } });
    const passes = await converge(cloud, {
      ...cluster,
      spec: { ...edited.spec, nodePools: cluster.spec.nodePools },
    });
    const inserted = passes.map(
      ({ actions }) =>
        actions.filter(({ verb, ref }) => verb === "insert" && ref.kind === "instances").length,
    );
    assert.equal(Math.max(...inserted), 1);
    assert.equal(
      inserted.reduce((sum, count) => sum + count, 0),
      2,
    );
  });

  it("refuses to shrink the control plane, and keeps its machines and disks", async () => {
    const { cloud, cluster } = await running(HA);
    for (const path of [...cloud.resources.keys()].filter((one) => one.includes("/disks/"))) {
      edit(cloud, path, { lastAttachTimestamp: "2026-11-01T00:00:00.000-07:00" });
    }
    const edited = clusterOf({ ...HA, controlPlane: { replicas: 1 } });
    const { actions, problems } = await decide(cloud, { ...cluster, spec: edited.spec });
    assert.deepEqual(actions, []);
    assert.deepEqual(
      problems.map(({ code }) => code),
      ["unsupported", "unsupported", "unsupported", "unsupported"],
    );
  });

  it("does not move a pool to other zones, which would lose its machines", async () => {
    const { cloud, cluster } = await running();
    const [pool, batch] = QUICKSTART.nodePools;
    for (const zones of [["europe-west4-a"], ["europe-west4-a", "europe-west4-c"]]) {
      const edited = clusterOf({ ...QUICKSTART, nodePools: [{ ...pool, zones }, batch] });
      const { actions, problems } = await decide(cloud, { ...cluster, spec: edited.spec });
      assert.deepEqual(actions, []);
      assert.equal(problems.length, 1);
      assert.match(problems[0]?.message ?? "", /Add a pool with the zones that you want/);
    }
  });
});

describe("A zone without room", () => {
  it("moves a member whose disk was never used to another allowed zone", async () => {
    const cloud = createSmallCloud();
    const cluster = clusterOf(HA);
    for (;;) {
      const { actions } = await decide(cloud, cluster);
      if (actions.some(({ ref }) => ref.kind === "instances")) break;
      for (const action of actions) perform(cloud, action);
    }
    const blocked = { ...cluster, facts: { ...cluster.facts, blockedZones: ["europe-west4-a"] } };
    await converge(cloud, blocked);
    const placed = [...cloud.resources.keys()]
      .filter((path) => /instances\/.*cp-0$|etcd-0$/.test(path))
      .map((path) => path.split("/")[3]);
    assert.deepEqual([...new Set(placed)].length, 1);
    assert.notEqual(placed[0], "europe-west4-a");
  });

  it("never moves a member whose disk may hold data", async () => {
    const { cloud, cluster } = await running(HA);
    const machine = `${ZONE}/instances/ha-ab12cd-cp-0`;
    cloud.resources.delete(machine);
    for (const [path, members] of cloud.members)
      cloud.members.set(
        path,
        members.filter((member) => member !== machine),
      );
    edit(cloud, `${ZONE}/disks/ha-ab12cd-etcd-0`, { lastAttachTimestamp: "2026-11-01T00:00:00.000-07:00" });
    const { actions } = await decide(cloud, {
      ...cluster,
      facts: { ...cluster.facts, blockedZones: ["europe-west4-a"] },
    });
    assert.deepEqual(
      actions.map(({ verb, key }) => `${verb} ${key}`),
      [`insert ${machine}`],
    );
  });
});
