/** A few lists a project tell which clusters changed, and what belongs to nobody. */
import assert from "node:assert/strict";
import { newStatus } from "../../../shared/engine/admit.ts";
import { LOOK_AGAIN_MS, takeCensus } from "../../../shared/engine/census.ts";
import type { Engine } from "../../../shared/engine/engine.ts";
import type { LedgerEntry } from "../../../shared/engine/ledger.ts";
import { statusPath } from "../../../shared/engine/paths.ts";
import type { Sighting } from "../../../shared/engine/roll-call.ts";
import { CloudError } from "../../../shared/ports/cloud-error.ts";
import type { Compute } from "../../../shared/ports/compute.ts";
import type { Resource } from "../../../shared/ports/compute-types.ts";
import { projectsOf } from "../../../shared/resources/owner.ts";
import type { ClusterSpec } from "../../../shared/spec/cluster.ts";
import { createSeededChance } from "../../../simulator/chance.ts";
import { fakeWorld } from "../../support/fake-engine.ts";
import { quickstartSpec } from "../../support/specs.ts";

function seen(seed: number, changes: Partial<ClusterSpec> = {}): Sighting {
  const { uid } = newStatus(createSeededChance(seed));
  const projects = projectsOf({ spec: { ...quickstartSpec(), ...changes } });
  return { uid, projects, seenHash: "", wakeAtMs: null, isAtRest: true };
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
  const remembered = new Map<string, LedgerEntry>();
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
    engine,
    census: async (clusters: Readonly<Record<string, Sighting>>) => {
      const report = await takeCensus(engine, new Map(Object.entries(clusters)), remembered);
      for (const [id, digest] of report.changed) {
        const one = clusters[id];
        if (one !== undefined)
          remembered.set(id, { ...one, documentVersion: "", digest, lookedMs: engine.clock.nowMs() });
      }
      return { ...report, changed: [...report.changed.keys()] };
    },
  };
}

describe("engine/census", () => {
  const PROJECT = quickstartSpec().project;

  it("asks for a pass of a cluster that looks different from before, and of no other", async () => {
    const { census, resources } = counting();
    const [a, b] = [seen(1), seen(2)];
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
    await one.census({ a: seen(1) });
    const twenty = counting();
    await twenty.census(
      Object.fromEntries(Array.from({ length: 20 }, (_, seed) => [`c${seed}`, seen(seed)])),
    );
    assert.equal(twenty.lists(), one.lists());
  });

  it("leaves a cluster that is on its way somewhere to its own passes", async () => {
    const { census } = counting();
    assert.deepEqual((await census({ a: { ...seen(1), isAtRest: false } })).changed, []);
  });

  it("has each cluster looked at once in an hour all the same, for what no list shows", async () => {
    const { census, clock } = counting();
    const a = seen(1);
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
    const other = seen(2, { project: "other-project" });
    const report = await census({ a: seen(1), other });
    assert.deepEqual(report.unseen, [{ project: PROJECT, reason: `no access to ${PROJECT}` }]);
    assert.deepEqual([report.changed, report.orphans], [["other"], []]);
  });

  it("has a cluster looked at once in an hour though its project cannot be listed, so that its status says so", async () => {
    const { census, blind, clock } = counting();
    const a = seen(1);
    await census({ a });
    blind.add(PROJECT);
    await clock.advance(LOOK_AGAIN_MS - 1);
    assert.deepEqual((await census({ a })).changed, []);
    await clock.advance(1);
    assert.deepEqual((await census({ a })).changed, ["a"]);
    assert.deepEqual((await census({ a })).changed, []);
    blind.clear();
    assert.deepEqual((await census({ a })).changed, [], "it is as it was");
  });

  it("sees what a cluster has in the host project of a shared network, and lists nothing else there", async () => {
    const { census, resources, blind, lists } = counting();
    const existing = { network: "projects/host-project/global/networks/n", subnetwork: "s" };
    const spec = quickstartSpec();
    const a = seen(1, { network: { ...spec.network, existing } });
    const home = seen(2);
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
    const a = seen(1);
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

  it("is stopped by no mark that a stranger wrote: an empty one, or one that no document can be called", async () => {
    const { census, resources } = counting();
    const labelled = (cluster: string, uid: string): Resource => {
      const labels = { "clusterwright-cluster": cluster, "clusterwright-uid": uid };
      return { name: "a-volume", ...{ labels } };
    };
    resources.set(PROJECT, [
      labelled("", "zzzzzz"),
      labelled("__a__", "zzzzzy"),
      labelled("a", ""),
      marked("long", "a".repeat(1_600), "zzzzzx"),
    ]);
    const report = await census({ a: seen(1) });
    assert.deepEqual([report.changed, report.orphans], [["a"], []]);
  });

  it("asks the status before it calls something an orphan: a cluster may have been made anew under its name", async () => {
    const { census, resources, engine } = counting();
    resources.set(PROJECT, [marked("a-2", "a", "newone")]);
    await engine.store.transact(async (transaction) =>
      transaction.set(statusPath("a"), { ...newStatus(createSeededChance(3)), uid: "newone" }),
    );
    assert.deepEqual((await census({ a: seen(1) })).orphans, []);
  });
});
