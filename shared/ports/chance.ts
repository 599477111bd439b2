/** Chance as the control plane sees it: identifiers, jitter and key pairs come through this port alone. */
import type { webcrypto } from "node:crypto";

export interface Chance {
  /** A number in [0, 1), for jitter. */
  fraction(): number;
  /** Bytes fit for secrets. */
  bytes(count: number): Uint8Array;
  /** An extractable ECDSA P-256 key pair (RSA-2048 costs about 270 ms of CPU, P-256 0.06 ms). */
  keyPair(): Promise<webcrypto.CryptoKeyPair>;
}
