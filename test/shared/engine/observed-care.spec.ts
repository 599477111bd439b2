import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { newStatus } from "../../../shared/engine/admit.ts";
import { careWakesMs } from "../../../shared/engine/care-wake.ts";
import { nextWakeMs } from "../../../shared/engine/next-wake.ts";
import { observedCare } from "../../../shared/engine/observed-care.ts";
import { COOL_DOWN_MS, forgottenMs } from "../../../shared/nodes/storm.ts";
import type { Cluster, NodeFacts } from "../../../shared/resources/resource.ts";
import { NO_CARE } from "../../../shared/status/care.ts";
import type { ClusterStatus } from "../../../shared/status/cluster-status.ts";
import { createSeededChance } from "../../../simulator/chance.ts";
import { quickstartSpec } from "../../support/specs.ts";
import { clusterWith } from "../resources/kubernetes/fixtures.ts";

const NOW_MS = Date.parse("2026-11-23T12:00:00Z");
const MINUTE_MS = 60_000;
const fresh = newStatus(createSeededChance(1));
const STATUS: ClusterStatus = {
  ...fresh,
  accepted: quickstartSpec(),
  pins: { ...fresh.pins, initialised: true },
};
const node = (name: string, silentMinutes: number): NodeFacts => ({
  name,
  ready: silentMinutes === 0,
  readiness: silentMinutes === 0 ? "True" : "Unknown",
  readinessSinceMs: NOW_MS - (silentMinutes === 0 ? 1_000 : silentMinutes) * MINUTE_MS,
  unschedulable: false,
  kubeletVersion: "1.36.4",
  bootId: "",
  labels: {},
  createdMs: 0,
});
const BASE = "shop-ab12cd-n-general";
/** Minutes of silence of each of the pool's nodes; nothing: the API is silent. */
function seen(silent: readonly number[] | undefined): Cluster {
  const zone = "projects/acme-prod/zones/europe-west4-a";
  const names = (silent ?? []).map((_, index) => `${BASE}-aaa${index}`);
  const nodes = (silent ?? []).map((minutes, index) => node(names[index] ?? "", minutes));
  const machineStates = new Map(
    names.map((name, index) => [
      `${zone}/instances/${name}`,
      { instanceId: String(index), status: "RUNNING", startedMs: 0, createdMs: 0 },
    ]),
  );
  const group = {
    path: `${zone}/instanceGroupManagers/${BASE}`,
    pool: "general",
    targetSize: names.length,
    template: "t",
    stable: true,
  };
  const kubernetes = silent === undefined ? {} : { kubernetes: { version: "1.36.4", apiServers: [], nodes } };
  return { ...clusterWith(), facts: { groups: [group], machineStates, ...kubernetes } };
}
function taught(status: ClusterStatus, silent: readonly number[] | undefined, nowMs = NOW_MS) {
  return observedCare({ status, lines: [] }, seen(silent), nowMs);
}

