import assert from "node:assert/strict";
import { newStatus } from "../../../shared/engine/admit.ts";
import type { AnyKind } from "../../../shared/engine/kind.ts";
import type { KindState } from "../../../shared/engine/plan.ts";
import { report } from "../../../shared/engine/report.ts";
import type { Waiting } from "../../../shared/resources/resource.ts";
import { createSeededChance } from "../../../simulator/chance.ts";

const PROGRESS = "1 of 3 machines of pool general replaced";
const CARE = { kind: "node-care", condition: "UpToDate" } as unknown as AnyKind;
const NODES = { kind: "nodes", condition: "NodesReady" } as unknown as AnyKind;

function state(kind: string, waiting: readonly Waiting[], problem?: string): KindState {
  const problems = problem === undefined ? [] : [{ key: "k", code: "blocked" as const, message: problem }];
  return {
    kind,
    desired: 0,
    observed: 0,
    actions: [],
    waiting,
    problems,
    blockedBy: [],
    undecided: false,
    unseen: undefined,
    settled: waiting.length === 0,
  };
}
function conditions(...states: readonly KindState[]): Readonly<Record<string, string>> {
  const status = newStatus(createSeededChance(1));
  const next = report({ status, kinds: [CARE, NODES], states, facts: {}, nowMs: 0 });
  return Object.fromEntries(
    next.conditions.map(({ type, status: is, message }) => [type, `${is} ${message}`]),
  );
}

describe("a rollout in the status", () => {
  it("tells how far it is and what it waits for, and leaves readiness alone", () => {
    const waits = ["machine a to be deleted", "node b to be Ready"].map((reason) => ({
      key: "g",
      reason,
      progress: PROGRESS,
    }));
    const told = conditions(state("node-care", waits), state("nodes", []));
    assert.equal(
      told["UpToDate"],
      `False ${PROGRESS}; waiting for machine a to be deleted; node b to be Ready.`,
    );
    assert.equal(told["NodesReady"], "True ");
    assert.equal(told["Ready"], "True ");
  });

  it("tells first what a person must do", () => {
    const told = conditions(
      state("node-care", [{ key: "g", reason: "x" }], "Uncordon node a."),
      state("nodes", []),
    );
    assert.equal(told["UpToDate"], "False Uncordon node a.");
  });

  it("names what holds it up, where nothing moves by itself", () => {
    const reasonOf = (...states: readonly KindState[]) => {
      const status = newStatus(createSeededChance(1));
      const next = report({ status, kinds: [CARE, NODES], states, facts: {}, nowMs: 0 });
      return next.conditions.find(({ type }) => type === "UpToDate")?.reason;
    };
    const window: Waiting = { key: "g", reason: "the next window", because: "OutsideWindow" };
    const boot: Waiting = { key: "h", reason: "a machine to boot" };
    assert.equal(reasonOf(state("node-care", [window])), "OutsideWindow");
    assert.equal(reasonOf(state("node-care", [window, { ...window, because: "Paused" }])), "OutsideWindow");
    assert.equal(reasonOf(state("node-care", [window, boot])), "Waiting");
    const halted = state("node-care", [boot], "Change the pool.");
    assert.equal(reasonOf(halted), "ChangesOpen");
    const named = halted.problems.map((one) => ({ ...one, because: "Halted" as const }));
    assert.equal(reasonOf({ ...halted, problems: named }), "Halted");
  });

  it("is over when nothing is left to do", () => {
    assert.equal(conditions(state("node-care", []), state("nodes", []))["UpToDate"], "True ");
  });

  it("rests until the first of its waits ends by itself, when there is nothing else to wait for", () => {
    const status = newStatus(createSeededChance(1));
    const rests = (...states: readonly KindState[]) =>
      report({ status, kinds: [CARE, NODES], states, facts: {}, nowMs: 0 }).restsUntilMs;
    const window = { key: "g", reason: "the next window", untilMs: 9_000 };
    assert.equal(
      rests(state("node-care", [window, { ...window, untilMs: 5_000 }]), state("nodes", [])),
      5_000,
    );
    assert.equal(
      rests(state("node-care", [window, { key: "g", reason: "a pause" }]), state("nodes", [])),
      undefined,
    );
    assert.equal(rests(state("node-care", [window]), state("nodes", [{ key: "n", reason: "a" }])), undefined);
    assert.equal(rests(state("node-care", []), state("nodes", [])), undefined);
  });
});
