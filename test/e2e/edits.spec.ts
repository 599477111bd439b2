/**
 * Every field of the spec, edited on every example: carried out, or refused with the way out. Each example lives through
 * all edits in turn, so that each edit also meets what the ones before it left.
 */
import assert from "node:assert/strict";
import { changeOf, forbiddenChanges } from "../../shared/spec/change.ts";
import { PROJECT, type Running, runningCluster } from "../support/running-cluster.ts";
import { simulatedPlane } from "../support/simulated-plane.ts";
import { specFields } from "../support/spec-fields.ts";
import { EXAMPLES, example, POOLS } from "./edits/examples.ts";
import { makeGoldenImage } from "./edits/golden-image.ts";
import { type CarriedOut, type Draft, isCarriedOut, type Pools, type Refused } from "./edits/row.ts";
import { EDITS, editedTogether, MUTABLE, showing, sparedFields, specOf } from "./edits/table.ts";

describe("the table of edits", function () {
  this.timeout(60_000);

  it("has a row for every field of the schema", () => {
    const rows = new Set(EDITS.map(({ field }) => field));
    assert.deepEqual(
      specFields().filter((field) => !rows.has(field)),
      [],
    );
  });

  it("carries out an edit of every field that can change, as the reference tells it, or that is not done yet", () => {
    const notYet = EDITS.flatMap((row) =>
      !isCarriedOut(row) && row.refused.test("is not supported yet") ? [row.field] : [],
    );
    const changeable = specFields().filter((field) => !/^(no\b|not yet)/.test(changeOf(field.split("."))));
    // Another name makes another pool, and the old one goes.
    const expected = [...changeable.filter((field) => !notYet.includes(field)), "nodePools[].name"];
    assert.deepEqual([...MUTABLE].sort(), expected.sort());
  });

  it("spares no example a field but these, each with its reason", () => {
    const spared = (together: boolean) =>
      EXAMPLES.map((name) => [name, Object.keys(sparedFields(example(name), POOLS[name], together))]);
    const inTurn = {
      quickstart: [],
      ha: ["zones"],
      private: ["zones", "network.api.access"],
      "every-os": [],
    };
    assert.deepEqual(Object.fromEntries(spared(false)), inTurn);
    const alone = ["zones", "nodePools[].name", "network.api.access"];
    assert.deepEqual(Object.fromEntries(spared(true)), { ...inTurn, private: alone });
  });

  it("looks at what an edit changes: before it, nothing of it shows", async () => {
    const first = example("quickstart");
    const cluster = runningCluster(simulatedPlane(), "quickstart", first);
    await cluster.write(first);
    const pools = POOLS.quickstart;
    const shown = [];
    for (const row of editedTogether(first, pools).rows.filter(({ shows }) => shows !== undefined)) {
      const document = structuredClone(first);
      row.edit(document, { spec: specOf(first), pools });
      const looked = showing(cluster, { document, pools, rows: [row] }, row);
      const [{ status }] = await Promise.allSettled([looked]);
      if (status === "fulfilled") shown.push(row.field);
    }
    // A wish that is fulfilled already shows nothing new.
    assert.deepEqual(shown, ["kubernetes.version"]);
  });
});

for (const name of EXAMPLES) {
  describe(`an edit of each field of the example ${name}`, function () {
    this.timeout(60_000);
    const first = example(name);
    const pools = POOLS[name];
    let cluster: Running;
    let document: Draft = first;
    let golden: string;

    before(async () => {
      const plane = simulatedPlane();
      cluster = runningCluster(plane, name, first);
      golden = await makeGoldenImage(plane.cloud, PROJECT);
      await cluster.write(first);
      await cluster.assertSettled();
    });

    const edited = (row: CarriedOut | Refused, chosen: Pools): Draft => {
      const draft = structuredClone(document);
      row.edit(draft, { spec: specOf(document), pools: chosen });
      assert.notDeepEqual(draft, document, "the row edits nothing");
      return draft;
    };
    const isRefused = async (row: Refused): Promise<void> => {
      const before = await cluster.status();
      await cluster.write(edited(row, pools));
      const now = await cluster.status();
      const accepted = now.conditions.find(({ type }) => type === "SpecAccepted");
      assert.equal(accepted?.status, "False", "it was accepted");
      assert.match(accepted.message, row.refused);
      assert.match(accepted.message, /The last accepted spec stays in force/);
      assert.deepEqual(now.accepted, before.accepted);
      assert.equal(now.phase, "Ready", `a refused edit disturbs nothing: ${JSON.stringify(now.conditions)}`);
      await cluster.write(document);
    };
    const isCarried = async (row: CarriedOut, chosen: Pools): Promise<void> => {
      const machines = cluster.machineIds();
      const draft = edited(row, chosen);
      await cluster.write(draft);
      const accepted = (await cluster.status()).conditions.find(({ type }) => type === "SpecAccepted");
      assert.equal(accepted?.status, "True", accepted?.message);
      document = draft;
      await cluster.assertSettled();
      if (row.quiet) assert.deepEqual(cluster.machineIds(), machines, "no machine is made anew");
      await row.shows?.(cluster, { spec: specOf(draft), pools: chosen });
    };

    /** Tried all the same, it is refused or changes nothing. */
    const isRightlySpared = async (row: CarriedOut): Promise<void> => {
      const scene = { spec: specOf(document), pools };
      const draft = structuredClone(document);
      row.edit(draft, scene);
      const changes = forbiddenChanges(scene.spec, specOf(draft));
      if (changes.length === 0) assert.deepEqual(specOf(draft), scene.spec);
    };

    EDITS.forEach((row, index) => {
      if (!isCarriedOut(row)) {
        it(`${index + 1}. ${row.field} is refused, and the way out is said`, () => isRefused(row));
        return;
      }
      const reason = row.spared?.({ spec: specOf(first), pools }, false);
      const chosen = poolsInTurn(pools, MUTABLE.indexOf(row.field));
      if (reason === undefined) it(`${index + 1}. ${row.field} is carried out`, () => isCarried(row, chosen));
      else it(`${index + 1}. ${row.field} is spared: ${reason}`, () => isRightlySpared(row));
    });

    it("an image that does not exist is asked for by name, disturbs nobody, and can be taken back", async () => {
      const draft = structuredClone(document);
      const [index = 0] = pools.edited;
      Object.assign(draft.nodePools[index], { os: "debian-13", image: "nowhere" });
      const machines = cluster.machineIds();
      await cluster.plane.write(name, { spec: draft });
      await cluster.plane.until(name, (now) =>
        /there is no image nowhere in demo-project: make it, or name another/.test(
          now?.conditions.find(({ type }) => type === "NodesReady")?.message ?? "",
        ),
      );
      assert.deepEqual(cluster.machineIds(), machines);
      await cluster.write(document);
      await cluster.assertSettled();
      assert.deepEqual(cluster.machineIds(), machines);
    });

    it("and in the end it is deleted to nothing", async () => {
      await cluster.deleteToNothing();
      const { compute, secrets } = cluster.plane.cloud;
      assert.deepEqual(
        compute.inventory(PROJECT).map(({ path }) => path),
        [golden],
      );
      assert.deepEqual(secrets.inProject(PROJECT), []);
    });
  });
}

/** One pool after the other, so that each is edited sooner or later. */
function poolsInTurn({ edited, renamed }: Pools, turn: number): Pools {
  return { edited: edited.slice(turn % edited.length).slice(0, 1), renamed };
}