describe("what a look teaches the care of nodes", () => {
  it("is nothing while all is well, and then the work is the same one", () => {
    const work = { status: STATUS, lines: [] };
    assert.equal(observedCare(work, seen([0, 0]), NOW_MS), work);
    assert.equal(observedCare(work, seen([0, 5]), NOW_MS), work, "one may always be unhealthy");
  });

  it("is that the API fell silent, once, and that it answers again", () => {
    const lost = taught(STATUS, undefined);
    assert.equal(lost.status.care?.lostMs, NOW_MS);
    assert.match(lost.lines[0]?.message ?? "", /does not answer/);
    assert.equal(taught(lost.status, undefined, NOW_MS + 5).status, lost.status);
    const back = taught(lost.status, [0, 0], NOW_MS + MINUTE_MS);
    assert.deepEqual(back.status.care, { ...NO_CARE, lostMs: null, regainedMs: NOW_MS + MINUTE_MS });
    assert.match(
      back.lines[0]?.message ?? "",
      /answers again: what its nodes said before counts from now on/,
    );
    const blip = taught(lost.status, [0, 0], NOW_MS + 40_000);
    assert.deepEqual(blip.status.care, NO_CARE, "no timer starts again for a request that went astray");
    assert.equal(blip.lines[0]?.message, "the cluster's API answers again");
  });

  it("is a silence only for as long as somebody watched it: clocks may be an hour off (fault 16)", () => {
    const lost = taught(STATUS, undefined);
    const hourMs = 60 * MINUTE_MS;
    for (const offMs of [hourMs, -hourMs]) {
      const wrong = taught(lost.status, undefined, NOW_MS + MINUTE_MS + offMs);
      assert.equal(wrong.status.care?.lostMs, NOW_MS + MINUTE_MS + offMs, "it counts anew by that clock");
      const right = taught(wrong.status, undefined, NOW_MS + 2 * MINUTE_MS);
      assert.equal(right.status.care?.lostMs, NOW_MS + 2 * MINUTE_MS, "and by the right one again");
    }
    let { status } = lost;
    for (let minute = 1; minute <= 40; minute++)
      ({ status } = taught(status, undefined, NOW_MS + minute * MINUTE_MS));
    assert.equal(status.care?.lostMs, NOW_MS, "one that was watched goes on");
  });

  it("is nothing before there ever was an API, or while the cluster goes", () => {
    const unborn = { ...STATUS, pins: { ...STATUS.pins, initialised: false } };
    assert.equal(taught(unborn, undefined).status, unborn);
    const leaving = { ...STATUS, deleting: true };
    assert.equal(taught(leaving, undefined).status, leaving);
  });

  it("is that many fell silent together, that it is over, and after a while nothing again", () => {
    const storm = taught(STATUS, [5, 5, 0, 0, 0, 0]);
    assert.deepEqual(
      storm.status.care?.storms.map(({ scope }) => scope),
      ["pool/general"],
    );
    const over = taught(storm.status, [0, 0, 0, 0, 0, 0], NOW_MS + MINUTE_MS);
    const endedMs = NOW_MS + MINUTE_MS;
    assert.equal(over.status.care?.storms[0]?.endedMs, endedMs);
    assert.deepEqual(careWakesMs(over.status, endedMs), [endedMs + COOL_DOWN_MS, forgottenMs(endedMs)]);
    assert.equal(
      nextWakeMs(over.status, endedMs),
      endedMs + COOL_DOWN_MS,
      "a cluster at rest is looked at then",
    );
    assert.deepEqual(taught(over.status, [0, 0, 0, 0, 0, 0], forgottenMs(endedMs)).status.care?.storms, []);
  });

  it("counts all nodes silent at once as lost sight of: what they said before counts anew", () => {
    const blind = taught(STATUS, [5, 5, 5, 5]);
    assert(blind.status.care?.storms.some(({ scope }) => scope === "cluster"));
    const heard = taught(blind.status, [0, 0, 0, 0], NOW_MS + MINUTE_MS);
    assert.equal(heard.status.care?.regainedMs, NOW_MS + MINUTE_MS);
  });

  it("wakes a cluster at rest ahead of maintenance, once for each time that drains of its pools may take", () => {
    const startMs = NOW_MS + 5 * 3_600_000;
    const window = { startMs, endMs: startMs + 1, canReschedule: false, type: "SCHEDULED" };
    const incident = {
      id: "i",
      kind: "maintenance-notice" as const,
      method: "",
      machine: "m",
      instanceId: "7",
      atMs: NOW_MS,
      receivedMs: NOW_MS,
      message: "",
      window,
    };
    const care = { ...NO_CARE, incidents: [incident] };
    assert.deepEqual(careWakesMs({ ...STATUS, care }, NOW_MS), [startMs - 70 * MINUTE_MS]);
    const [general, ...others] = STATUS.accepted?.nodePools ?? [];
    assert(general !== undefined && STATUS.accepted !== undefined);
    const quick = { ...general, name: "quick", upgrade: { ...general.upgrade, drainTimeout: "5m" } };
    const accepted = { ...STATUS.accepted, nodePools: [general, ...others, quick] };
    assert.deepEqual(careWakesMs({ ...STATUS, accepted, care }, NOW_MS), [
      startMs - 70 * MINUTE_MS,
      startMs - 15 * MINUTE_MS,
    ]);
  });
});
