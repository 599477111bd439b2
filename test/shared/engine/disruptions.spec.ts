/** The ledger between two looks: what a pass has to write, and nothing where nothing changed. */
import assert from "node:assert/strict";
import { LEDGER_WRITES_MAX, rememberCare } from "../../../shared/engine/disruptions.ts";
import { HELD_TOLD_MS } from "../../../shared/engine/held-drains.ts";
import type { ClusterPlan } from "../../../shared/engine/plan.ts";
import type { Work } from "../../../shared/engine/work.ts";
import type { Facts, NodeFacts } from "../../../shared/resources/resource.ts";
import type { ClusterStatus } from "../../../shared/status/cluster-status.ts";
import type { Disruption } from "../../../shared/status/disruption.ts";

const entry = (node: string, more: Partial<Disruption> = {}): Disruption => ({
  node,
  owner: "us",
  cause: "upgrade",
  reason: "it is outdated",
  sinceMs: 1,
  deadlineMs: 2,
  policy: "pause",
  state: "draining",
  blockers: [],
  blockersMore: 0,
  ...more,
});
const planOf = (disruptions: readonly Disruption[] | undefined): ClusterPlan => {
  const plan = {
    actions: [],
    waiting: [],
    problems: [],
    ...(disruptions === undefined ? {} : { disruptions }),
  };
  return { states: [], due: [], plans: new Map([["node-care", { plan }]]) } as unknown as ClusterPlan;
};
const factsWith = (...names: readonly string[]): Facts => ({
  kubernetes: { version: "", apiServers: [], nodes: names.map((name) => ({ name }) as NodeFacts) },
});
const FRESH: Work = { status: {} as ClusterStatus, lines: [] };
/** What the next pass begins with. */
const saved = ({ status }: Work): Work => ({ status, lines: [] });
const look = (
  work: Work,
  disruptions: readonly Disruption[] | undefined,
  facts = factsWith("a", "b"),
  nowMs = 0,
) => rememberCare(work, planOf(disruptions), facts, nowMs);

describe("the ledger of disruptions", () => {
  it("opens an entry, and then has nothing to write as long as it stays the same", () => {
    const first = look(FRESH, [entry("a")]);
    assert.deepEqual([...(first.ledger?.changed.keys() ?? [])], ["a"]);
    const again = saved(first);
    assert.equal(look(again, [entry("a")]), again, "the very same work: a glance finds nothing new");
  });
  it("writes it again when its blockers change", () => {
    const first = saved(look(FRESH, [entry("a")]));
    const blockers = [{ pod: "default/web-1", budgets: ["default/web"], why: "it is held" }];
    assert.deepEqual(look(first, [entry("a", { blockers })]).ledger?.changed.get("a")?.blockers, blockers);
  });
  it("ends it as uncordoned where the node is in service, as gone where it left", () => {
    const both = saved(look(FRESH, [entry("a"), entry("b")]));
    const after = look(both, [], factsWith("a"));
    assert.deepEqual(
      [...(after.ledger?.ended ?? [])],
      [
        ["a", "uncordoned"],
        ["b", "gone"],
      ],
    );
    assert.deepEqual(after.status.care?.ledger, []);
  });
  it("tells once of a budget that holds a drain up, though the entry itself stays the same, and of its end", () => {
    const blockers = [{ pod: "default/web-1", budgets: ["default/web"], why: "it is held" }];
    const held = [entry("a", { blockers })];
    const begun = saved(look(FRESH, held));
    const told = look(begun, held, factsWith("a"), HELD_TOLD_MS);
    assert.deepEqual(
      told.lines.map(({ verb, key }) => [verb, key]),
      [["blocked", "/api/v1/nodes/a"]],
    );
    const after = saved(told);
    assert.equal(look(after, held, factsWith("a"), 2 * HELD_TOLD_MS), after);
    const ended = look(after, [], factsWith());
    assert.deepEqual(
      ended.lines.map(({ verb }) => verb),
      ["unblocked"],
    );
    assert.deepEqual(ended.status.care?.ledger, []);
  });
  it("ends nothing while nobody knows", () => {
    const first = saved(look(FRESH, [entry("a")]));
    assert.equal(look(first, undefined), first);
  });
  it("adds up over the rounds of one pass", () => {
    const round = look(look(FRESH, [entry("a")]), [entry("a", { state: "paused" }), entry("b")]);
    const changed = [...(round.ledger?.changed.values() ?? [])].map(({ node, state }) => `${node} ${state}`);
    assert.deepEqual(changed, ["a paused", "b draining"]);
    assert.deepEqual([...(look(round, [entry("b")], factsWith("b")).ledger?.ended ?? [])], [["a", "gone"]]);
  });
  it("writes no more in a pass than a transaction takes easily, and the rest in the next", () => {
    const many = Array.from({ length: LEDGER_WRITES_MAX + 7 }, (_, index) => entry(`n-${index}`));
    const first = look(FRESH, many);
    assert.equal(first.ledger?.changed.size, LEDGER_WRITES_MAX);
    assert.equal(look(saved(first), many).ledger?.changed.size, 7);
  });
});
