import assert from "node:assert/strict";
import { EXTERNAL_RANGE } from "../../../simulator/compute/addresses.ts";
import { claimAddresses } from "../../../simulator/wire/claim-addresses.ts";
import { leaveOut } from "../../support/leave-out.ts";

describe("claims on loopback addresses", () => {
  it("never overlap while they are held, and can be taken again after", async function () {
    if (process.platform !== "linux")
      leaveOut(this, `${process.platform} binds 127.0.0.1 alone, and Linux all of 127.0.0.0/8`);
    const claims = await Promise.all([claimAddresses(), claimAddresses(), claimAddresses()]);
    const starts = claims.map(({ range }) => range.start).sort((a, b) => a - b);
    assert.equal(new Set(starts).size, 3);
    for (const { range } of claims) {
      assert.ok(range.start > EXTERNAL_RANGE.start);
      assert.ok(range.start + range.size <= EXTERNAL_RANGE.start + EXTERNAL_RANGE.size);
      assert.ok(starts.every((start) => start <= range.start || start >= range.start + range.size));
    }
    await Promise.all(claims.map((claim) => claim.release()));
    const again = await claimAddresses();
    await again.release();
    assert.ok(again.range.start <= (starts[2] ?? 0));
  });
});
