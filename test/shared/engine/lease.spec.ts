import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { LEASE_MS, mayStillAct, releaseLease, stillMine, takeLease } from "../../../shared/engine/lease.ts";

describe("engine/lease", () => {
  it("is taken when nobody holds it, and every taking raises the epoch", () => {
    const first = takeLease(undefined, "a", 1_000);
    assert.deepEqual(first, {
      taken: true,
      lease: { holder: "a", untilMs: 1_000 + LEASE_MS, epoch: 1, dirty: false },
    });
    const second = takeLease(releaseLease(first.lease), "b", 2_000);
    assert.equal(second.taken, true);
    assert.equal(second.lease.epoch, 2);
  });

  it("stays with its holder until it expires, and remembers that somebody asked", () => {
    const { lease } = takeLease(undefined, "a", 0);
    const asked = takeLease(lease, "b", LEASE_MS - 1);
    assert.equal(asked.taken, false);
    assert.deepEqual(asked.lease, { ...lease, dirty: true });
    assert.equal(takeLease(lease, "b", LEASE_MS).taken, true);
  });

  it("is no longer mine once another took it, even if that one released it (S8)", () => {
    const mine = takeLease(undefined, "a", 0).lease;
    const other = takeLease(mine, "b", LEASE_MS).lease;
    assert.equal(stillMine(mine, mine), true);
    assert.equal(stillMine(mine, other), false);
    assert.equal(stillMine(mine, releaseLease(other)), false);
    assert.equal(stillMine(mine, undefined), false);
  });

  it("is still mine after it expired when nobody took it", () => {
    const mine = takeLease(undefined, "a", 0).lease;
    assert.equal(stillMine(mine, { ...mine, dirty: true }), true);
  });

  it("is void when a clock far ahead wrote it, and holds when that clock was a little ahead (fault 16)", () => {
    const hourAhead = takeLease(undefined, "a", 3_600_000).lease;
    assert.equal(takeLease(hourAhead, "b", 0).taken, true);
    const minuteAhead = takeLease(undefined, "a", 60_000).lease;
    assert.equal(takeLease(minuteAhead, "b", 0).taken, false);
  });

  it("lets no change begin that could reach the cloud after its end (fault 13)", () => {
    const mine = takeLease(undefined, "a", 0).lease;
    assert.equal(mayStillAct(mine, LEASE_MS / 2), true);
    assert.equal(mayStillAct(mine, LEASE_MS - 1), false);
    assert.equal(mayStillAct(mine, LEASE_MS + 1), false);
  });
});
