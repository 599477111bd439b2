/** Which actions are due: order of dependency in both directions, what is under way, what waits, what a conflict holds up. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { AnyKind } from "../../../shared/engine/kind.ts";
import type { Observation } from "../../../shared/engine/observe.ts";
import { type ClusterPlan, planCluster } from "../../../shared/engine/plan.ts";
import { CloudError } from "../../../shared/ports/cloud-error.ts";
import { action, bareCluster, bareKind } from "../../support/bare-kinds.ts";

interface Circumstances {
  readonly deleting?: boolean;
  readonly observations?: ReadonlyMap<string, Observation>;
  readonly inFlight?: ReadonlyMap<string, string>;
  readonly backingOff?: readonly string[];
}
function plan(kinds: readonly AnyKind[], circumstances: Circumstances = {}): ClusterPlan {
  const { deleting = false, observations, inFlight = new Map(), backingOff = [] } = circumstances;
  return planCluster({
    kinds,
    cluster: bareCluster({ deleting }),
    observations: observations ?? seen(kinds),
    inFlight,
    backingOff: new Set(backingOff),
    nowMs: 0,
  });
}
const seen = (kinds: readonly AnyKind[]): ReadonlyMap<string, Observation> =>
  new Map(kinds.map(({ kind }) => [kind, { seen: true, observed: [], lookedMs: 0 }]));
const due = (found: ClusterPlan): readonly string[] => found.due.map(({ action: { key } }) => key);
const stateOf = (found: ClusterPlan, kind: string) => found.states.find((state) => state.kind === kind);

/** network ◄─ disks ◄─ machines, each with something to do. */
const CHAIN = [
  bareKind("network", { plan: { actions: [action("n")] } }),
  bareKind("disks", { after: ["network"], plan: { actions: [action("d")] } }),
  bareKind("machines", { after: ["disks"], plan: { actions: [action("m")] } }),
];

describe("engine/plan", () => {
  it("holds a kind back until those it stands on are settled", () => {
    const found = plan(CHAIN);
    assert.deepEqual(due(found), ["n"]);
    assert.deepEqual(stateOf(found, "disks")?.blockedBy, ["network"]);
  });

  it("goes the other way when the cluster goes: what stands on a kind leaves first", () => {
    const found = plan(CHAIN, { deleting: true });
    assert.deepEqual(due(found), ["m"]);
    assert.deepEqual(stateOf(found, "network")?.blockedBy, ["disks"]);
    assert.deepEqual(
      found.states.map(({ kind }) => kind),
      ["network", "disks", "machines"],
      "told in the order of dependency all the same",
    );
  });

  it("lets kinds that do not stand on each other go on at the same time", () => {
    const kinds = [
      bareKind("a", { plan: { actions: [action("a")] } }),
      bareKind("b", { plan: { actions: [action("b")] } }),
    ];
    assert.deepEqual(due(plan(kinds)), ["a", "b"]);
  });

  it("leaves a thing alone while an operation on it is under way, and its kind is not settled till then", () => {
    const kinds = [bareKind("network", { plan: { actions: [action("n"), action("other")] } })];
    assert.deepEqual(due(plan(kinds, { inFlight: new Map([["n", "network"]]) })), ["other"]);
    const calm = [
      bareKind("network"),
      bareKind("disks", { after: ["network"], plan: { actions: [action("d")] } }),
    ];
    assert.deepEqual(due(plan(calm, { inFlight: new Map([["n", "network"]]) })), []);
  });

  it("does not try what failed before its time, and goes on with the rest", () => {
    const kinds = [bareKind("network", { plan: { actions: [action("n"), action("other")] } })];
    const found = plan(kinds, { backingOff: ["n"] });
    assert.deepEqual(due(found), ["other"]);
    assert.equal(stateOf(found, "network")?.settled, false);
  });

  it("builds nothing on a stranger's resource, but a refused change holds nobody up", () => {
    const with_ = (code: "conflict" | "immutable") => [
      bareKind("network", { plan: { problems: [{ key: "n", code, message: "" }] } }),
      bareKind("disks", { after: ["network"], plan: { actions: [action("d")] } }),
    ];
    assert.deepEqual(due(plan(with_("conflict"))), []);
    assert.deepEqual(due(plan(with_("immutable"))), ["d"]);
    assert.equal(stateOf(plan(with_("conflict")), "network")?.settled, true, "only a person ends it");
  });

  it("plans nothing for what it could not see, and holds back what stands on it", () => {
    const error = new CloudError("unavailable", "503");
    const observations = new Map([...seen(CHAIN), ["network", { seen: false, error } as const]]);
    const found = plan(CHAIN, { observations });
    assert.deepEqual(due(found), []);
    assert.equal(stateOf(found, "network")?.unseen, error);
  });

  it("waits for a cluster's API with what is inside, unless the cluster goes with all that is in it", () => {
    const kinds = [bareKind("nodes", { plan: { actions: [action("x")] } })];
    const unreached = { observations: new Map<string, Observation>() };
    assert.match(stateOf(plan(kinds, unreached), "nodes")?.waiting[0]?.reason ?? "", /Kubernetes API/);
    assert.equal(stateOf(plan(kinds, { ...unreached, deleting: true }), "nodes")?.settled, true);
  });

  it("is not settled while a fact that its wish needs is missing", () => {
    const kinds = [bareKind("machines", { desire: { key: "machines", reason: "the keys" } })];
    const state = stateOf(plan(kinds), "machines");
    assert.deepEqual([state?.settled, state?.waiting], [false, [{ key: "machines", reason: "the keys" }]]);
    assert.equal(
      stateOf(plan(kinds, { deleting: true }), "machines")?.settled,
      true,
      "nothing is wished any more",
    );
  });

  it("never has two kinds due of which one stands on the other, in either direction", () => {
    const graph = fc.array(fc.array(fc.nat(9), { maxLength: 3 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(graph, fc.boolean(), fc.func(fc.boolean()), (edges, deleting, busy) => {
        const kinds = edges.map((after, index) =>
          bareKind(`k${index}`, {
            after: [...new Set(after.filter((other) => other < index).map((other) => `k${other}`))],
            plan: busy(index) ? { actions: [action(`k${index}`)] } : {},
          }),
        );
        const keys = due(plan(kinds, { deleting }));
        for (const kind of kinds) {
          if (keys.includes(kind.kind)) assert.ok(kind.after.every((other) => !keys.includes(other)));
        }
        assert.equal(
          keys.length > 0,
          kinds.some((_, index) => busy(index)),
          "something is due while something is left",
        );
      }),
    );
  });
});
