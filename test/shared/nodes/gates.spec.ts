import assert from "node:assert/strict";
import { type GatePod, judgeNewcomer, type Newcomer, whatTheyShare } from "../../../shared/nodes/gates.ts";

const NOW_MS = Date.parse("2026-11-23T12:00:00Z");
const MINUTE_MS = 60_000;
const GATES = { soakMs: 2 * MINUTE_MS, timeoutMs: 20 * MINUTE_MS };
const ago = (minutes: number) => NOW_MS - minutes * MINUTE_MS;
const time = (minutes: number) => new Date(ago(minutes)).toISOString();

function daemon(more: { ready?: boolean; since?: number; restarts?: number; ended?: number } = {}): GatePod {
  const { ready = true, since = 5, restarts = 0, ended } = more;
  const lastState = ended === undefined ? {} : { lastState: { terminated: { finishedAt: time(ended) } } };
  return {
    metadata: {
      name: "cilium-x",
      namespace: "kube-system",
      ownerReferences: [{ kind: "DaemonSet", name: "cilium", controller: true }],
    },
    status: {
      conditions: [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime: time(since) }],
      containerStatuses: [{ name: "main", restartCount: restarts, ...lastState }],
    },
  };
}
const FAILING = { passes: false, why: "2 of 3 pods are available" } as const;
const web: GatePod = { metadata: { name: "web", ownerReferences: [] }, status: { conditions: [] } };
const at = (bornMinutes: number, more: Partial<Newcomer> = {}): Newcomer => ({
  name: "n-1",
  bornMs: ago(bornMinutes),
  ...more,
});
const ready = (minutes: number) => ({ node: { ready: true, readySinceMs: ago(minutes) } });
const lost = (minutes: number) => ({ node: { ready: false, readySinceMs: ago(minutes) } });

/** What it is, and what is said of it. */
const TABLE: readonly (readonly [string, Newcomer, string])[] = [
  ["has not joined", at(5), "unproven: n-1 to join"],
  ["never joined", at(20), "bad: n-1 never joined"],
  ["could not be made yet", { name: "n-1" }, "unproven: n-1 to join"],
  ["is not Ready yet", at(5, lost(4)), "unproven: node n-1 to be Ready"],
  ["is not Ready in time", at(21, lost(18)), "bad: node n-1 is not Ready"],
  ["was Ready in time and was lost later", at(60, lost(5)), "unproven: node n-1 to be Ready"],
  ["was not looked at", at(5, ready(4)), "unproven: a look at the pods of node n-1"],
  [
    "has been well for a minute of two",
    at(5, { ...ready(1), pods: [daemon()] }),
    "unproven: node n-1 to be well until 2026-11-23T12:01:00.000Z",
  ],
  ["has been well for long enough", at(5, { ...ready(2), pods: [daemon(), web] }), "proven"],
  [
    "is well, and its probe passes",
    at(5, { ...ready(2), pods: [daemon()], probe: { passes: true } }),
    "proven",
  ],
  [
    "is well, and nobody has looked at its probe",
    at(25, { ...ready(24), pods: [daemon()], probe: "unseen" }),
    "unproven: a look at its upgrade's probe",
  ],
  [
    "is well, and its probe does not pass yet",
    at(5, { ...ready(4), pods: [daemon()], probe: FAILING }),
    "unproven: the probe to pass: 2 of 3 pods are available",
  ],
  [
    "is well, and its probe has not passed in time",
    at(20, { ...ready(19), pods: [daemon()], probe: FAILING }),
    "bad: with n-1 the probe fails: 2 of 3 pods are available",
  ],
  [
    "waits for a daemon",
    at(5, { ...ready(4), pods: [daemon({ ready: false })] }),
    "unproven: pod kube-system/cilium-x of node n-1 to be Ready",
  ],
  [
    "has a daemon that does not come up in time",
    at(25, { ...ready(24), pods: [daemon({ ready: false, since: 24 })] }),
    "bad: pod kube-system/cilium-x on n-1 is not Ready",
  ],
  [
    "has a daemon that restarted a minute ago",
    at(5, { ...ready(4), pods: [daemon({ restarts: 1, ended: 1 })] }),
    "unproven: node n-1 to be well until 2026-11-23T12:01:00.000Z",
  ],
  [
    "has a daemon that restarts over and over",
    at(5, { ...ready(4), pods: [daemon({ restarts: 5, ended: 1 })] }),
    "bad: pod kube-system/cilium-x on n-1 has restarted 5 times",
  ],
  [
    "has a daemon that restarted often, long ago",
    at(900, { ...ready(800), pods: [daemon({ restarts: 9, ended: 600 })] }),
    "proven",
  ],
];

describe("the gates of an upgrade", () => {
  for (const [what, newcomer, expected] of TABLE)
    it(`a machine that ${what}: ${expected}`, () => {
      const judgement = judgeNewcomer(newcomer, GATES, NOW_MS);
      const told =
        judgement.verdict === "proven"
          ? "proven"
          : `${judgement.verdict}: ${judgement.verdict === "bad" ? judgement.why : judgement.waitsFor}`;
      assert.equal(told, expected);
    });
});

describe("what bad machines share", () => {
  const bad = (name: string, zone: string, why = `${name} never joined`) => ({
    name,
    zone: `zones/${zone}`,
    why,
  });
  const all = [{ zone: "zones/a" }, { zone: "zones/b" }];
  it("of one alone is its trouble", () =>
    assert.equal(whatTheyShare([bad("n-1", "a")], all), "n-1 never joined"));
  it("names the zone where the others are elsewhere, and that it is the same trouble", () =>
    assert.equal(
      whatTheyShare([bad("n-1", "a"), bad("n-2", "a")], all),
      "2 share the template, the zone a, the trouble: n-1 never joined; n-2 never joined",
    ));
  it("is the template alone where zones and troubles differ", () =>
    assert.equal(
      whatTheyShare([bad("n-1", "a"), bad("n-2", "b", "node n-2 is not Ready")], all),
      "2 share the template: n-1 never joined; node n-2 is not Ready",
    ));
});
