/** One member of three whose etcd is dead, step by step, and what keeps it from being taken. */
import assert from "node:assert/strict";
import { groupMembers } from "../../../../shared/resources/gce/group-members.ts";
import { isBeingReplaced } from "../../../../shared/resources/member-health.ts";
import { planMembers } from "../../../../shared/resources/node-care/plan-members.ts";
import type {
  Cluster,
  ControlPlaneMachine,
  Facts,
  MachineState,
  MemberPart,
  NodeFacts,
} from "../../../../shared/resources/resource.ts";
import { NO_CARE, type Repair } from "../../../../shared/status/care.ts";
import { clusterOf, HA, QUICKSTART } from "../gce/clusters.ts";

const MINUTE_MS = 60_000;
const NOW_MS = Date.parse("2026-11-29T12:00:00Z");
const ago = (minutes: number) => NOW_MS - minutes * MINUTE_MS;

interface Scene {
  /** Minutes that the etcd of these members has been dead. */
  readonly dead?: Readonly<Record<string, number>>;
  readonly repairs?: readonly Partial<Repair>[];
  readonly balanced?: readonly string[] | undefined;
  readonly document?: typeof HA | typeof QUICKSTART;
}
const nameOf = (document: { readonly name: string }, number: number) =>
  `${document.name}-ab12cd-cp-${number}`;
const pathOf = (name: string) => `projects/acme-dev/zones/europe-west4-a/instances/${name}`;

function scene({ dead = {}, repairs = [], document = HA, ...more }: Scene): Cluster {
  const names = Array.from({ length: document.controlPlane.replicas }, (_, number) =>
    nameOf(document, number),
  );
  const minutes = (name: string) => dead[name.slice(-4)];
  const parts = names.flatMap((machine): MemberPart[] => {
    const down = minutes(machine);
    const state = down === undefined ? { ready: true } : { ready: false, downSinceMs: ago(down) };
    return (["etcd", "kube-apiserver"] as const).map((component) => ({ component, machine, ...state }));
  });
  const nodes = names.map(
    (name) => ({ name, ready: true, readiness: "True", readinessSinceMs: ago(600), labels: {} }) as NodeFacts,
  );
  const state: MachineState = { instanceId: "7", status: "RUNNING", createdMs: ago(700), protected: true };
  const machine = (name: string, member: number): ControlPlaneMachine => ({
    member,
    name,
    zone: "europe-west4-a",
    selfLink: `https://www.googleapis.com/compute/v1/${pathOf(name)}`,
    running: true,
  });
  const balanced = "balanced" in more ? more.balanced : names.map((name) => name.slice(-4));
  const paths = balanced?.map((short) => pathOf(`${document.name}-ab12cd-${short}`));
  const facts: Facts = {
    kubernetes: {
      version: "1.36.1",
      apiServers: names.filter((name) => minutes(name) === undefined),
      nodes,
      parts,
    },
    machines: names.map(pathOf),
    machineStates: new Map(names.map((name) => [pathOf(name), state])),
    controlPlane: names.map(machine),
    ...(paths === undefined ? {} : { groupMembers: paths }),
  };
  const known = { pool: "control-plane", machine: pathOf(nameOf(document, 1)), instanceId: "7", reason: "" };
  const told = repairs.map((one) => ({ ...known, ...one }) as Repair);
  const bare = clusterOf(document);
  const pins = { ...bare.pins, initialised: true };
  return { ...bare, pins, care: { ...NO_CARE, repairs: told }, facts: { ...bare.facts, ...facts } };
}
const planned = (given: Scene) => {
  const { actions, waiting } = planMembers(scene(given), NOW_MS);
  return [...actions.map(({ verb, key }) => `${verb} ${key.split("/").at(-1)}`), ...waiting];
};
const OUT = ["cp-0", "cp-2"];
const restarted = (minutes: number) => [{ step: "restart", atMs: ago(minutes) }] as const;

