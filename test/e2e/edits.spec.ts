/**
 * Every field of the spec, edited on a running cluster: carried out, or refused with the way out. One cluster lives through
 * all edits in turn, so that each also meets what the ones before it left.
 */
import assert from "node:assert/strict";
import { computePort } from "../../simulator/compute/port.ts";
import { PROJECT, type Running, runningCluster } from "../support/running-cluster.ts";
import { simulatedPlane } from "../support/simulated-plane.ts";
import { specFields } from "../support/spec-fields.ts";
import { type Draft, EDITS } from "./edit-table.ts";

const ID = "edits";
const FIRST = {
  name: ID,
  engine: "gce",
  project: PROJECT,
  region: "europe-west4",
  zones: ["europe-west4-a"],
  kubernetes: { version: "1.36" },
  network: { api: {} },
  controlPlane: { replicas: 1 },
  nodePools: [
    { name: "general", size: 2, zones: ["europe-west4-a"] },
    { name: "batch", size: 1, zones: ["europe-west4-a"] },
  ],
  deletionProtection: false,
};

describe("an edit of each field of the spec", function () {
  this.timeout(60_000);
  let cluster: Running;
  let spec: Draft = FIRST;

  before(async () => {
    const plane = simulatedPlane();
    cluster = runningCluster(plane, ID, FIRST);
    await computePort(plane.cloud.compute.service).insert(
      { kind: "images", project: PROJECT, scope: "global", name: "golden" },
      {
        name: "golden",
        labels: { "clusterwright-os": "debian-13" },
        sourceImage: "projects/debian-cloud/global/images/family/debian-13",
      } as never,
      "00000000-0000-4000-8000-000000000001",
    );
    await cluster.write(FIRST);
    await cluster.assertSettled();
  });

  it("has a row in the table for every field of the schema", () => {
    const rows = new Set(EDITS.map(({ field }) => field));
    assert.deepEqual(
      specFields().filter((field) => !rows.has(field)),
      [],
    );
  });

  EDITS.forEach((row, index) => {
    const what = "refused" in row ? "is refused, and the way out is said" : "is carried out";
    it(`${index + 1}. ${row.field} ${what}`, async () => {
      const draft = structuredClone(spec);
      row.edit(draft);
      const before = await cluster.status();
      const machines = cluster.machineIds();
      await cluster.write(draft);
      const now = await cluster.status();
      const accepted = now.conditions.find((condition) => condition.type === "SpecAccepted");
      if ("refused" in row) {
        assert.equal(accepted?.status, "False", "it was accepted");
        assert.match(accepted.message, row.refused);
        assert.match(accepted.message, /The last accepted spec stays in force/);
        assert.deepEqual(now.accepted, before.accepted);
        assert.equal(
          now.phase,
          "Ready",
          `a refused edit disturbs nothing: ${JSON.stringify(now.conditions)}`,
        );
        await cluster.write(spec);
        return;
      }
      assert.equal(accepted?.status, "True", accepted?.message);
      spec = draft;
      await cluster.assertSettled();
      await row.shows(cluster, machines);
    });
  });

  it("an image that does not exist is asked for by name, disturbs nobody, and can be taken back", async () => {
    const draft = structuredClone(spec);
    Object.assign(draft.nodePools[1], { image: "nowhere" });
    const machines = cluster.machineIds();
    await cluster.plane.write(ID, { spec: draft });
    await cluster.plane.until(ID, (now) =>
      /there is no image nowhere in demo-project: make it, or name another/.test(
        now?.conditions.find(({ type }) => type === "NodesReady")?.message ?? "",
      ),
    );
    assert.deepEqual(cluster.machineIds(), machines);
    await cluster.write(spec);
    await cluster.assertSettled();
    assert.deepEqual(cluster.machineIds(), machines);
  });

  it("and in the end it is deleted to nothing", async () => {
    await cluster.deleteToNothing();
    assert.deepEqual(
      cluster.plane.cloud.compute.inventory(PROJECT).map(({ path }) => path),
      [`projects/${PROJECT}/global/images/golden`],
    );
    assert.deepEqual(cluster.plane.cloud.secrets.inProject(PROJECT), []);
  });
});
