/** What a command changes in the care of nodes. */
import assert from "node:assert/strict";
import type { PoolWish } from "../../../../../shared/resources/node-care/views.ts";
import type { Cluster } from "../../../../../shared/resources/resource.ts";
import { NO_CARE } from "../../../../../shared/status/care.ts";
import { clusterWith } from "../../kubernetes/fixtures.ts";
import {
  A,
  B,
  C,
  cluster,
  D,
  group,
  NEW,
  NOW_MS,
  node,
  plan,
  podOf,
  UPGRADE,
  verbs,
  WEB_BUDGET,
  WISH,
} from "./scene.ts";

describe("node care by command", () => {
  it("gives pods their whole time when a command takes a node that was cordoned days ago (S16)", () => {
    const parked = {
      reason: "a noisy disk",
      cause: "command" as const,
      operation: "cordon-1",
      sinceMs: NOW_MS - 3 * 86_400_000,
    };
    const nodes = [node(A, { cordoned: parked }), node(B), node(C)];
    const bare = cluster(nodes, [group({ [A]: NEW, [B]: NEW, [C]: NEW })]);
    const commanded = (begunMs: number): Cluster => {
      const rotate = {
        operation: "rotate-machine-1",
        command: "rotate-machine" as const,
        node: A,
        reason: "",
        requestedBy: "",
        requestedMs: begunMs,
        begunMs,
      };
      return { ...bare, care: { ...NO_CARE, commands: [rotate] } };
    };
    const held = { ...WEB_BUDGET, status: { ...WEB_BUDGET.status, disruptionsAllowed: 0 } };
    const observed = [{ name: A, pods: [podOf("web-1", { labels: { app: "web" } })], budgets: [held] }];
    const forcing = { ...WISH.pool, size: 2, upgrade: { ...UPGRADE, onDrainTimeout: "force" } };
    const wishes = [{ ...WISH, pool: forcing } as unknown as PoolWish];
    const hourMs = 3_600_000;
    assert.deepEqual(verbs(plan(commanded(NOW_MS - hourMs + 1), observed, wishes)), []);
    assert.deepEqual(verbs(plan(commanded(NOW_MS - hourMs), observed, wishes)), ["delete web-1"]);
  });

  it("does not take a commanded machine for gone while machines could not be listed", () => {
    const repair = {
      operation: "repair-1",
      command: "repair" as const,
      node: D,
      reason: "",
      requestedBy: "",
      requestedMs: NOW_MS,
      begunMs: NOW_MS,
    };
    const care = { ...NO_CARE, commands: [repair] };
    const seen = cluster([node(A), node(B)], [group(undefined, { targetSize: 2 })]);
    const blind = clusterWith({
      facts: { ...seen.facts, machines: undefined } as unknown as Cluster["facts"],
    });
    assert.equal(plan({ ...blind, care }).commands, undefined);
    assert.deepEqual(
      plan({ ...seen, care }).commands?.map(({ news }) => news),
      ["succeeded"],
    );
  });
});
