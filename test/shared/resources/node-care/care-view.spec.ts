import assert from "node:assert/strict";
import { careView, joinMsOf } from "../../../../shared/resources/node-care/care-view.ts";
import { NO_CARE } from "../../../../shared/status/care.ts";
import { clusterWith } from "../kubernetes/fixtures.ts";

const MINUTE_MS = 60_000;

describe("the view of what is cared for", () => {
  it("has the patience that the spec asks for, shorter where machines are faster", () => {
    const pool = clusterWith().spec.nodePools[0]?.name ?? "";
    const group = {
      path: "p/zones/z/instanceGroupManagers/g",
      pool,
      targetSize: 0,
      template: "t",
      stable: true,
    };
    const seen = { ...clusterWith(), facts: { groups: [group] } };
    const bound = (haste?: number) =>
      careView(haste === undefined ? seen : { ...seen, haste }, 0).pools.map(({ policy }) => policy.afterMs);
    assert.deepEqual([bound(), bound(20)], [[10 * MINUTE_MS], [30_000]]);
    const [hasty] = careView({ ...seen, haste: 20 }, 0).pools;
    assert.equal(hasty?.policy.restartTakesMs, 30_000);
  });

  it("gives machines the time to join that the spec says, and that of before where it was accepted without", () => {
    assert.equal(joinMsOf({ joinTimeout: "1h" }), 60 * MINUTE_MS);
    assert.equal(joinMsOf({}), 10 * MINUTE_MS);
  });
});

describe("a machine whose node a command has cordoned", () => {
  const NOW_MS = Date.parse("2026-11-23T12:00:00Z");
  const bare = clusterWith();
  const pool = bare.spec.nodePools[0]?.name ?? "";
  const name = `shop-ab12cd-n-${pool}-aaaa`;
  const path = `projects/acme-prod/zones/europe-west4-a/instances/${name}`;
  const uncordon = (notBeforeMs?: number) => ({
    operation: "uncordon-1",
    command: "uncordon" as const,
    node: name,
    reason: "",
    requestedBy: "",
    requestedMs: NOW_MS,
    ...(notBeforeMs === undefined ? {} : { notBeforeMs }),
  });
  const parked = (commands: readonly ReturnType<typeof uncordon>[]) => {
    const cordoned = { reason: "", cause: "command" as const, operation: "cordon-1", sinceMs: 0 };
    const node = {
      name,
      ready: true,
      unschedulable: true,
      kubeletVersion: "",
      bootId: "",
      labels: {},
      cordoned,
    };
    const group = {
      path: `projects/acme-prod/zones/europe-west4-a/instanceGroupManagers/shop-ab12cd-n-${pool}`,
      pool,
      targetSize: 1,
      template: "t",
      stable: true,
    };
    const facts = {
      lookedMs: NOW_MS,
      groups: [group],
      machineStates: new Map([[path, { instanceId: "7", status: "RUNNING" }]]),
      kubernetes: { version: "", apiServers: [], nodes: [node] },
    };
    const seen = { ...bare, facts, care: { ...NO_CARE, commands } };
    return careView(seen, NOW_MS).pools[0]?.machines[0]?.parked === true;
  };

  it("is left alone, also while another command waits for its moment", () => {
    assert.equal(parked([]), true);
    assert.equal(parked([uncordon(NOW_MS + 1)]), true);
    assert.equal(parked([uncordon(NOW_MS)]), false);
    assert.equal(parked([uncordon()]), false);
  });
});
