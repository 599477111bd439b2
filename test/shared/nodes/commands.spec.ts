import assert from "node:assert/strict";
import {
  askedRepairs,
  type CommandedNode,
  decideCommands,
  isParked,
  staysInPool,
} from "../../../shared/nodes/commands.ts";
import type { Cordon } from "../../../shared/nodes/cordon.ts";
import type { AcceptedCommand } from "../../../shared/status/inbox.ts";

const NOW_MS = Date.parse("2026-11-23T12:00:00Z");
const NOBODY: Cordon = { by: "nobody" };
const ours = (operation: string, more: object = {}): Cordon => ({
  by: "us",
  reason: "because",
  sinceMs: 0,
  cause: "command",
  operation,
  ...more,
});

function command(name: AcceptedCommand["command"], changes: Partial<AcceptedCommand> = {}): AcceptedCommand {
  return {
    operation: `${name}-1`,
    command: name,
    node: "n-1",
    reason: "a test",
    requestedBy: "alice",
    requestedMs: NOW_MS,
    ...changes,
  };
}
function node(cordon: Cordon = NOBODY, changes: Partial<CommandedNode> = {}): CommandedNode {
  const state = { ready: true, unschedulable: cordon.by !== "nobody", bootId: "boot-1", cordon };
  return { name: "n-1", pool: "general", node: state, ...changes };
}
const READY = { ready: true, unschedulable: false, bootId: "boot-1", cordon: NOBODY };
const UNJOINED: CommandedNode = { name: "n-1", pool: "general" };
const CONTROL_PLANE: CommandedNode = {
  name: "n-1",
  member: { instanceId: "1", bootId: "b", isWell: true },
  node: { ready: true, unschedulable: false, bootId: "b", cordon: NOBODY },
};

/** One line for each thing that was decided. */
function decided(commands: readonly AcceptedCommand[], nodes: readonly CommandedNode[]): readonly string[] {
  const { leaves, repairs, members, cordons, uncordons, news, waits } = decideCommands(
    commands,
    nodes,
    NOW_MS,
  );
  return [
    ...[...leaves].map(([name, { afterwards = "go" }]) => `${name} leaves, then ${afterwards}`),
    ...[...members].map(([name, { take }]) => `${take} of member ${name}`),
    ...[...repairs].map((name) => `${name} is repaired`),
    ...cordons.map(({ node: name, why }) => `cordon ${name} for ${why.operation}`),
    ...uncordons.map(({ node: name }) => `uncordon ${name}`),
    ...news.map(({ operation, news: what, message }) => `${operation} ${what}: ${message}`),
    ...waits.map((wait) => `wait for ${wait}`),
  ];
}

const TROUBLE = { reason: "node n-1 is silent", isExhausted: false };
const BEGUN = "node n-1 is taken as soon as its pool can spare it";

