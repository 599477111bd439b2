/** What people read: conditions, each with its reason, and the phase in a word. */
import assert from "node:assert/strict";
import { newStatus } from "../../../shared/engine/admit.ts";
import type { KindState } from "../../../shared/engine/plan.ts";
import { IMAGES, report } from "../../../shared/engine/report.ts";
import { CloudError } from "../../../shared/ports/cloud-error.ts";
import type { ClusterStatus, ConditionType, Failure } from "../../../shared/status/cluster-status.ts";
import { setCondition } from "../../../shared/status/condition.ts";
import { createSeededChance } from "../../../simulator/chance.ts";
import { action, bareKind } from "../../support/bare-kinds.ts";
import { quickstartSpec } from "../../support/specs.ts";

const READY: ClusterStatus = {
  ...newStatus(createSeededChance(1)),
  accepted: quickstartSpec(),
  generation: 2,
  readyGeneration: 2,
};
const KINDS = [
  bareKind("networks", { condition: "NetworkReady" }),
  bareKind("control-plane", { condition: "ControlPlaneReady" }),
  bareKind("nodes", { condition: "NodesReady" }),
];
const CALM: KindState = {
  kind: "",
  desired: 1,
  observed: 1,
  actions: [],
  waiting: [],
  problems: [],
  blockedBy: [],
  undecided: false,
  unseen: undefined,
  settled: true,
};
const trouble = (kind: string, code: string, count: number): Failure => ({
  key: "projects/p/zones/z/instances/i",
  kind,
  code,
  message: "the cloud says no",
  count,
  firstMs: 0,
  retryAtMs: 60_000,
});

function told(
  states: Readonly<Record<string, Partial<KindState>>>,
  status: Partial<ClusterStatus> = {},
): ClusterStatus {
  return report({
    status: { ...READY, ...status },
    kinds: KINDS,
    states: KINDS.map(({ kind }) => ({ ...CALM, kind, ...states[kind] })),
    facts: {},
    nowMs: 1_000,
  });
}
const verdict = (status: ClusterStatus, type: ConditionType): string => {
  const found = status.conditions.find((condition) => condition.type === type);
  return `${found?.status} ${found?.reason}: ${found?.message}`;
};

