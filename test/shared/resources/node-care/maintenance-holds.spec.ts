import assert from "node:assert/strict";
import {
  controlPlaneHolds,
  poolMaintenanceHolds,
} from "../../../../shared/resources/node-care/maintenance-holds.ts";
import type { Cluster } from "../../../../shared/resources/resource.ts";
import { NO_CARE } from "../../../../shared/status/care.ts";
import type { AcceptedCommand } from "../../../../shared/status/inbox.ts";
import { clusterWith } from "../kubernetes/fixtures.ts";

const NOW_MS = Date.parse("2026-11-23T12:00:00Z");
const CLOSED = [{ start: "2026-12-05T02:00", timezone: "UTC", duration: "4h" }];
const MINOR = [{ name: "sale", from: "2026-11-20", to: "2026-12-01", scope: "minor" as const }];
const PAUSE = { reason: "a demo", by: "alice", sinceMs: 0 };
const UPGRADE: AcceptedCommand = {
  operation: "upgrade-1",
  command: "upgrade",
  value: "1.36.5",
  reason: "a hole",
  requestedBy: "alice",
  requestedMs: 0,
  urgent: true,
  begunMs: 1,
};

function cluster(
  maintenance: Partial<Cluster["spec"]["maintenance"]>,
  {
    kubelet = "1.36.4",
    commands = [],
    pauses = [],
  }: { kubelet?: string; commands?: AcceptedCommand[]; pauses?: (typeof PAUSE)[] } = {},
): Cluster {
  const node = {
    name: "n",
    ready: true,
    unschedulable: false,
    kubeletVersion: kubelet,
    bootId: "",
    labels: {},
  };
  const bare = clusterWith({ facts: { kubernetes: { version: "1.36.4", apiServers: [], nodes: [node] } } });
  const autoUpgrade = { patch: true, minor: false, os: true };
  const spec = { ...bare.spec, maintenance: { windows: [], exclusions: [], autoUpgrade, ...maintenance } };
  return { ...bare, spec, care: { ...NO_CARE, commands, pauses } };
}
const reasons = (of: Cluster) => poolMaintenanceHolds(of, "general", NOW_MS).map(({ reason }) => reason);

describe("what maintenance holds up of a cluster", () => {
  it("is its pools and its control plane, by windows and by pauses", () => {
    const both = cluster({ windows: CLOSED }, { pauses: [PAUSE] });
    assert.deepEqual(reasons(both), ["Paused", "OutsideWindow"]);
    assert.deepEqual(
      controlPlaneHolds(both, NOW_MS).map(({ reason }) => reason),
      ["Paused", "OutsideWindow"],
    );
    assert.deepEqual(reasons(cluster({})), []);
  });
  it("of an exclusion of minors is what brings another minor: while nodes run another than was chosen", () => {
    assert.deepEqual(reasons(cluster({ exclusions: MINOR })), []);
    assert.deepEqual(reasons(cluster({ exclusions: MINOR }, { kubelet: "1.35.8" })), ["Excluded"]);
  });
  it("of an exclusion of minors is what brings the control plane to another minor, not what brings it a patch", () => {
    const wishing = (version: string) => {
      const same = cluster({ exclusions: MINOR });
      return controlPlaneHolds(
        { ...same, spec: { ...same.spec, kubernetes: { ...same.spec.kubernetes, version } } },
        NOW_MS,
      );
    };
    assert.deepEqual(
      wishing("1.37").map(({ reason }) => reason),
      ["Excluded"],
    );
    assert.deepEqual(wishing("1.36"), []);
  });
  it("is not an urgent upgrade while it is carried out; a pause holds that up too (S4)", () => {
    assert.deepEqual(reasons(cluster({ windows: CLOSED }, { commands: [UPGRADE], pauses: [PAUSE] })), [
      "Paused",
    ]);
    const { begunMs: _now, ...later } = UPGRADE;
    const { urgent: _so, ...calm } = UPGRADE;
    for (const other of [later, calm])
      assert.deepEqual(reasons(cluster({ windows: CLOSED }, { commands: [other] })), ["OutsideWindow"]);
  });
});
