import assert from "node:assert/strict";
import { disruptionPath, statusPath } from "../../../shared/engine/paths.ts";
import { NO_CARE } from "../../../shared/status/care.ts";
import type { ClusterStatus } from "../../../shared/status/cluster-status.ts";
import { type DisruptionRecord, disruptionRecordSchema } from "../../../shared/status/disruption.ts";
import { ID, quickstart } from "../../support/fake-engine.ts";
import { type ApiRig, apiRig, message, PATH } from "./rig.ts";

function entry(node: string, changes: Partial<DisruptionRecord> = {}): DisruptionRecord {
  return disruptionRecordSchema.parse({
    schemaVersion: 1,
    uid: "ab12cd",
    node,
    owner: "us",
    cause: "command",
    reason: "drain asked for by ann",
    sinceMs: 1_000,
    deadlineMs: null,
    policy: null,
    state: "draining",
    blockers: [],
    blockersMore: 0,
    changedMs: 1_000,
    endedMs: null,
    result: null,
    ...changes,
  });
}

/** A cluster whose status says that these entries are open. */
async function withEntries(open: readonly string[], make: (uid: string) => readonly DisruptionRecord[]) {
  const api = await apiRig();
  await api.call("PUT", PATH, quickstart());
  await api.look();
  const { store } = api.plane.engine;
  await store.transact(async (transaction) => {
    const status = (await transaction.get<ClusterStatus>(statusPath(ID)))?.data;
    assert.ok(status !== undefined);
    const ledger = open.map((node) => ({ node, digest: "d" }));
    transaction.set(statusPath(ID), { ...status, care: { ...NO_CARE, ledger } });
    for (const record of make(status.uid)) transaction.set(disruptionPath(ID, record.node), { ...record });
  });
  return api;
}

async function ask(api: ApiRig, query = ""): Promise<readonly string[]> {
  const answer = await api.call("GET", `${PATH}/disruptions${query}`);
  assert.equal(answer.status, 200);
  const { disruptions } = (await answer.json()) as { disruptions: readonly DisruptionRecord[] };
  return disruptions.map(({ node }) => node);
}

describe("functions/api/disruptions", () => {
  it("tells of the nodes that are out of service now, and of no other cluster's that had the name", async () => {
    const api = await withEntries(["b", "a", "old", "ending"], (uid) => [
      entry("a", { uid }),
      entry("b", { uid }),
      entry("old"),
      entry("ending", { uid, endedMs: 2_000, state: "ended", result: "gone" }),
      entry("past", { uid, endedMs: 2_000, state: "ended", result: "uncordoned" }),
    ]);
    assert.deepEqual(await ask(api), ["a", "b"]);
  });

  it("tells of those that ended too, newest first, when asked", async () => {
    const api = await withEntries(["a"], (uid) => [
      entry("a", { uid, changedMs: 3_000 }),
      entry("past", { uid, changedMs: 9_000, endedMs: 9_000, state: "ended", result: "gone" }),
    ]);
    assert.deepEqual(await ask(api, "?ended=true"), ["past", "a"]);
  });

  it("has none of a cluster that is all in service, and says so of one that is not there", async () => {
    const api = await withEntries([], () => []);
    assert.deepEqual(await ask(api), []);
    const absent = await api.call("GET", "/v1/clusters/nobody/disruptions");
    assert.deepEqual([absent.status, await message(absent)], [404, "there is no cluster nobody"]);
  });
});
