import assert from "node:assert/strict";
import { pass } from "../../shared/engine/pass.ts";
import { clusterPath } from "../../shared/engine/paths.ts";
import { sweep } from "../../shared/engine/sweep.ts";
import { type SimulatedPlane, simulatedPlane } from "../support/simulated-plane.ts";
import { exampleDocument } from "../support/specs.ts";

const ID = "quickstart";
const MINUTE_MS = 60_000;
const EVENTS = 40;

/** Every resource with the time that it was made: one that was deleted and made anew has another. */
async function everything(plane: SimulatedPlane): Promise<readonly string[]> {
  const paths = plane.cloud.compute.inventory().map(({ path }) => path);
  const machines = await plane.engine.cloud.compute.list({
    kind: "instances",
    project: "demo-project",
    scope: "everywhere",
  });
  const secrets = plane.cloud.secrets.inProject("demo-project").map(({ id }) => id);
  return [...paths, ...machines.map(({ name, id }) => `${name} ${id}`), ...secrets].toSorted();
}

describe("nothing but a tombstone with the cluster's own uid deletes it (S14):", function () {
  this.timeout(60_000);
  let plane: SimulatedPlane;
  let before: readonly string[];
  const spec = { ...exampleDocument(ID), deletionProtection: false };

  prepare(async () => {
    plane = simulatedPlane(21);
    await plane.write(ID, { spec });
    await plane.until(ID, (status) => status?.phase === "Ready");
    before = await everything(plane);
  });
  afterEach(async () => {
    await plane.clock.advance(3 * MINUTE_MS);
    assert.deepEqual(await everything(plane), before);
    assert.equal((await plane.status(ID))?.deleting, false);
    await plane.write(ID, { spec });
    await plane.until(ID, (status) => status?.phase === "Ready" && status.wakeAtMs === null);
  });

  const tombstones: Readonly<Record<string, unknown>> = {
    "an empty one": {},
    "the uid of an earlier cluster of that name": { uid: "zzzzzz" },
    "a uid in capitals": (uid: string) => ({ uid: uid.toUpperCase() }),
    "the uid with a blank": (uid: string) => ({ uid: `${uid} ` }),
    "the uid in a list": (uid: string) => ({ uid: [uid] }),
    "a list": (uid: string) => [uid],
    "the uid alone": (uid: string) => uid,
    true: true,
    "a pattern": { uid: ".*" },
    "no uid but a time and a person": {
      requestedAt: "2026-11-01T00:00:00Z",
      requestedBy: "alice@example.com",
    },
  };
  for (const [what, given] of Object.entries(tombstones)) {
    it(`not ${what}`, async () => {
      const uid = (await plane.status(ID))?.uid ?? "";
      const deletion = typeof given === "function" ? (given(uid) as unknown) : given;
      await plane.write(ID, { spec, deletion } as never);
    });
  }

  it("not the right tombstone of a protected cluster", async () => {
    const uid = (await plane.status(ID))?.uid ?? "";
    await plane.write(ID, { spec: { ...spec, deletionProtection: true } });
    await plane.write(ID, { spec: { ...spec, deletionProtection: true }, deletion: { uid } });
    assert.match(JSON.stringify((await plane.status(ID))?.conditions), /protected from deletion/);
    await plane.write(ID, { spec: { ...spec, deletionProtection: true } });
    // What protection changes on machines is put back before the next test.
    await plane.write(ID, { spec });
    await plane.until(ID, (status) => status?.phase === "Ready" && status.wakeAtMs === null);
  });

  const documents: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    "an empty document": {},
    "a spec that is empty": { spec: {} },
    "a spec that is null": { spec: null },
    "a spec that cannot be read": { spec: "%PDF-1.4" },
    "a spec of another project": { spec: { ...spec, project: "other-project" } },
    "a spec of another region": { spec: { ...spec, region: "us-central1" } },
    "a spec of another name": { spec: { ...spec, name: "another" } },
    "a spec without pools": { spec: { ...spec, nodePools: [] } },
    "a spec of another engine": { spec: { ...spec, engine: "gke" } },
    "a spec that brings a network": {
      spec: { ...spec, network: { existing: { network: "main", subnetwork: "main" } } },
    },
  };
  for (const [what, document] of Object.entries(documents)) {
    it(`not ${what}`, () => plane.write(ID, document));
  }

  it("not a document that is gone, nor a sweep that finds it gone", async () => {
    await plane.engine.store.transact(async (transaction) => transaction.delete(clusterPath(ID)));
    await pass(plane.engine, ID, "document deleted");
    await sweep(plane.engine);
  });

  it(`not a flood of ${EVENTS} events at once`, async () => {
    // As deployed, where every pass is a process of its own.
    let holders = 0;
    const engine = { ...plane.engine, holder: () => `pass ${holders++}` };
    const passes = Array.from({ length: EVENTS }, (_, count) => pass(engine, ID, `event ${count}`));
    // Those that meet in the store try again after a moment of virtual time.
    const time = plane.clock.advance(MINUTE_MS);
    const outcomes = await Promise.all(passes);
    await time;
    assert.equal(outcomes.filter(({ outcome }) => outcome === "gone").length, 0);
  });
});

/** Mocha's hook, under a name that is free beside the list. */
function prepare(work: () => Promise<void>): void {
  globalThis.before(work);
}
