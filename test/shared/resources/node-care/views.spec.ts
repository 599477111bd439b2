/** What a pool's view says of machines that their repair is at. */
import assert from "node:assert/strict";
import type { Hold } from "../../../../shared/nodes/hold.ts";
import type { PoolRepairs } from "../../../../shared/nodes/repair.ts";
import { commandOrders } from "../../../../shared/resources/node-care/command-orders.ts";
import { poolView } from "../../../../shared/resources/node-care/views.ts";
import { A, B, C, cluster, group, NOW_MS, node, OLD, WISH } from "./node-care/scene.ts";

const LATER: Hold = { reason: "RetryLater", causes: ["repair"], waitsFor: "the next try" };

/** A and B have failed. */
function mendingWith(held: Hold | undefined): readonly string[] {
  const policy = { enabled: true, ladder: ["recreate"] };
  const failed = [A, B].map((name) => ({
    machine: { name },
    verdict: { is: "failed", reason: "" },
    pool: { policy },
  }));
  const repairs = { judged: failed, held, holds: [], leaves: new Map() } as unknown as PoolRepairs;
  const seen = cluster([node(A), node(B), node(C)], []);
  const orders = commandOrders(seen, NOW_MS);
  const { machines } = poolView(seen, group({ [A]: OLD, [B]: OLD, [C]: OLD }), WISH, orders, NOW_MS, repairs);
  return machines.filter(({ mending }) => mending === true).map(({ name }) => name);
}

describe("the view of a pool", () => {
  it("leaves failed machines to their repair, but to an upgrade where a brake is on, which may be the cure", () => {
    assert.deepEqual(mendingWith(undefined), [A, B]);
    assert.deepEqual(mendingWith(LATER), []);
  });

  it("leaves a failed machine to its repair while another one waits alone for its next try", () => {
    assert.deepEqual(mendingWith({ ...LATER, machine: A }), [B]);
  });
});
