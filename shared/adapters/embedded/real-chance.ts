/** The Chance port on the operating system's random numbers. */
import { randomBytes, webcrypto } from "node:crypto";
import type { Chance } from "../../ports/chance.ts";

export function createRealChance(): Chance {
  return {
    fraction: () => Math.random(),
    bytes: (count) => new Uint8Array(randomBytes(count)),
    keyPair: () =>
      webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]),
  };
}