describe("commands about nodes", () => {
  const table: readonly (readonly [
    what: string,
    commands: readonly AcceptedCommand[],
    nodes: readonly CommandedNode[],
    expected: readonly string[],
  ])[] = [
    ["cordon cordons", [command("cordon")], [node()], ["cordon n-1 for cordon-1"]],
    [
      "cordon is done when it is seen",
      [command("cordon")],
      [node(ours("cordon-1"))],
      ["cordon-1 succeeded: node n-1 is cordoned"],
    ],
    [
      "cordon leaves somebody else's cordon as it is",
      [command("cordon")],
      [node({ by: "others" })],
      ["cordon-1 succeeded: node n-1 is cordoned, by somebody else"],
    ],
    ["uncordon takes back our own", [command("uncordon")], [node(ours("drain-9"))], ["uncordon n-1"]],
    [
      "uncordon takes back somebody else's",
      [command("uncordon")],
      [node({ by: "others" })],
      ["uncordon n-1"],
    ],
    [
      "uncordon has nothing to do",
      [command("uncordon")],
      [node()],
      ["uncordon-1 succeeded: node n-1 takes pods"],
    ],
    [
      "uncordon does not fight a rollout",
      [command("uncordon")],
      [node({ by: "us", reason: "it is outdated", sinceMs: 0, cause: "upgrade" })],
      [
        "uncordon-1 failed: node n-1 is on its way out of its pool (it is outdated) and would be cordoned again; pause its pool first",
      ],
    ],
    [
      "drain empties and stays",
      [command("drain")],
      [node()],
      ["n-1 leaves, then stay", `drain-1 begun: ${BEGUN}`],
    ],
    [
      "what has begun is not begun again",
      [command("drain", { begunMs: 1 })],
      [node()],
      ["n-1 leaves, then stay"],
    ],
    [
      "repair leaves a machine alone that nothing speaks against, and says the way out",
      [command("repair")],
      [node()],
      [
        "repair-1 failed: nothing speaks against machine n-1, whose node is Ready; to replace it all the same, add --force (force: true), or rotate it",
      ],
    ],
    [
      "repair of one that something speaks against goes up the ladder",
      [command("repair")],
      [node(NOBODY, { trouble: TROUBLE })],
      ["n-1 is repaired", "repair-1 begun: node n-1 is silent: its pool's repair.ladder is gone up now"],
    ],
    [
      "repair is done when nothing speaks against the machine any more",
      [command("repair", { begunMs: 1 })],
      [node()],
      ["repair-1 succeeded: machine n-1 is well again, and its node is Ready"],
    ],
    [
      "repair is not done before the machine has stayed well for a minute",
      [command("repair", { begunMs: 1 })],
      [node(NOBODY, { node: { ...READY, readinessSinceMs: NOW_MS - 59_999 } })],
      ["wait for node n-1 to stay Ready until 2026-11-23T12:00:00.001Z"],
    ],
    [
      "repair has failed when all of the ladder was tried",
      [command("repair", { begunMs: 1 })],
      [node(NOBODY, { trouble: { ...TROUBLE, isExhausted: true } })],
      [
        "repair-1 failed: all of its pool's repair.ladder was tried, and node n-1 is silent; to replace it all the same, add --force (force: true)",
      ],
    ],
    [
      "a forced repair replaces at once, well or not",
      [command("repair", { force: true })],
      [node()],
      ["n-1 leaves, then go", `repair-1 begun: ${BEGUN}`],
    ],
    [
      "a forced repair replaces a machine that never joined",
      [command("repair", { force: true })],
      [UNJOINED],
      ["n-1 leaves, then go", `repair-1 begun: ${BEGUN}`],
    ],
    [
      "drain of one that never joined fails",
      [command("drain")],
      [UNJOINED],
      ["drain-1 failed: machine n-1 has not joined the cluster; repair replaces it"],
    ],
    [
      "rotate-machine is done when the machine is gone",
      [command("rotate-machine", { begunMs: 1 })],
      [],
      ["rotate-machine-1 succeeded: machine n-1 is gone, and its pool has another in its place"],
    ],
    [
      "drain has failed when the machine is gone",
      [command("drain", { begunMs: 1 })],
      [],
      ["drain-1 failed: machine n-1 went before it was done"],
    ],
    [
      "restart goes on while the boot is the old one",
      [command("restart", { begunMs: 1, mark: "boot-1" })],
      [node(ours("restart-1"))],
      ["n-1 leaves, then restart"],
    ],
    [
      "restart is done with another boot",
      [command("restart", { begunMs: 1, mark: "boot-0" })],
      [node(ours("restart-1"))],
      ["restart-1 succeeded: machine n-1 was restarted and its node is Ready"],
    ],
    [
      "machines of nobody are not taken",
      [command("drain")],
      [{ name: "n-1", node: READY }],
      [
        "drain-1 failed: n-1 is a machine of no node pool and not of the control plane: it is left to whoever joined it",
      ],
    ],
    [
      "machines of the control plane are restarted as their quorum allows",
      [command("restart")],
      [CONTROL_PLANE],
      [
        "restart-1 begun: control-plane machine n-1 is restarted as soon as the others can spare it",
        "wait for control-plane machine n-1 to be restarted",
      ],
    ],
    [
      "of a machine of the control plane one command at a time",
      [command("restart", { begunMs: 1, mark: "b" }), command("rotate-machine")],
      [CONTROL_PLANE],
      ["restart of member n-1", "wait for restart-1 to be done with node n-1"],
    ],
    [
      "cordon takes nodes of the control plane",
      [command("cordon")],
      [CONTROL_PLANE],
      ["cordon n-1 for cordon-1"],
    ],
    [
      "an unknown node fails with the names that there are",
      [command("drain", { node: "n-9" })],
      [node(), node(NOBODY, { name: "n-2" })],
      ["drain-1 failed: there is no node n-9; the nodes are n-1, n-2"],
    ],
    ["nothing happens before its time", [command("drain", { notBeforeMs: NOW_MS + 1 })], [node()], []],
    [
      "one after another for one node",
      [command("drain"), command("restart")],
      [node()],
      ["n-1 leaves, then stay", `drain-1 begun: ${BEGUN}`, "wait for drain-1 to be done with node n-1"],
    ],
    [
      "uncordon takes back a drain that was asked for before, not one that comes after",
      [command("drain", { begunMs: 1 }), command("uncordon"), command("cordon", { operation: "cordon-2" })],
      [node(ours("drain-1"))],
      [
        "uncordon n-1",
        "drain-1 superseded: uncordon-1 asked for the opposite",
        "wait for uncordon-1 to be done with node n-1",
      ],
    ],
    ["those about pools and clusters are others'", [command("pause"), command("verify")], [node()], []],
  ];
  for (const [what, commands, nodes, expected] of table)
    it(what, () => assert.deepEqual(decided(commands, nodes), expected));

  it("ask for repairs of those alone whose turn it is, that nobody took back, and that are not forced", () => {
    const asked = (...commands: readonly AcceptedCommand[]) => [...askedRepairs(commands, NOW_MS).keys()];
    assert.deepEqual(asked(command("repair")), ["n-1"]);
    assert.deepEqual(asked(command("repair", { force: true })), []);
    assert.deepEqual(asked(command("drain"), command("repair")), []);
    assert.deepEqual(asked(command("repair"), command("uncordon")), []);
    assert.deepEqual(asked(command("repair", { notBeforeMs: NOW_MS + 1 })), []);
  });

  it("leave cordons of drains and cordons behind, of nothing else", () => {
    const parked = ["drain-1", "cordon-1", "restart-1", "repair-1", "rotate-machine-1"];
    assert.deepEqual(
      parked.map((operation) => [isParked(ours(operation)), staysInPool(ours(operation))]),
      [
        [true, true],
        [true, true],
        [false, true],
        [false, false],
        [false, false],
      ],
    );
    assert.equal(isParked({ by: "others" }), false);
  });
});
