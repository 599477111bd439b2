/**
 * The few operations of Web Crypto that certificates need, done at once on the calling thread: so a simulation under
 * virtual time never has to wait for a thread pool. Signing with P-256 takes about 0.1 ms.
 */
import { createHash, KeyObject, sign, webcrypto } from "node:crypto";

function bytesOf(source: webcrypto.BufferSource): Uint8Array {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}
/** A copy of its own: certificates are parsed from whole buffers. */
const bufferOf = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;

const hashName = (algorithm: webcrypto.AlgorithmIdentifier): string =>
  (typeof algorithm === "string" ? algorithm : algorithm.name).replace("-", "").toLowerCase();

async function digest(algorithm: webcrypto.AlgorithmIdentifier, data: webcrypto.BufferSource) {
  return bufferOf(createHash(hashName(algorithm)).update(bytesOf(data)).digest());
}

async function signAtOnce(_algorithm: unknown, key: webcrypto.CryptoKey, data: webcrypto.BufferSource) {
  return bufferOf(sign("sha256", bytesOf(data), { key: KeyObject.from(key), dsaEncoding: "ieee-p1363" }));
}

async function exportPublic(format: string, key: webcrypto.CryptoKey) {
  if (format !== "spki") throw new TypeError(`Only spki is exported here, not ${format}.`);
  return bufferOf(KeyObject.from(key).export({ type: "spki", format: "der" }));
}

const AT_ONCE: Readonly<Record<string, unknown>> = { digest, sign: signAtOnce, exportKey: exportPublic };

const subtle = new Proxy(webcrypto.subtle, {
  get(target, name) {
    const own = typeof name === "string" ? AT_ONCE[name] : undefined;
    if (own !== undefined) return own;
    const value: unknown = Reflect.get(target, name, target);
    return typeof value === "function" ? value.bind(target) : value;
  },
});

/** A Web Crypto whose digests, ECDSA P-256 signatures and public key exports resolve in the same turn of the loop. */
export const CRYPTO_AT_ONCE: webcrypto.Crypto = {
  ...webcrypto,
  subtle,
  getRandomValues: (array) => webcrypto.getRandomValues(array),
  randomUUID: () => webcrypto.randomUUID(),
};
