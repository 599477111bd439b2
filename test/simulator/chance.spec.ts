import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { createSeededChance } from "../../simulator/chance.ts";

const { subtle } = webcrypto;
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };

describe("chance from a seed", () => {
  it("repeats itself for the same seed and differs for another", async () => {
    const draw = async (seed: number) => {
      const chance = createSeededChance(seed);
      const pair = await chance.keyPair();
      return [chance.fraction(), [...chance.bytes(8)], await subtle.exportKey("jwk", pair.privateKey)];
    };
    assert.deepEqual(await draw(41), await draw(41));
    assert.notDeepEqual(await draw(41), await draw(42));
  });

  it("spreads fractions evenly over [0, 1)", () => {
    const chance = createSeededChance(7);
    const tenths = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 10_000; draw++) {
      const value = chance.fraction();
      assert.ok(value >= 0 && value < 1, `${value}`);
      const tenth = Math.floor(value * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) assert.ok(count > 850 && count < 1150, `${tenths}`);
  });

  it("gives key pairs whose signatures verify, each another one", async () => {
    const chance = createSeededChance(1);
    const [first, second] = [await chance.keyPair(), await chance.keyPair()];
    const data = new TextEncoder().encode("signed");
    const signature = await subtle.sign(SIGNATURE, first.privateKey, data);
    assert.ok(await subtle.verify(SIGNATURE, first.publicKey, signature, data));
    assert.ok(!(await subtle.verify(SIGNATURE, second.publicKey, signature, data)));
  });
});
