import assert from "node:assert/strict";
import { hasMemberRoom, membersInFlight } from "../../../../shared/resources/node-care/member-room.ts";
import type { Cluster, MachineState, NodeFacts } from "../../../../shared/resources/resource.ts";
import { NO_CARE, type Repair } from "../../../../shared/status/care.ts";
import { clusterWith } from "../kubernetes/fixtures.ts";

const NOW_MS = Date.parse("2026-11-23T12:00:00Z");
const LONG_AGO_MS = NOW_MS - 3_600_000;
const pathOf = (name: string) => `projects/acme-prod/zones/europe-west4-a/instances/${name}`;
const MEMBERS = ["shop-ab12cd-cp-0", "shop-ab12cd-cp-1", "shop-ab12cd-cp-2"];
const WORKER = "shop-ab12cd-n-general-x1y2";

interface Member {
  readonly cordoned?: NodeFacts["cordoned"];
  readonly ready?: boolean;
  readonly startedMs?: number;
}
function cluster(members: readonly Member[], worker: Member = {}, repairs: readonly Repair[] = []): Cluster {
  const names = [...MEMBERS, WORKER];
  const nodes = [...members, worker].map(
    ({ cordoned, ready = true }, index): NodeFacts => ({
      name: names[index] ?? "",
      ready,
      unschedulable: cordoned !== undefined,
      kubeletVersion: "1.36.4",
      bootId: "",
      labels: {},
      ...(cordoned === undefined ? {} : { cordoned }),
    }),
  );
  const states = names.map((name, index): [string, MachineState] => [
    pathOf(name),
    { instanceId: String(index), status: "RUNNING", startedMs: members[index]?.startedMs ?? LONG_AGO_MS },
  ]);
  const bare = clusterWith({
    facts: {
      machines: names.map(pathOf),
      machineStates: new Map(states),
      kubernetes: { version: "1.36.4", apiServers: MEMBERS, nodes },
    },
  });
  const maintenance = { ...bare.spec.maintenance, maxDisruptions: 1 };
  return { ...bare, spec: { ...bare.spec, maintenance }, care: { ...NO_CARE, repairs } };
}
const ours = (operation?: string): NonNullable<NodeFacts["cordoned"]> => ({
  reason: "",
  sinceMs: NOW_MS,
  cause: "upgrade",
  ...(operation === undefined ? {} : { operation }),
});
const WELL = [{}, {}, {}];
const count = (of: Cluster) => membersInFlight(of, NOW_MS);

describe("the control plane within the cluster's limit of disruptions", () => {
  it("counts a member whose turn it is, and none that a command only cordoned", () => {
    assert.equal(count(cluster(WELL)), 0);
    assert.equal(count(cluster([{ cordoned: ours() }, {}, {}])), 1);
    assert.equal(count(cluster([{ cordoned: ours("cordon-1") }, {}, {}])), 0);
  });

  it("counts a member that comes back from being made anew or restarted, and not one that just fell silent", () => {
    assert.equal(count(cluster([{ ready: false }, {}, {}])), 0);
    assert.equal(count(cluster([{ ready: false, startedMs: NOW_MS - 60_000 }, {}, {}])), 1);
    assert.equal(count(cluster([{ startedMs: NOW_MS - 60_000 }, {}, {}])), 0, "it is well");
    const restarted = {
      pool: "control-plane",
      machine: pathOf(MEMBERS[0] ?? ""),
      instanceId: "0",
      step: "restart",
      atMs: NOW_MS - 60_000,
      reason: "",
    } as const;
    assert.equal(count(cluster([{ ready: false }, {}, {}], {}, [restarted])), 1);
  });

  it("leaves no room for a member while a node of a pool is on its way out", () => {
    assert.equal(hasMemberRoom(cluster(WELL), NOW_MS), true);
    assert.equal(hasMemberRoom(cluster(WELL, { cordoned: ours() }), NOW_MS), false);
    assert.equal(hasMemberRoom(cluster(WELL, { cordoned: ours("drain-1") }), NOW_MS), true, "kept empty");
    const unlimited = cluster(WELL, { cordoned: ours() });
    const { maxDisruptions: _limit, ...maintenance } = unlimited.spec.maintenance;
    assert.equal(hasMemberRoom({ ...unlimited, spec: { ...unlimited.spec, maintenance } }, NOW_MS), true);
  });
});
