import assert from "node:assert/strict";
import { createRealChance } from "../../../../shared/adapters/embedded/real-chance.ts";

describe("real chance", () => {
  it("gives fractions in [0, 1), as many bytes as asked for, and extractable P-256 keys", async () => {
    const chance = createRealChance();
    const value = chance.fraction();
    assert.ok(value >= 0 && value < 1);
    assert.equal(chance.bytes(32).length, 32);
    assert.notDeepEqual(chance.bytes(32), chance.bytes(32));
    const pair = await chance.keyPair();
    assert.equal(pair.privateKey.extractable, true);
    assert.deepEqual(pair.publicKey.algorithm, { name: "ECDSA", namedCurve: "P-256" });
  });
});
