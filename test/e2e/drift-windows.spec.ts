/**
 * What somebody changed by hand so that a machine must be made anew waits for the next maintenance window, serves until
 * then, and is mended within it.
 */
import assert from "node:assert/strict";
import { sweep } from "../../shared/engine/sweep.ts";
import type { Body } from "../support/cluster-sight.ts";
import { PROJECT, type Running } from "../support/running-cluster.ts";
import { type Person, path, personAt } from "./drift-table.ts";
import { condition, isN2, type Stage, serveWeb, stage, until, watch } from "./rollout-stage.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The simulation begins on Sunday 2026-11-01 at 12:00 UTC. */
const OPENS_MS = Date.parse("2026-11-03T02:00:00Z");
const LASTS_MS = 4 * HOUR_MS;
const MAINTENANCE = {
  windows: [
    { start: "2026-01-06T02:00", timezone: "UTC", duration: "4h", recurrence: "FREQ=WEEKLY;BYDAY=TU" },
  ],
};

/** A running cluster whose upgrades wait for Tuesday, with a workload that must stay up. */
async function withWindows(changes: object = {}): Promise<Stage> {
  const on = await stage();
  await on.cluster.write({ ...on.spec, ...changes, maintenance: MAINTENANCE });
  await serveWeb(on, { maxUnavailable: 1 });
  await on.cluster.assertSettled();
  return on;
}

const pathOf = ({ selfLink }: Body): string => String(selfLink).replace(/^.*\/(projects\/)/, "$1");

/** The group of the pool gets a template of somebody's own, and one of its machines is made from it. */
async function changeTemplate(on: Stage, person: Person): Promise<void> {
  const { cluster } = on;
  const group = cluster.named("instanceGroupManagers", "n-general");
  const { properties } = cluster.resource(
    "instanceTemplates",
    String(group["instanceTemplate"]).split("/").at(-1) ?? "",
  );
  const theirs = `projects/${PROJECT}/global/instanceTemplates/somebodys`;
  await person.insert(theirs, {
    name: "somebodys",
    properties: { ...properties, machineType: "n2-standard-4" },
  });
  const instanceTemplate = `https://www.googleapis.com/compute/v1/${theirs}`;
  await person.call("instanceGroupManagers.setInstanceTemplate", pathOf(group), { instanceTemplate });
  const [first] = cluster.machinesOf("general");
  assert(first !== undefined);
  await person.call("instanceGroupManagers.resize", pathOf(group), { size: 4 });
  const instances = [first["selfLink"]];
  await person.call("instanceGroupManagers.deleteInstances", pathOf(group), { instances });
  await until(on, () => cluster.machinesOf("general").length === 3 && isReplaced(on) === 1);
}

/** The machine says now that it was made from another image: of a name that the spec never gave. */
async function changeMetadata({ cluster }: Stage, person: Person): Promise<void> {
  const { items, fingerprint } = cluster.named("instances", "cp-1")["metadata"];
  const changed = items.map(({ key, value }: Body) =>
    key === "clusterwright-made-from"
      ? { key, value: JSON.stringify({ ...JSON.parse(value), image: "projects/p/global/images/somebodys" }) }
      : { key, value },
  );
  await person.call("instances.setMetadata", path(cluster, "instances", "cp-1"), {
    items: changed,
    fingerprint,
  });
}

/** Until the window opens nothing is disturbed, and the status says what is waited for. */
async function waitsForWindow(on: Stage): Promise<void> {
  const { cluster, plane } = on;
  await sweep(plane.engine);
  await until(on, async () => (await condition(on, "UpToDate")).reason === "OutsideWindow");
  await until(on, async () => (await condition(on, "Ready")).status === "True");
  const machines = cluster.machineIds();
  while (plane.clock.nowMs() < OPENS_MS - HOUR_MS) {
    await plane.clock.advance(HOUR_MS);
    await sweep(plane.engine);
  }
  await plane.clock.advance(OPENS_MS - MINUTE_MS - plane.clock.nowMs());
  assert.deepEqual(cluster.machineIds(), machines, "nothing was made anew");
  assert.match(
    (await condition(on, "UpToDate")).message,
    /the next maintenance window, which opens Tue 2026-11-03/,
  );
  assert.equal(await on.inside.readyPods("web"), 3);
}

/** Within it, and at every step enough pods are Ready. */
async function mendedInWindow(on: Stage): Promise<void> {
  const { plane, cluster } = on;
  await plane.clock.advance(2 * MINUTE_MS);
  await watch(
    on,
    async () => assert((await on.inside.readyPods("web")) >= 2),
    async () => {
      const { phase, wakeAtMs } = await cluster.status();
      return phase === "Ready" && wakeAtMs === null && (await condition(on, "UpToDate")).status === "True";
    },
    LASTS_MS,
  );
  assert(plane.clock.nowMs() < OPENS_MS + LASTS_MS);
  await cluster.assertSettled();
}

const isReplaced = ({ cluster }: Stage) => cluster.machinesOf("general").filter(isN2).length;
const idOf = (cluster: Running, role: string): string => String(cluster.named("instances", role)["id"]);

describe("drift of what a machine is made from", function () {
  this.timeout(60_000);

  it("in a pool: its template is put back at once, and the machine of somebody's own goes in the window", async () => {
    const on = await withWindows();
    const { cluster } = on;
    const before = String(cluster.named("instanceGroupManagers", "n-general")["instanceTemplate"]);
    await changeTemplate(on, personAt(cluster));
    await waitsForWindow(on);
    const group = cluster.named("instanceGroupManagers", "n-general");
    assert.equal(group["instanceTemplate"], before);
    assert.equal(isReplaced(on), 1, "it serves until then");
    await mendedInWindow(on);
    assert.equal(isReplaced(on), 0);
    assert.equal(
      cluster.resource("instanceTemplates", "somebodys")["name"],
      "somebodys",
      "theirs is left alone",
    );
  });

  it("of the control plane: the machine whose metadata was edited is made anew in the window, and no other", async () => {
    const on = await withWindows({ controlPlane: { replicas: 3 } });
    const { cluster } = on;
    const roles = ["cp-0", "cp-1", "cp-2"];
    const before = roles.map((role) => idOf(cluster, role));
    await changeMetadata(on, personAt(cluster));
    await waitsForWindow(on);
    await mendedInWindow(on);
    const changed = roles.filter((role, index) => idOf(cluster, role) !== before[index]);
    assert.deepEqual(changed, ["cp-1"]);
  });
});
