/** How a node is drained, and given back when it may stay. */
import assert from "node:assert/strict";
import { nodeCare } from "../../../../../shared/resources/node-care/node-care.ts";
import type { PoolWish } from "../../../../../shared/resources/node-care/views.ts";
import { FakeApi } from "../../kubernetes/fake-api.ts";
import {
  A,
  B,
  C,
  cluster,
  D,
  GROUP,
  group,
  NEW,
  node,
  OLD,
  OURS,
  pathOf,
  plan,
  podOf,
  UPGRADE,
  verbs,
  WEB_BUDGET,
  WISH,
} from "./scene.ts";

describe("node care of a drain", () => {
  it("evicts the pods of a node that it has cordoned, then deletes exactly its machine", () => {
    const nodes = [node(A, { cordoned: OURS }), node(B), node(C)];
    const seen = cluster(nodes, [group({ [A]: OLD, [B]: OLD, [C]: NEW })]);
    const draining = plan(seen, [{ name: A, pods: [podOf("web-1")], budgets: [] }]);
    assert.deepEqual(verbs(draining), ["evict web-1"]);
    const { actions } = plan(seen, [{ name: A, pods: [], budgets: [] }]);
    assert.deepEqual(
      actions.map(({ key, verb, reason, ...rest }) => ({
        key,
        verb,
        reason,
        body: (rest as { body?: unknown }).body,
      })),
      [
        {
          key: GROUP,
          verb: "instanceGroupManagers.deleteInstances",
          reason: `${A} is made from an older template of pool general; its node is drained`,
          body: { instances: [`https://www.googleapis.com/compute/v1/${pathOf(A)}`] },
        },
      ],
    );
  });

  it("drains two nodes at once without asking a budget for more than it allows", () => {
    const nodes = [node(A, { cordoned: OURS }), node(B, { cordoned: OURS }), node(C), node(D)];
    const seen = cluster(nodes, [group({ [A]: OLD, [B]: OLD, [C]: NEW, [D]: NEW })]);
    const wish = { ...WISH, pool: { ...WISH.pool, size: 2, upgrade: { ...UPGRADE, maxSurge: 2 } } };
    const budgets = [WEB_BUDGET];
    const web = (name: string) => podOf(name, { labels: { app: "web" } });
    const found = plan(
      seen,
      [
        { name: A, pods: [web("web-1")], budgets },
        { name: B, pods: [web("web-2")], budgets },
      ],
      [wish as unknown as PoolWish],
    );
    assert.deepEqual(verbs(found), ["evict web-1"]);
    assert.match(found.waiting.map(({ reason }) => reason).join(), /holds pod default\/web-2/);
  });

  it("uncordons what it cordoned when the group is in order, but nobody else's", () => {
    const nodes = [node(A, { cordoned: OURS }), node(B, { unschedulable: true })];
    assert.deepEqual(verbs(plan(cluster(nodes, [group(undefined, { targetSize: 2 })]))), [`uncordon ${A}`]);
  });

  it("leaves the Node of a machine that stops or is gone as it is", () => {
    const nodes = [node(A, { cordoned: OURS })];
    const groups = [group(undefined, { targetSize: 2 })];
    assert.deepEqual(plan(cluster(nodes, groups, { machines: [] })).actions, []);
    const stopping = plan(cluster(nodes, groups, { stoppingMachines: [pathOf(A)] }));
    assert.deepEqual(stopping.actions, []);
    assert.deepEqual(
      stopping.waiting.map(({ reason }) => reason),
      [`machine ${A} to be deleted`],
    );
  });

  it("asks nothing of the API while no node is drained, then for the pods of those nodes alone", async () => {
    const api = new FakeApi();
    assert.deepEqual(await nodeCare.observe(api.cloud, cluster([node(A), node(B)], [])), []);
    assert.deepEqual(api.requests, []);
    const draining = cluster([node(A, { cordoned: OURS }), node(B)], []);
    const [seen] = await nodeCare.observe(api.cloud, draining);
    assert.equal(seen?.name, A);
    assert.deepEqual(
      api.requests.map(({ path }) => path),
      [
        "/apis/policy/v1/poddisruptionbudgets?limit=500",
        `/api/v1/pods?fieldSelector=spec.nodeName%3D${A}&limit=500`,
      ],
    );
  });
});
