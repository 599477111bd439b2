import assert from "node:assert/strict";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { addressToNumber, numberToAddress } from "../../../simulator/compute/ip.ts";

describe("an IPv4 address", () => {
  it("is read as a library reads four decimal octets, and nothing else is one", () => {
    const octet = fc.oneof(
      fc.nat(300).map(String),
      fc.constantFrom("", "00", "01", "0x1", "1e1", " 1", "256", "٣"),
    );
    const text = fc.array(octet, { minLength: 3, maxLength: 5 }).map((octets) => octets.join("."));
    fc.assert(
      fc.property(text, (address) => {
        const isOne = ipaddr.IPv4.isValidFourPartDecimal(address);
        const number = addressToNumber(address);
        assert.equal(number !== undefined, isOne, address);
        if (number !== undefined) assert.equal(numberToAddress(number), address);
      }),
      { numRuns: 500 },
    );
  });
});
