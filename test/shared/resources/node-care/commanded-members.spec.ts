/** A restart by command of one member of three, whose machine was made anew meanwhile. */
import assert from "node:assert/strict";
import { commandOrders } from "../../../../shared/resources/node-care/command-orders.ts";
import { planCommandedMembers } from "../../../../shared/resources/node-care/commanded-members.ts";
import type { Cluster, MachineState, MemberPart, NodeFacts } from "../../../../shared/resources/resource.ts";
import { NO_CARE, type Repair } from "../../../../shared/status/care.ts";
import { clusterOf, HA } from "../gce/clusters.ts";

const NOW_MS = Date.parse("2026-11-29T12:00:00Z");
const ago = (minutes: number) => NOW_MS - minutes * 60_000;
const NAMES = [0, 1, 2].map((number) => `${HA.name}-ab12cd-cp-${number}`);
const [, RESTARTED = ""] = NAMES;
const pathOf = (name: string) => `projects/acme-dev/zones/europe-west4-a/instances/${name}`;
const repair = (step: Repair["step"], atMs: number): Repair => ({
  pool: "control-plane",
  machine: pathOf(RESTARTED),
  instanceId: "7",
  step,
  atMs,
  reason: "",
});

/** The restart did not help, so it was made anew a minute ago. @param boot of its node, absent while it joins */
function scene(boot?: string): Cluster {
  const there = NAMES.filter((name) => name !== RESTARTED || boot !== undefined);
  const command = {
    operation: "restart-1",
    command: "restart" as const,
    node: RESTARTED,
    reason: "",
    requestedBy: "",
    requestedMs: ago(41),
    begunMs: ago(40),
    mark: "boot-1",
  };
  const care = {
    ...NO_CARE,
    commands: [command],
    repairs: [repair("restart", ago(39)), repair("recreate", ago(5))],
  };
  const state = (name: string): MachineState =>
    name === RESTARTED
      ? { instanceId: "8", status: "RUNNING", createdMs: ago(1) }
      : { instanceId: name, status: "RUNNING", createdMs: ago(700) };
  const nodes = there.map(
    (name) =>
      ({
        name,
        ready: true,
        readiness: "True",
        readinessSinceMs: ago(1),
        labels: {},
        bootId: name === RESTARTED ? boot : "boot",
      }) as NodeFacts,
  );
  const parts = there.flatMap((machine): MemberPart[] =>
    (["etcd", "kube-apiserver"] as const).map((component) => ({ component, machine, ready: true })),
  );
  const bare = clusterOf(HA);
  const facts = {
    ...bare.facts,
    kubernetes: { version: "1.36.1", apiServers: there, nodes, parts },
    machines: NAMES.map(pathOf),
    machineStates: new Map(NAMES.map((name) => [pathOf(name), state(name)])),
    groupMembers: there.map(pathOf),
  };
  return { ...bare, pins: { ...bare.pins, initialised: true }, care, facts };
}

describe("a control-plane machine that a command restarted, and that was made anew since", () => {
  it("is not reset while it joins", () => {
    const joining = scene();
    const { actions, waiting } = planCommandedMembers(joining, commandOrders(joining, NOW_MS), false, NOW_MS);
    assert.deepEqual(actions, []);
    assert.match(waiting.join(), /cp-1 to be well: restart asked for/);
  });

  it("has been restarted once it is well", () => {
    const { news, members } = commandOrders(scene("boot-2"), NOW_MS);
    assert.deepEqual(
      news.map((one) => one.news),
      ["succeeded"],
    );
    assert.equal(members.size, 0);
  });
});