describe("the repair of a control-plane member", () => {
  it("leaves it alone for ten minutes, and says until when", () => {
    const [wait = "", ...more] = planned({ dead: { "cp-1": 9 } });
    assert.deepEqual(more, []);
    assert.match(
      wait,
      /^ha-ab12cd-cp-1 to be well again, or 2026-11-29T12:01:00.000Z: etcd of ha-ab12cd-cp-1 /,
    );
  });

  it("takes it from the load balancer first, and from nothing else", () => {
    assert.deepEqual(planned({ dead: { "cp-1": 10 } }), ["instanceGroups.removeInstances ha-ab12cd-cp"]);
    const [leave] = planMembers(scene({ dead: { "cp-1": 10 } }), NOW_MS).actions;
    assert.match(JSON.stringify(leave), /cp-1"/);
    assert.doesNotMatch(JSON.stringify(leave), /cp-[02]/);
    assert.match(leave?.key ?? "", /\/zones\/europe-west4-a\/instanceGroups\//);
    assert.equal(leave?.repair, undefined, "no step of the ladder");
  });

  it("does nothing before it is known who is behind the load balancer", () => {
    const [wait] = planned({ dead: { "cp-1": 10 }, balanced: undefined });
    assert.equal(wait, "a look at who is behind the load balancer, before ha-ab12cd-cp-1 is taken");
  });

  it("restarts it then, gives that its time, and makes it anew", () => {
    const dead = { "cp-1": 30 };
    assert.deepEqual(planned({ dead, balanced: OUT }), ["instances.reset ha-ab12cd-cp-1"]);
    const [wait] = planned({ dead, balanced: OUT, repairs: restarted(4) });
    assert.match(wait ?? "", /to be well after its restart/);
    assert.deepEqual(planned({ dead, balanced: OUT, repairs: restarted(6) }), [
      "instances.setDeletionProtection ha-ab12cd-cp-1",
    ]);
  });

  it("takes it out once more when somebody has put it back meanwhile", () => {
    assert.deepEqual(planned({ dead: { "cp-1": 30 }, repairs: restarted(6) }), [
      "instanceGroups.removeInstances ha-ab12cd-cp",
    ]);
  });

  it("never takes it from the load balancer while another voter is lost (S5)", () => {
    const waits = planned({ dead: { "cp-1": 30, "cp-2": 1 } });
    assert.equal(waits.length, 2);
    assert.match(waits[0] ?? "", /^2 other control-plane machines to be well before ha-ab12cd-cp-1 is taken/);
  });

  it("does nothing to the only one, for nobody else is there", () => {
    const [wait, ...more] = planned({ document: QUICKSTART, dead: { "cp-0": 30 } });
    assert.deepEqual(more, []);
    assert.match(wait ?? "", /^somebody to reset \S+-cp-0, the only control-plane machine/);
  });

  it("lifts its protection for as long as it is not well, though its node is Ready", () => {
    const repairs = [...restarted(6), { step: "recreate", atMs: ago(1) }] as const;
    const name = nameOf(HA, 1);
    assert.equal(isBeingReplaced(scene({ dead: { "cp-1": 30 }, repairs }), name), true);
    assert.equal(isBeingReplaced(scene({ repairs }), name), false);
    assert.equal(isBeingReplaced(scene({ dead: { "cp-1": 30 } }), name), false, "nothing was decided");
  });
});

describe("the load balancer's group", () => {
  const told = (given: Scene) => {
    const cluster = scene(given);
    const desired = groupMembers.desire(cluster);
    assert.ok(Array.isArray(desired));
    const observed = (given.balanced ?? []).map((short) => {
      const machine = pathOf(`ha-ab12cd-${short}`);
      const [group] = desired.map((one) => one.group);
      assert.ok(group !== undefined);
      return { name: `ha-ab12cd-${short}`, group, machine };
    });
    const { actions, waiting } = groupMembers.plan({ cluster, desired, observed, nowMs: NOW_MS });
    return [
      ...actions.map(({ verb, reason }) => `${verb} ${reason}`),
      ...waiting.map(({ reason }) => reason),
    ];
  };

  it("takes a member back that is well again", () => {
    assert.deepEqual(told({ balanced: OUT }), [
      "instanceGroups.addInstances ha-ab12cd-cp-1 may serve the Kubernetes API",
    ]);
  });

  it("takes none back that is not, and leaves it to node care to say so", () => {
    assert.deepEqual(told({ balanced: OUT, dead: { "cp-1": 30 } }), []);
  });

  it("takes none back whose API server goes on beside a node that has failed", () => {
    const cluster = scene({ balanced: OUT });
    const { kubernetes } = cluster.facts;
    assert.ok(kubernetes !== undefined);
    const silent = (minutes: number) => {
      const nodes = kubernetes.nodes.map((node) =>
        node.name === nameOf(HA, 1)
          ? { ...node, ready: false, readiness: "Unknown" as const, readinessSinceMs: ago(minutes) }
          : node,
      );
      const seen = { ...cluster, facts: { ...cluster.facts, kubernetes: { ...kubernetes, nodes } } };
      const desired = groupMembers.desire(seen);
      assert.ok(Array.isArray(desired));
      const observed = desired.filter(({ name }) => name !== nameOf(HA, 1));
      return groupMembers.plan({ cluster: seen, desired, observed, nowMs: NOW_MS }).actions.length;
    };
    assert.equal(silent(10), 0);
    assert.equal(silent(9), 1, "not failed yet: it serves");
  });

  it("keeps a member that fails until its turn has come: the health check knows", () => {
    assert.deepEqual(told({ balanced: ["cp-0", "cp-1", "cp-2"], dead: { "cp-1": 30 } }), []);
  });
});
