/** Which machines are let behind the load balancers, and what is said of one that never gets there. */
import assert from "node:assert/strict";
import { groupMembers, JOIN_LATE_MS } from "../../../../shared/resources/gce/group-members.ts";
import { clusterOf, HA } from "./clusters.ts";

const STARTED_MS = Date.UTC(2026, 10, 1);

const KUBERNETES = { version: "1.36.1", apiServers: ["ha-ab12cd-cp-1"], nodes: [] };

function waitsAt(nowMs: number, answers = true): readonly string[] {
  const ha = clusterOf(HA, { pins: { ...clusterOf(HA).pins, initialised: true } });
  const zone = "europe-west4-a";
  const name = "ha-ab12cd-cp-0";
  const selfLink = `https://www.googleapis.com/compute/v1/projects/acme-dev/zones/${zone}/instances/${name}`;
  const machine = { member: 0, name, zone, selfLink, running: true, startedMs: STARTED_MS };
  const facts = { ...ha.facts, controlPlane: [machine], ...(answers ? { kubernetes: KUBERNETES } : {}) };
  const cluster = { ...ha, facts };
  const { waiting } = groupMembers.plan({ cluster, desired: [], observed: [], nowMs });
  return waiting.map(({ reason }) => reason);
}

describe("A control-plane machine whose API server does not answer", () => {
  it("is waited for", () => {
    assert.deepEqual(waitsAt(STARTED_MS + JOIN_LATE_MS - 1), ["the API server of ha-ab12cd-cp-0 to answer"]);
  });

  it("is named with the way out when it is late, in words that do not change with the time", () => {
    const [reason = "", ...rest] = waitsAt(STARTED_MS + JOIN_LATE_MS);
    assert.deepEqual(rest, []);
    assert.match(reason, /^ha-ab12cd-cp-0 to join, which has not within 10 minutes: its console says why/);
    assert.match(reason, /get-serial-port-output ha-ab12cd-cp-0 --zone europe-west4-a --project acme-dev/);
    assert.match(reason, /remove its old etcd member by hand/);
    assert.deepEqual(waitsAt(STARTED_MS + 5 * JOIN_LATE_MS), [reason]);
  });

  it("is not blamed while no API server answers at all", () => {
    const silent = waitsAt(STARTED_MS + JOIN_LATE_MS, false);
    assert.deepEqual(silent, ["the API server of ha-ab12cd-cp-0 to answer"]);
  });
});
