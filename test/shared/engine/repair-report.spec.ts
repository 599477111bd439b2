import assert from "node:assert/strict";
import { newStatus } from "../../../shared/engine/admit.ts";
import { careNews, withRepairs } from "../../../shared/engine/repair-report.ts";
import { PROBE_AFTER_MS } from "../../../shared/nodes/storm.ts";
import type { Cluster, NodeFacts } from "../../../shared/resources/resource.ts";
import { type Care, NO_CARE } from "../../../shared/status/care.ts";
import type { ClusterStatus } from "../../../shared/status/cluster-status.ts";
import { createSeededChance } from "../../../simulator/chance.ts";
import { quickstartSpec } from "../../support/specs.ts";
import { clusterWith } from "../resources/kubernetes/fixtures.ts";

const NOW_MS = Date.parse("2026-11-23T12:00:00Z");
const MINUTE_MS = 60_000;
const STATUS: ClusterStatus = {
  ...newStatus(createSeededChance(1)),
  accepted: quickstartSpec(),
  generation: 1,
  readyGeneration: 1,
};
const ZONE = "projects/acme-prod/zones/europe-west4-a";
const BASE = "shop-ab12cd-n-general";

type Sign = Pick<NodeFacts, "ready"> & Partial<NodeFacts>;
const WELL: Sign = { ready: true };
const silentFor = (minutes: number): Sign => ({
  ready: false,
  readiness: "Unknown",
  readinessSinceMs: NOW_MS - minutes * MINUTE_MS,
});
const READ_ONLY: Sign = {
  ready: true,
  troubles: [{ type: "ReadonlyFilesystem", sinceMs: NOW_MS - 60 * MINUTE_MS }],
};

function clusterOf(signs: readonly Sign[], care: Partial<Care> = {}): Cluster {
  const names = signs.map((_, index) => `${BASE}-aaa${index}`);
  const nodes = signs.map((sign, index) => ({
    name: names[index] ?? "",
    unschedulable: false,
    kubeletVersion: "1.36.4",
    bootId: "",
    labels: {},
    createdMs: 0,
    ...sign,
  }));
  const state = { instanceId: "7", status: "RUNNING", startedMs: 0, createdMs: 0 };
  const group = {
    path: `${ZONE}/instanceGroupManagers/${BASE}`,
    pool: "general",
    targetSize: names.length,
    template: "t",
    stable: true,
  };
  const facts = {
    groups: [group],
    machineStates: new Map(names.map((name) => [`${ZONE}/instances/${name}`, state])),
    kubernetes: { version: "1.36.4", apiServers: [], nodes },
  };
  return { ...clusterWith(), facts, care: { ...NO_CARE, ...care } };
}
function told(signs: readonly Sign[], care: Partial<Care> = {}): string | undefined {
  const cluster = clusterOf(signs, care);
  const after = withRepairs({ ...STATUS, care: cluster.care ?? NO_CARE }, cluster, NOW_MS);
  const repairing = after.conditions.find(({ type }) => type === "Repairing");
  return repairing === undefined ? undefined : `${repairing.status} ${repairing.reason}`;
}
const storm = (sinceMs: number) => ({
  storms: [{ scope: "pool/general", sinceMs, endedMs: null, message: "many are unhealthy" }],
});

describe("what the condition Repairing says", () => {
  const table: readonly (readonly [
    what: string,
    signs: readonly Sign[],
    care: Partial<Care>,
    string | undefined,
  ])[] = [
    ["nothing while all is well", [WELL, WELL], {}, undefined],
    ["that a silent node is watched", [silentFor(2), WELL], {}, "False Watching"],
    ["that it is repaired", [silentFor(60), WELL], {}, "True Repairing"],
    ["that too many are unhealthy", [silentFor(60), silentFor(60)], storm(NOW_MS), "False TooManyUnhealthy"],
    [
      "that one of too many is replaced, to try whether that helps",
      [READ_ONLY, READ_ONLY],
      storm(NOW_MS - PROBE_AFTER_MS),
      "True Repairing",
    ],
    ["that nothing is seen", [silentFor(60), WELL], { lostMs: NOW_MS }, "False ObservationLost"],
  ];
  for (const [what, signs, care, expected] of table)
    it(`is ${what}`, () => assert.equal(told(signs, care), expected));

  it("is told once as an event, while the cluster is as its spec says", () => {
    const cluster = clusterOf([silentFor(2), WELL]);
    const after = withRepairs(STATUS, cluster, NOW_MS);
    assert.deepEqual(
      careNews(STATUS, after).map(({ verb }) => verb),
      ["watching"],
    );
    assert.deepEqual(careNews(after, after), []);
    assert.deepEqual(careNews({ ...STATUS, readyGeneration: 0 }, after), []);
  });
});
