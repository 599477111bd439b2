/** What is told of budgets that hold drains up: one line at the beginning, one at the end, however often somebody looks. */
import assert from "node:assert/strict";
import { HELD_TOLD_MS, type HeldDrain, heldEnd, heldNews } from "../../../shared/engine/held-drains.ts";
import type { EventLine } from "../../../shared/status/cluster-status.ts";
import type { Disruption } from "../../../shared/status/disruption.ts";

const SECOND_MS = 1_000;
const BEGUN_MS = 1_000_000;

function entry(budgets: readonly string[], more: Partial<Disruption> = {}): Disruption {
  return {
    node: "n-1",
    owner: "us",
    cause: "upgrade",
    reason: "it is outdated",
    sinceMs: BEGUN_MS,
    deadlineMs: null,
    policy: "pause",
    state: "draining",
    blockers: budgets.map((name) => ({ pod: `${name}-x`, budgets: [name], why: `budget ${name} holds it` })),
    blockersMore: 0,
    ...more,
  };
}
/** Looks, one after another: how long after the first, and what each sees. */
function looks(...seen: readonly (readonly [second: number, Disruption])[]) {
  let held: HeldDrain = {};
  const lines: EventLine[] = [];
  for (const [second, one] of seen) {
    const news = heldNews(held, one, BEGUN_MS + second * SECOND_MS);
    held = news.held;
    lines.push(...news.lines);
  }
  return { held, told: lines.map(({ verb, message }) => [verb, message]), lines };
}
const DUE = HELD_TOLD_MS / SECOND_MS;
const BLOCKED = ["blocked", "the drain of node n-1 waits for budget shop/web: budget shop/web holds it"];
const FREE = ["unblocked", "budget shop/web no longer holds up the drain of node n-1"];

describe("drains that budgets hold up", () => {
  const held = entry(["shop/web"]);
  const free = entry([]);

  it("are told of once, when a budget has stood in the way for a while, and once when it lets go", () => {
    const { told, held: left } = looks([0, held], [DUE, held], [DUE + 1, held], [900, held], [901, free]);
    assert.deepEqual(told, [BLOCKED, FREE]);
    assert.deepEqual(left, {});
  });

  it("are not told of where evicted pods are merely waited for", () => {
    const { told } = looks([0, held], [DUE - 1, held], [DUE, free], [DUE + 5, held], [2 * DUE, held]);
    assert.deepEqual(told, []);
  });

  it("are not told of while pods leave one by one, however long that takes", () => {
    const pods = (count: number) => entry([], { blockers: Array(count).fill(blocker) });
    const [blocker] = held.blockers;
    assert.ok(blocker !== undefined);
    const going = looks([0, pods(3)], [DUE - 1, pods(2)], [2 * DUE - 2, pods(1)], [3 * DUE - 3, pods(0)]);
    assert.deepEqual(going.told, []);
    const stuck = looks([0, pods(3)], [DUE - 1, pods(2)], [2 * DUE - 1, pods(2)]);
    assert.deepEqual(stuck.told, [BLOCKED]);
  });

  it("name each budget by itself", () => {
    const both = entry(["shop/db", "shop/web"]);
    const { told } = looks([0, held], [DUE, held], [DUE + 1, both], [DUE + 2, entry(["shop/db"])]);
    assert.deepEqual(
      told.map(([verb, message]) => `${verb} ${/shop\/\w+/.exec(message ?? "")?.[0]}`),
      ["blocked shop/web", "blocked shop/db", "unblocked shop/web"],
    );
  });

  it("that rest say nothing new: nobody has asked their budgets", () => {
    const resting = entry([], { state: "waiting" });
    const { told } = looks([0, held], [DUE, held], [DUE + 9, resting], [DUE + 20, held]);
    assert.deepEqual(told, [BLOCKED]);
  });

  it("are over with their node, of which the same is told", () => {
    const { held: left } = looks([0, held], [DUE, held]);
    assert.deepEqual(
      heldEnd("n-1", left).map(({ verb, message }) => [verb, message]),
      [FREE],
    );
    assert.deepEqual(heldEnd("n-1", {}), []);
  });

  it("stand under the node, with the cause of its drain, in a line of bounded length", () => {
    const why = "x".repeat(5_000);
    const blockers = [{ pod: "shop/web-x", budgets: ["shop/web"], why }];
    const { lines } = looks([0, held], [DUE, entry([], { blockers })]);
    assert.deepEqual(
      lines.map(({ level, key, cause }) => [level, key, cause]),
      [["warning", "/api/v1/nodes/n-1", "upgrade"]],
    );
    assert.ok((lines[0]?.message.length ?? 0) <= 400);
  });
});
