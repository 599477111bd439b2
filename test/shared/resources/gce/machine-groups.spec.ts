/** What a pool's group does by itself, what it leaves to node care, and what it teaches. */
import assert from "node:assert/strict";
import type { ComputeReader } from "../../../../shared/ports/compute.ts";
import type { InstanceGroupManager, ManagedInstance } from "../../../../shared/ports/compute-types.ts";
import { controlPlane } from "../../../../shared/resources/gce/control-plane.ts";
import { machineGroups } from "../../../../shared/resources/gce/machine-groups.ts";
import type { CloudReader, Cluster, GroupFacts, Waiting } from "../../../../shared/resources/resource.ts";
import { clusterOf, QUICKSTART } from "./clusters.ts";
import { P, REGION, running, ZONE } from "./running-cluster.ts";
import { type Body, type SmallCloud, serverForm } from "./small-cloud.ts";

const NAME = `${P}-n-general`;
const PATH = `${REGION}/instanceGroupManagers/${NAME}`;
const [GENERAL, BATCH] = QUICKSTART.nodePools;
const withGeneral = (changes: object): Cluster["spec"] =>
  clusterOf({ ...QUICKSTART, nodePools: [{ ...GENERAL, ...changes }, BATCH] }).spec;

const HOST = "https://www.googleapis.com/compute/v1";
function machine(name: string, more: Partial<ManagedInstance> = {}): ManagedInstance {
  return {
    instance: `${HOST}/${ZONE}/instances/${NAME}-${name}`,
    currentAction: "NONE",
    instanceStatus: "RUNNING",
    ...more,
  };
}

/** The small cloud, whose groups have machines and count how often they are asked for them. */
function withMachines(cloud: SmallCloud, machines: readonly ManagedInstance[]) {
  const asked: string[] = [];
  const compute: ComputeReader = {
    ...cloud.reader.compute,
    managedInstances: async ({ name }) => {
      asked.push(name);
      return machines;
    },
  };
  const reader: CloudReader = { ...cloud.reader, compute };
  return { reader, asked };
}
function edit(cloud: SmallCloud, changes: Partial<InstanceGroupManager>): void {
  cloud.resources.set(PATH, { ...cloud.resources.get(PATH), ...(changes as Body) });
}
async function look(
  cloud: SmallCloud,
  cluster: Cluster,
  machines: readonly ManagedInstance[] = [machine("aaaa"), machine("bbbb")],
) {
  const { reader, asked } = withMachines(cloud, machines);
  const observed = await machineGroups.observe(reader, cluster);
  const facts = machineGroups.learn?.(observed, cluster) ?? {};
  const known: Cluster = {
    ...cluster,
    facts: {
      ...cluster.facts,
      kubernetes: { version: "1", apiServers: [], nodes: [] },
      ...facts,
    },
  };
  const desired = machineGroups.desire(known);
  const plan = Array.isArray(desired)
    ? machineGroups.plan({ cluster: known, desired, observed, nowMs: 0 })
    : { actions: [], waiting: [desired as Waiting], problems: [] };
  const general = facts.groups?.find(({ pool }) => pool === "general") as GroupFacts;
  return { asked, general, plan };
}
async function booted(): Promise<{ cloud: SmallCloud; cluster: Cluster }> {
  const { cloud, cluster } = await running();
  return { cloud, cluster: { ...cluster, facts: { ...cluster.facts, apiInternalAddress: "10.10.0.2" } } };
}

