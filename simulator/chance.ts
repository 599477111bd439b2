/** Chance from a seed: the same seed gives the same numbers, bytes and keys, in the same order. */
import { createECDH, createPrivateKey, createPublicKey, type webcrypto } from "node:crypto";
import type { Chance } from "../shared/ports/chance.ts";

const UINT32_RANGE = 0x1_0000_0000;
const P256_SCALAR_BYTES = 32;

/**
 * Numbers fit for simulations, never for secrets: xoshiro128** (Blackman and Vigna, prng.di.unimi.it) seeded through
 * splitmix32. Key pairs are real P-256 keys whose private scalar comes from the seed, made without leaving the
 * event loop's turn, so that virtual time cannot overtake them.
 */
export function createSeededChance(seed: number): Chance {
  const next = createXoshiro128(seed);
  const bytes = (count: number) => {
    const drawn = new Uint8Array(count);
    for (let at = 0; at < count; at++) drawn[at] = next() >>> 24;
    return drawn;
  };
  return {
    fraction: () => next() / UINT32_RANGE,
    bytes,
    keyPair: async () => keyPairFrom(bytes),
  };
}

/** A generator of unsigned 32-bit numbers. */
function createXoshiro128(seed: number): () => number {
  const seeds = createSplitmix32(seed);
  let [a, b, c, d] = [seeds(), seeds(), seeds(), seeds()];
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result;
  };
}

function createSplitmix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function keyPairFrom(bytes: (count: number) => Uint8Array): webcrypto.CryptoKeyPair {
  const exchange = createECDH("prime256v1");
  exchange.setPrivateKey(scalarFrom(bytes));
  const point = exchange.getPublicKey();
  const jwk = {
    kty: "EC",
    crv: "P-256",
    d: exchange.getPrivateKey().toString("base64url"),
    x: point.subarray(1, 1 + P256_SCALAR_BYTES).toString("base64url"),
    y: point.subarray(1 + P256_SCALAR_BYTES).toString("base64url"),
  };
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const privateKey = createPrivateKey({ format: "jwk", key: jwk });
  const publicKey = createPublicKey(privateKey);
  return {
    privateKey: privateKey.toCryptoKey(algorithm, true, ["sign"]),
    publicKey: publicKey.toCryptoKey(algorithm, true, ["verify"]),
  };
}

/** A number in [1, order of P-256): the order begins with 0xffffffff00000000, so a first byte below 0xff is under it. */
function scalarFrom(bytes: (count: number) => Uint8Array): Uint8Array {
  const scalar = bytes(P256_SCALAR_BYTES);
  scalar[0] = (scalar[0] ?? 0) % 0xff;
  scalar[P256_SCALAR_BYTES - 1] = (scalar[P256_SCALAR_BYTES - 1] ?? 0) | 1;
  return scalar;
}