describe("engine/report", () => {
  it("is Ready when every kind is settled, and asks for nothing more", () => {
    const status = told({});
    assert.deepEqual([status.phase, status.unsettledSinceMs, status.readyGeneration], ["Ready", null, 2]);
    assert.equal(verdict(status, "Ready"), "True AsDeclared: ");
  });

  const working = { actions: [action("n")], settled: false };
  const waiting = { waiting: [{ key: "n", reason: "the machine to boot" }], settled: false };
  const problem = (code: "conflict" | "immutable") => ({
    problems: [{ key: "n", code, message: "set it back" }],
  });
  const CONDITIONS: readonly (readonly [string, Partial<KindState>, readonly Failure[], string])[] = [
    ["work under way says why it is done", working, [], "False Working: insert n."],
    ["a wait says what for", waiting, [], "False Waiting: Waiting for the machine to boot."],
    [
      "an operation under way is waited for",
      { settled: false },
      [],
      "False Working: Waiting for operations on networks to finish.",
    ],
    [
      "a failure says what, how often and when again",
      working,
      [trouble("networks", "quota-exceeded", 2)],
      "False QuotaExceeded: instances i: the cloud says no (2 times); next try 1970-01-01T00:01:00.000Z",
    ],
    [
      "a failure of another kind is not told here",
      working,
      [trouble("nodes", "quota-exceeded", 2)],
      "False Working: insert n.",
    ],
    [
      "a name of ours that a stranger has speaks first",
      { ...working, ...problem("conflict") },
      [trouble("networks", "unavailable", 1)],
      "False NameTaken: set it back",
    ],
    [
      "a change that cannot be made says the way out",
      problem("immutable"),
      [],
      "False ChangeRefused: set it back",
    ],
    [
      "what could not be seen is unknown",
      { unseen: new CloudError("unavailable", "503"), settled: false },
      [],
      "Unknown Unavailable: networks cannot be observed: 503",
    ],
    [
      "what is refused to be seen says the way out",
      { unseen: new CloudError("permission-denied", "403."), settled: false },
      [],
      "Unknown PermissionDenied: networks cannot be observed: 403. Grant the control plane's account in that project what terraform/ grants it.",
    ],
  ];
  for (const [what, state, failures, expected] of CONDITIONS) {
    it(what, () => assert.equal(verdict(told({ networks: state }, { failures }), "NetworkReady"), expected));
  }

  it("names the first condition that is not fine in Ready, and three things at most", () => {
    const reasons = ["a", "b", "c", "d", "e"].map((reason) => ({ key: reason, reason }));
    const status = told({ nodes: { waiting: reasons, settled: false } });
    assert.equal(verdict(status, "Ready"), "False Waiting: NodesReady: Waiting for a; b; c; and 2 more.");
    assert.equal(verdict(status, "NetworkReady"), "True AsDeclared: ");
  });

  it("tells of an image that cannot be found where machines wait for it", () => {
    const status = told({ nodes: waiting }, { failures: [trouble(IMAGES, "not-found", 1)] });
    assert.match(verdict(status, "NodesReady"), /^False NotFound: .*the cloud says no/);
    assert.match(verdict(status, "NetworkReady"), /^True/);
  });

  const PHASES: readonly (readonly [string, Partial<KindState>, Partial<ClusterStatus>, string])[] = [
    ["before it was ever Ready", working, { readyGeneration: 0 }, "Provisioning"],
    ["on the way to a newer generation", working, { readyGeneration: 1 }, "Updating"],
    ["when something broke", working, {}, "Degraded"],
    ["when only a person can go on", problem("immutable"), {}, "Blocked"],
    [
      "after a refusal that waits do not mend, thrice",
      working,
      { failures: [trouble("networks", "permission-denied", 3)] },
      "Blocked",
    ],
    [
      "not yet after the second",
      working,
      { failures: [trouble("networks", "permission-denied", 2)] },
      "Degraded",
    ],
    [
      "never for what mends itself",
      working,
      { failures: [trouble("networks", "unavailable", 99)] },
      "Degraded",
    ],
    [
      "while an operation is under way though all looks as declared",
      {},
      { inFlight: [flight()], readyGeneration: 1 },
      "Updating",
    ],
    ["when it goes", working, { deleting: true }, "Deleting"],
  ];
  for (const [what, state, changes, phase] of PHASES) {
    it(`the phase is ${phase} ${what}`, () => assert.equal(told({ networks: state }, changes).phase, phase));
  }

  it("counts nodes wanted by the accepted spec, and none of a cluster that goes", () => {
    assert.equal(told({}).nodes.desired, 4);
    assert.deepEqual(told({}, { deleting: true }).nodes, { desired: 0, ready: 0, total: 0 });
  });

  it("keeps the moment of a condition's last change while its status stays, as Kubernetes does", () => {
    const first = setCondition([], { ...CONDITION, reason: "Waiting" }, 0);
    const same = setCondition(first, { ...CONDITION, reason: "Working" }, 5_000);
    const other = setCondition(same, { ...CONDITION, status: "False" }, 9_000);
    assert.deepEqual(
      [first, same, other].map(([one]) => [one?.reason, one?.lastTransitionTime]),
      [
        ["Waiting", "1970-01-01T00:00:00.000Z"],
        ["Working", "1970-01-01T00:00:00.000Z"],
        ["AsDeclared", "1970-01-01T00:00:09.000Z"],
      ],
    );
  });
});

const CONDITION = {
  type: "Ready",
  status: "True",
  reason: "AsDeclared",
  message: "",
  observedGeneration: 1,
} as const;
function flight(): ClusterStatus["inFlight"][number] {
  return {
    key: "n",
    kind: "networks",
    verb: "patch",
    operation: "projects/p/global/operations/o",
    startedMs: 0,
    reason: "",
  };
}