describe("A pool's group", () => {
  it("in order is not asked for its machines", async () => {
    const { cloud, cluster } = await booted();
    const { asked, general } = await look(cloud, cluster);
    assert.deepEqual(asked, []);
    assert.equal(general.machines, undefined);
    assert.equal(general.targetSize, 2);
  });

  const unsettled: readonly (readonly [string, Partial<InstanceGroupManager>])[] = [
    ["that is not stable", { status: { isStable: false } }],
    [
      "whose machines are of older templates",
      { status: { isStable: true, versionTarget: { isReached: false } } },
    ],
    ["of another size", { targetSize: 3 }],
  ];
  for (const [what, changes] of unsettled) {
    it(`${what} is asked for its machines, once, and teaches them`, async () => {
      const { cloud, cluster } = await booted();
      edit(cloud, changes);
      const going = machine("bbbb", {
        currentAction: "DELETING",
        version: { instanceTemplate: `${HOST}/x/y` },
      });
      const { asked, general } = await look(cloud, cluster, [machine("aaaa"), going]);
      assert.deepEqual(asked, [NAME]);
      assert.deepEqual(general.machines, [
        { path: `${ZONE}/instances/${NAME}-aaaa`, going: false, running: true },
        { path: `${ZONE}/instances/${NAME}-bbbb`, template: `${HOST}/x/y`, going: true, running: true },
      ]);
    });
  }

  const statuses = [
    [{}, true],
    [{ instanceStatus: "STOPPING" }, false],
    [{ instanceStatus: "TERMINATED" }, false],
    [{ currentAction: "RECREATING" }, false],
    [{ currentAction: "RESTARTING" }, false],
    [{ currentAction: "CREATING", instanceStatus: undefined }, false],
  ] as const;
  for (const [changes, running] of statuses) {
    it(`teaches that a machine ${JSON.stringify(changes)} ${running ? "runs" : "does not run"}`, async () => {
      const { cloud, cluster } = await booted();
      edit(cloud, { status: { isStable: false } });
      const { general } = await look(cloud, cluster, [{ ...machine("aaaa"), ...changes } as ManagedInstance]);
      assert.deepEqual(
        general.machines?.map((one) => one.running),
        [running],
      );
    });
  }

  it("grows by itself, and never shrinks: the machines that go are chosen and drained first", async () => {
    const { cloud, cluster } = await booted();
    const more = await look(cloud, { ...cluster, spec: withGeneral({ size: 3 }) });
    assert.deepEqual(
      more.plan.actions.map(({ verb }) => verb),
      ["instanceGroupManagers.resize"],
    );
    const less = await look(cloud, { ...cluster, spec: withGeneral({ size: 1 }) });
    assert.deepEqual(less.plan.actions, []);
  });

  it("makes no machine in the place of one that still goes, where none may be too many (S6)", async () => {
    const { cloud, cluster } = await booted();
    edit(cloud, { targetSize: 1 });
    const machines = [machine("aaaa"), machine("bbbb", { currentAction: "DELETING" })];
    const tight = { ...cluster, spec: withGeneral({ upgrade: { maxSurge: 0, maxUnavailable: 1 } }) };
    assert.deepEqual((await look(cloud, tight, machines)).plan.actions, []);
    const roomy = (await look(cloud, cluster, machines)).plan.actions;
    assert.deepEqual(
      roomy.map(({ verb }) => verb),
      ["instanceGroupManagers.resize"],
    );
  });

  it("of a pool that the spec has no more stays until its last machine is gone", async () => {
    const { cloud, cluster } = await booted();
    const without = { ...cluster, spec: clusterOf({ ...QUICKSTART, nodePools: [BATCH ?? {}] }).spec };
    const { plan } = await look(cloud, without);
    assert.deepEqual(plan.actions, []);
    assert.match(
      plan.waiting.map(({ reason }) => reason).join(),
      /the 2 machines of pool general to be drained/,
    );
    const empty = await look(cloud, without, []);
    assert.deepEqual(
      empty.plan.actions.map(({ verb, key }) => `${verb} ${key}`),
      [`delete ${PATH}`],
    );
  });

  it("is looked at again less often in a rollout of many machines, and then not for nodes that come", async () => {
    const { cloud, cluster } = await booted();
    edit(cloud, { targetSize: 3 });
    const again = async (machines: readonly ManagedInstance[]) =>
      machineGroups.lookAgain?.(await machineGroups.observe(withMachines(cloud, machines).reader, cluster));
    const made = (name: string, template: string) =>
      machine(name, {
        version: { instanceTemplate: `${HOST}/projects/p/global/instanceTemplates/${template}` },
      });
    const many = (template: string) => Array.from({ length: 20 }, (_, at) => made(`m${at}`, template));
    assert.deepEqual(await again(many("one")), { everyMs: 10_000, news: "of any" });
    const rolling = await again([...many("one"), made("bbbb", "two")]);
    assert.deepEqual(rolling, { everyMs: 15_000, news: "of loss" });
    const few = await again([made("aaaa", "one"), made("bbbb", "two")]);
    assert.deepEqual(few, { everyMs: 10_000, news: "of any" });
    assert.deepEqual(await again([]), { everyMs: 0, news: "of any" });
  });

  it("of a cluster that goes is deleted with its machines", async () => {
    const { cloud, cluster } = await booted();
    const { plan } = await look(cloud, { ...cluster, deleting: true });
    assert.equal(plan.actions.filter(({ verb }) => verb === "delete").length, 2);
  });
});

describe("The list of control-plane machines", () => {
  it("teaches all machines of the cluster, so that Nodes without one are known, at no further call", async () => {
    const { cloud, cluster } = await booted();
    const ref = {
      kind: "instances",
      project: "acme-dev",
      scope: "zones/europe-west4-a",
      name: `${NAME}-aaaa`,
    } as const;
    const own = cloud.resources.get(`${ZONE}/instances/${P}-cp-0`) ?? {};
    cloud.resources.set(`${ZONE}/instances/${NAME}-aaaa`, {
      ...serverForm(ref, { ...own, name: ref.name }),
      status: "STOPPING",
    });
    const observed = await controlPlane.observe(cloud.reader, cluster);
    const facts = controlPlane.learn?.(observed, cluster);
    assert.deepEqual([...(facts?.machines ?? [])].sort(), [
      `${ZONE}/instances/${P}-cp-0`,
      `${ZONE}/instances/${NAME}-aaaa`,
    ]);
    assert.deepEqual(facts?.stoppingMachines, [`${ZONE}/instances/${NAME}-aaaa`]);
    assert.deepEqual(
      facts?.controlPlane?.map(({ name }) => name),
      [`${P}-cp-0`],
    );
    assert.deepEqual(
      controlPlane.own?.(observed, cluster).map(({ name }) => name),
      [`${P}-cp-0`],
      "only members are planned for",
    );
  });
});
