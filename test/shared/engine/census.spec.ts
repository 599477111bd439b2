/** A few lists a project tell which clusters changed, and what belongs to nobody. */
import assert from "node:assert/strict";
import { admit, newStatus } from "../../../shared/engine/admit.ts";
import {
  type CensusRecord,
  type CensusReport,
  LOOK_AGAIN_MS,
  takeCensus,
} from "../../../shared/engine/census.ts";
import type { Engine } from "../../../shared/engine/engine.ts";
import { censusPath } from "../../../shared/engine/paths.ts";
import { CloudError } from "../../../shared/ports/cloud-error.ts";
import type { Compute } from "../../../shared/ports/compute.ts";
import type { Resource } from "../../../shared/ports/compute-types.ts";
import type { ClusterSpec } from "../../../shared/spec/cluster.ts";
import type { ClusterStatus } from "../../../shared/status/cluster-status.ts";
import { createSeededChance } from "../../../simulator/chance.ts";
import { fakeWorld } from "../../support/fake-engine.ts";
import { quickstartSpec, TEST_NOW_MS } from "../../support/specs.ts";

function statusOf(seed: number, changes: Partial<ClusterSpec> = {}): ClusterStatus {
  const fresh = { status: newStatus(createSeededChance(seed)), lines: [] };
  const spec = { ...quickstartSpec(), ...changes };
  return { ...admit(fresh, { spec, specHash: "" }, TEST_NOW_MS).status, unsettledSinceMs: null };
}
const marked = (name: string, cluster: string, uid: string, more: object = {}): Resource => ({
  name,
  description: `clusterwright cluster=${cluster} uid=${uid}; for a test`,
  ...more,
});

/** A census over resources by project, all of one kind; what was remembered is passed on to the next. */
function counting() {
  const world = fakeWorld([]);
  const resources = new Map<string, readonly Resource[]>();
  const blind = new Set<string>();
  let lists = 0;
  const list = async ({ kind, project }: { kind: string; project: string }) => {
    lists += 1;
    if (blind.has(project)) throw new CloudError("permission-denied", `no access to ${project}`);
    return kind === "firewalls" ? (resources.get(project) ?? []) : [];
  };
  const { cloud } = world.engine;
  const compute = { ...cloud.compute, list } as unknown as Compute;
  const engine: Engine = { ...world.engine, cloud: { ...cloud, compute } };
  return {
    resources,
    blind,
    clock: world.clock,
    lists: () => lists,
    census: async (statuses: Readonly<Record<string, ClusterStatus>>): Promise<CensusReport> => {
      const before = new Map<string, CensusRecord>();
      for (const id of Object.keys(statuses)) {
        const record = await engine.store.get<CensusRecord>(censusPath(id));
        if (record !== undefined) before.set(id, record.data);
      }
      return takeCensus(engine, new Map(Object.entries(statuses)), before);
    },
  };
}

describe("engine/census", () => {
  const PROJECT = quickstartSpec().project;

  it("asks for a pass of a cluster that looks different from before, and of no other", async () => {
    const { census, resources } = counting();
    const [a, b] = [statusOf(1), statusOf(2)];
    const [of_a, of_b] = [marked("a-1", "a", a.uid), marked("b-1", "b", b.uid)];
    resources.set(PROJECT, [of_a, of_b]);
    assert.deepEqual((await census({ a, b })).changed, ["a", "b"], "nothing is known of them yet");
    assert.deepEqual((await census({ a, b })).changed, []);
    resources.set(PROJECT, [of_b, of_a]);
    assert.deepEqual((await census({ a, b })).changed, [], "the order of a list is no change");
    resources.set(PROJECT, [of_a, marked("b-1", "b", b.uid, { disabled: true })]);
    assert.deepEqual((await census({ a, b })).changed, ["b"]);
    resources.set(PROJECT, []);
    assert.deepEqual((await census({ a, b })).changed, ["a", "b"], "gone is a change too");
  });

  it("costs the same calls for one cluster as for twenty in a project", async () => {
    const one = counting();
    await one.census({ a: statusOf(1) });
    const twenty = counting();
    await twenty.census(
      Object.fromEntries(Array.from({ length: 20 }, (_, seed) => [`c${seed}`, statusOf(seed)])),
    );
    assert.equal(twenty.lists(), one.lists());
  });

  it("leaves a cluster that is on its way somewhere to its own passes", async () => {
    const { census } = counting();
    assert.deepEqual((await census({ a: { ...statusOf(1), unsettledSinceMs: 1 } })).changed, []);
  });

  it("has each cluster looked at once in an hour all the same, for what no list shows", async () => {
    const { census, clock } = counting();
    const a = statusOf(1);
    await census({ a });
    await clock.advance(LOOK_AGAIN_MS - 1);
    assert.deepEqual((await census({ a })).changed, []);
    await clock.advance(1);
    assert.deepEqual((await census({ a })).changed, ["a"]);
    assert.deepEqual((await census({ a })).changed, []);
  });

  it("says nothing of a project that it could not see: no cluster of it changed, no resource is an orphan", async () => {
    const { census, blind } = counting();
    blind.add(PROJECT);
    const other = statusOf(2, { project: "other-project" });
    const report = await census({ a: statusOf(1), other });
    assert.deepEqual(report.unseen, [{ project: PROJECT, reason: `no access to ${PROJECT}` }]);
    assert.deepEqual([report.changed, report.orphans], [["other"], []]);
  });

  it("sees what a cluster has in the host project of a shared network, and lists nothing else there", async () => {
    const { census, resources, blind, lists } = counting();
    const existing = { network: "projects/host-project/global/networks/n", subnetwork: "s" };
    const spec = quickstartSpec();
    const a = statusOf(1, { network: { ...spec.network, existing } });
    const home = statusOf(2);
    await census({ home });
    const listsOfAProject = lists();
    await census({ a, home });
    assert.equal(lists(), 2 * listsOfAProject + 1, "firewall rules are all that a cluster has there");
    resources.set("host-project", [marked("a-api", "a", a.uid)]);
    assert.deepEqual((await census({ a })).changed, ["a"]);
    blind.add("host-project");
    assert.deepEqual((await census({ a })).changed, [], "half a picture is none");
  });

  it("reports what bears the mark of a cluster that does not exist, and nothing of strangers", async () => {
    const { census, resources } = counting();
    const a = statusOf(1);
    const torn = marked("torn", "a", a.uid, {
      labels: { "clusterwright-cluster": "b", "clusterwright-uid": "bbbbbb" },
    });
    resources.set(PROJECT, [
      marked("a-1", "a", a.uid),
      marked("gone-1", "gone", "zzzzzz"),
      marked("gone-2", "gone", "zzzzzz"),
      { name: "neighbour", description: "of somebody" },
      torn,
    ]);
    assert.deepEqual((await census({ a })).orphans, [
      { project: PROJECT, cluster: "gone", uid: "zzzzzz", resources: ["gone-1", "gone-2"] },
    ]);
  });
});
