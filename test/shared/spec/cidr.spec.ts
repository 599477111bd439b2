/** Arithmetic on IPv4 ranges. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { addressCount, formatCidr, overlap, parseCidr } from "../../../shared/spec/cidr.ts";

function cidr(text: string) {
  const parsed = parseCidr(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}

describe("CIDR ranges", () => {
  it("count their addresses", () => {
    assert.equal(addressCount(cidr("10.0.0.0/8")), 16_777_216);
    assert.equal(addressCount(cidr("255.255.255.255/32")), 1);
    assert.equal(addressCount(cidr("0.0.0.0/0")), 2 ** 32);
  });
  it("are refused in every form but four decimal numbers and a prefix", () => {
    for (const text of [
      "",
      "10.0.0.0",
      "10.0/8",
      "010.0.0.0/8",
      "0x0a.0.0.0/8",
      "10.0.0.0/33",
      "10.0.0.256/8",
      "10.0.0.0/8 ",
      "::/0",
    ]) {
      assert.equal(parseCidr(text), undefined, text);
    }
  });
  it("overlap when one holds the other, and not when they touch", () => {
    assert.equal(overlap(cidr("10.0.0.0/8"), cidr("10.255.255.0/24")), true);
    assert.equal(overlap(cidr("10.0.0.0/9"), cidr("10.128.0.0/9")), false);
  });
  it("come back from their text with host bits cut off", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.integer({ min: 0, max: 32 }),
        (address, prefix) => {
          const text = `${[24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".")}/${prefix}`;
          const parsed = cidr(text);
          assert.ok(parsed.first <= address && address <= parsed.last);
          assert.deepEqual(parseCidr(formatCidr(parsed)), parsed);
          assert.equal(parsed.first % 2 ** (32 - prefix), 0);
        },
      ),
    );
  });
});
