import assert from "node:assert/strict";
import { describe, it } from "mocha";
import {
  FRESH_MS,
  haveNodesLeft,
  haveNodesMoved,
  kindsToLookAt,
  onlyRemembered,
} from "../../../shared/engine/freshness.ts";
import type { Remembered } from "../../../shared/engine/look-memory.ts";
import type { Observation } from "../../../shared/engine/observe.ts";
import type { NodeFacts } from "../../../shared/resources/resource.ts";
import { bareCluster, bareKind } from "../../support/bare-kinds.ts";

const NOW_MS = 1_000_000;
const seenAt = (lookedMs: number): Observation => ({ seen: true, observed: [], lookedMs });
const EVERY_MS = 10_000;
const groups = { ...bareKind("groups"), lookAgain: () => ({ everyMs: EVERY_MS, news: "of any" as const }) };
const care = { ...bareKind("care"), watches: ["groups"] };
const kinds = [groups, bareKind("machines"), care];

function remembered(changes: Partial<Remembered>): Remembered {
  return {
    epoch: 1,
    wholeMs: NOW_MS,
    plannedMs: NOW_MS,
    byKind: new Map(kinds.map(({ kind }) => [kind, seenAt(NOW_MS - 1_000)])),
    cluster: bareCluster(),
    plans: new Map(),
    kubernetes: undefined,
    open: new Set(),
    unsure: new Set(),
    actedMs: 0,
    ...changes,
  };
}

const looks = (changes: Partial<Remembered>, ended: readonly string[] = [], haste = 1) => {
  const list = kindsToLookAt(kinds, remembered(changes), { ended: new Set(ended), nowMs: NOW_MS, haste });
  const [now, withNews] = [[...list.now].sort(), [...list.withNews].sort()];
  return { now, withNews, ...(list.withLoss.size === 0 ? {} : { withLoss: [...list.withLoss] }) };
};

describe("engine/freshness", () => {
  it("looks at nothing again while nothing is waited for", () => {
    assert.deepEqual(looks({}), { now: [], withNews: [] });
  });

  it("looks at what is waited for each time, or as often as the kind says, sooner only with news of nodes", () => {
    const open = new Set(["groups", "machines"]);
    assert.deepEqual(looks({ open }), { now: ["machines"], withNews: ["groups"] });
    const byKind = new Map([["groups", seenAt(NOW_MS - EVERY_MS)]]);
    assert.deepEqual(looks({ open, byKind }), { now: ["groups", "machines"], withNews: [] });
    assert.deepEqual(looks({ open }, [], 60).now, ["groups", "machines"], "a cloud that is 60 times faster");
  });

  it("looks at a group that rolls at once only when nodes have gone", () => {
    const rolling = {
      ...bareKind("groups"),
      lookAgain: () => ({ everyMs: EVERY_MS, news: "of loss" as const }),
    };
    const known = remembered({ open: new Set(["groups"]) });
    const list = kindsToLookAt([rolling], known, { ended: new Set(), nowMs: NOW_MS });
    assert.deepEqual([[...list.now], [...list.withNews], [...list.withLoss]], [[], [], ["groups"]]);
    const later = kindsToLookAt([rolling], known, { ended: new Set(), nowMs: NOW_MS + EVERY_MS });
    assert.deepEqual([...later.now], ["groups"]);
  });

  it("glances at another kind from time to time, while it waits itself", () => {
    const glancing = { ...bareKind("glancing"), glancesAt: { kind: "machines", everyMs: () => EVERY_MS } };
    const listOf = (open: readonly string[], nowMs: number) => {
      const known = remembered({ open: new Set(open) });
      return [
        ...kindsToLookAt([glancing, bareKind("machines")], known, { ended: new Set(), nowMs }).now,
      ].filter((kind) => kind === "machines");
    };
    assert.deepEqual(listOf(["glancing"], NOW_MS), []);
    assert.deepEqual(listOf(["glancing"], NOW_MS - 1_000 + EVERY_MS), ["machines"]);
    assert.deepEqual(listOf([], NOW_MS + EVERY_MS), []);
  });

  it("looks at once at what ended, what that kind waits for, what it is not sure of, and what it could not see", () => {
    assert.deepEqual(looks({}, ["care"]).now, ["care", "groups"]);
    assert.deepEqual(looks({ unsure: new Set(["groups"]) }).now, ["groups"]);
    const open = new Set(["groups"]);
    assert.deepEqual(looks({ open, byKind: new Map() }).now, ["groups"]);
  });

  it("acts on what was seen a moment ago, unless something was begun since or the clock was put back", () => {
    const ground = (lookedMs: number, changes: { actedMs?: number; haste?: number } = {}) => {
      const { actedMs = 0, haste = 1 } = changes;
      const known = remembered({ byKind: new Map([["groups", seenAt(lookedMs)]]), actedMs });
      return !onlyRemembered([groups], known, { looked: new Set(), nowMs: NOW_MS, haste }).has("groups");
    };
    assert.equal(ground(NOW_MS - FRESH_MS), true);
    assert.equal(ground(NOW_MS - FRESH_MS - 1), false);
    assert.equal(ground(NOW_MS - 2_000, { actedMs: NOW_MS - 1_000 }), false);
    assert.equal(ground(NOW_MS + 1), false);
    assert.equal(ground(NOW_MS - 1_000, { haste: 60 }), false, "much happens in a second there");
  });

  it("acts on what is looked at now, but never on a look at a part", () => {
    const looked = new Set(["groups", "partly"]);
    const partly = { ...bareKind("partly"), observeAgain: async () => [] };
    const known = remembered({
      byKind: new Map([
        ["groups", seenAt(0)],
        ["partly", seenAt(0)],
      ]),
    });
    const none = onlyRemembered([groups, partly], known, { looked, nowMs: NOW_MS });
    assert.deepEqual([...none], ["partly"]);
  });

  it("takes a node that came, went, rebooted or fell silent for news, and a heartbeat for none", () => {
    const node: NodeFacts = {
      name: "a",
      ready: true,
      unschedulable: false,
      kubeletVersion: "1.36.4",
      bootId: "1",
      labels: {},
      resourceVersion: "1",
    };
    const facts = (...nodes: readonly NodeFacts[]) => ({ version: "1.36.4", apiServers: [], nodes });
    const before = facts(node);
    assert.equal(haveNodesMoved(facts({ ...node, resourceVersion: "2" }), before), false);
    for (const change of [{ ready: false }, { bootId: "2" }, { unschedulable: true }, { name: "b" }])
      assert.equal(haveNodesMoved(facts({ ...node, ...change }), before), true, JSON.stringify(change));
    assert.equal(haveNodesMoved(facts(), before), true);
    assert.equal(haveNodesMoved(undefined, before), true, "its API fell silent");
    const waiting = facts({ ...node, ready: false });
    assert.equal(
      haveNodesLeft(facts(node, { ...node, name: "b" }), waiting),
      false,
      "one came, one recovered",
    );
    assert.equal(haveNodesLeft(facts({ ...node, unschedulable: true }), before), false);
    for (const change of [{ ready: false }, { bootId: "2" }, { name: "b" }])
      assert.equal(haveNodesLeft(facts({ ...node, ...change }), before), true, JSON.stringify(change));
    assert.equal(haveNodesLeft(undefined, before), true);
  });
});
