/** What node care says that it waits for, and what it asks of a person. */
import assert from "node:assert/strict";
import { nodeCare } from "../../../../../shared/resources/node-care/node-care.ts";
import { NO_CARE } from "../../../../../shared/status/care.ts";
import { clusterWith } from "../../kubernetes/fixtures.ts";
import { A, B, C, cluster, GROUP, group, NEW, NOW_MS, node, OLD, OURS, plan, podOf } from "./scene.ts";

describe("node care that waits", () => {
  it("gives a foreign cordon and a pause their names, for the condition that tells of them", () => {
    const groups = [group({ [A]: OLD, [B]: NEW, [C]: NEW })];
    const foreign = plan(cluster([node(A, { unschedulable: true }), node(B), node(C)], groups));
    assert.deepEqual(
      foreign.problems.map(({ because }) => because),
      ["CordonedByOthers"],
    );
    const pause = { by: "ann", reason: "a demo", sinceMs: NOW_MS, untilMs: NOW_MS + 60_000 };
    const seen = { ...cluster([node(A), node(B), node(C)], groups), care: { ...NO_CARE, pauses: [pause] } };
    assert.deepEqual(
      plan(seen).waiting.map(({ because, untilMs }) => [because, untilMs]),
      [["Paused", NOW_MS + 60_000]],
    );
  });

  it("says why a machine could not be made", () => {
    const { machines = [], ...rest } = group({ [A]: OLD, [B]: NEW });
    const trouble = "ZONE_RESOURCE_POOL_EXHAUSTED: no room";
    const groups = [{ ...rest, machines: machines.map((one, at) => (at === 1 ? { ...one, trouble } : one)) }];
    assert.deepEqual(
      plan(cluster([node(A)], groups)).waiting.map(({ reason }) => reason),
      [`${B} to join, which could not be made: ${trouble}`],
    );
  });

  it("waits for a group that has not come to rest", () => {
    const seen = cluster([node(A), node(B)], [group({ [A]: NEW, [B]: NEW }, { stable: false })]);
    assert.deepEqual(
      plan(seen).waiting.map(({ reason }) => reason),
      ["the group of pool general to come to rest"],
    );
  });

  it("waits for the groups to be seen before it wishes for anything", () => {
    const wish = nodeCare.desire(clusterWith());
    assert.deepEqual(wish, { key: "node-care", reason: "a look at the pools' groups" });
  });

  it("tells a person of two budgets, and waits for the person", () => {
    const nodes = [node(A, { cordoned: OURS }), node(B), node(C)];
    const seen = cluster(nodes, [group({ [A]: OLD, [B]: OLD, [C]: NEW })]);
    const budgets = ["web", "all"].map((name) => ({
      metadata: { name, namespace: "default" },
      spec: { selector: {} },
    }));
    const { problems, waiting } = plan(seen, [{ name: A, pods: [podOf("web-1")], budgets }]);
    assert.deepEqual(
      problems.map(({ code, key, because }) => `${code} ${key} ${because}`),
      [`blocked /api/v1/nodes/${A} DrainBlocked`],
    );
    assert.match(
      problems[0]?.message ?? "",
      /more than one disruption budget \(default\/web and default\/all\)/,
    );
    assert.equal(waiting.length, 1, "so that it is seen when it is mended");
  });

  it("waits for a budget by name, and tells how far the pool is and since when the node is drained", () => {
    const nodes = [node(A, { cordoned: OURS }), node(B), node(C)];
    const seen = cluster(nodes, [group({ [A]: OLD, [B]: OLD, [C]: NEW })]);
    const held = {
      metadata: { name: "web", namespace: "default" },
      spec: { selector: {} },
      status: { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1 },
    };
    const pods = [podOf("web-1"), podOf("web-2"), podOf("web-3"), podOf("web-4"), podOf("web-5")].map(
      (pod) => ({
        ...pod,
        status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
      }),
    );
    const { actions, waiting } = plan(seen, [{ name: A, pods, budgets: [held] }]);
    assert.deepEqual(actions, []);
    const holds = (name: string) =>
      `budget default/web (wants 1 healthy pods, has 1) holds pod default/${name}`;
    assert.deepEqual(waiting, [
      {
        key: GROUP,
        reason: `node ${A} to be drained, since 2026-11-23T11:59:00.000Z: ${holds("web-1")}, ${holds("web-2")}, ${holds("web-3")}, 2 more`,
        progress: "0 of 2 machines of pool general replaced",
      },
    ]);
  });
});
