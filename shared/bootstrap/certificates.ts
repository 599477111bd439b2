/** X.509 certificates as Kubernetes wants them: authorities of ten years and client certificates below them. */
import "reflect-metadata";
import { createHash, createPrivateKey, KeyObject, type webcrypto, X509Certificate } from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { Chance } from "../ports/chance.ts";
import { CRYPTO_AT_ONCE } from "./signing.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** kubeadm's caCertificateValidityPeriod, 87600h. */
export const AUTHORITY_TTL_MS = 3650 * DAY_MS;
/** As kubeadm does, for clocks that are behind (constants.CertificateBackdate). */
const BACKDATE_MS = 5 * MINUTE_MS;
/** RFC 5280 allows 20 octets. */
const SERIAL_BYTES = 16;
const SECOND_MS = 1000;
const SIGNING = { name: "ECDSA", hash: "SHA-256" } as const;
const P256 = { name: "ECDSA", namedCurve: "P-256" } as const;

export interface Authority {
  readonly certificate: string;
  readonly key: string;
}

/** Positive, and the first byte never zero, so that its length is fixed. */
function serial(chance: Chance): string {
  const bytes = Uint8Array.from(chance.bytes(SERIAL_BYTES));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString("hex");
}
/** Certificates count whole seconds. */
const seconds = (timeMs: number): Date => new Date(Math.floor(timeMs / SECOND_MS) * SECOND_MS);
const privatePem = (key: webcrypto.CryptoKey): string =>
  KeyObject.from(key).export({ type: "pkcs8", format: "pem" }).toString();

/** `sha256:` and 64 hex digits over the DER SubjectPublicKeyInfo, as kubeadm's caCertHashes. @throws when not a certificate */
export function publicKeyHash(certificate: string): string {
  const spki = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  return `sha256:${createHash("sha256").update(spki).digest("hex")}`;
}

/** A self-signed authority. */
export async function createAuthority(input: {
  readonly chance: Chance;
  readonly nowMs: number;
  readonly commonName: string;
  readonly organization: string;
}): Promise<Authority> {
  const { publicKey, privateKey } = await input.chance.keyPair();
  const name = [{ O: [input.organization] }, { CN: [input.commonName] }];
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serial(input.chance),
      subject: name,
      issuer: name,
      notBefore: seconds(input.nowMs - BACKDATE_MS),
      notAfter: seconds(input.nowMs + AUTHORITY_TTL_MS),
      signingAlgorithm: SIGNING,
      publicKey,
      signingKey: privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.digitalSignature |
            x509.KeyUsageFlags.keyEncipherment |
            x509.KeyUsageFlags.keyCertSign,
          true,
        ),
        await x509.SubjectKeyIdentifierExtension.create(publicKey, false, CRYPTO_AT_ONCE),
      ],
    },
    CRYPTO_AT_ONCE,
  );
  return { certificate: `${certificate.toString("pem")}\n`, key: privatePem(privateKey) };
}

/** A client certificate: the common name is the user, the organizations are its groups. Ends with the authority at the latest. */
export async function issueClient(input: {
  readonly chance: Chance;
  readonly nowMs: number;
  readonly authority: Authority;
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly ttlMs: number;
}): Promise<{ readonly certificate: string; readonly key: string }> {
  const { publicKey, privateKey } = await input.chance.keyPair();
  return { certificate: await certifyClient({ ...input, publicKey }), key: privatePem(privateKey) };
}

/** The certificate alone, for a key that somebody else keeps. */
export async function certifyClient(input: {
  readonly chance: Chance;
  readonly nowMs: number;
  readonly authority: Authority;
  readonly publicKey: webcrypto.CryptoKey;
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly ttlMs: number;
}): Promise<string> {
  const issuer = new x509.X509Certificate(input.authority.certificate);
  const issuerKey = createPrivateKey(input.authority.key);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serial(input.chance),
      subject: [
        ...input.organizations.map((organization) => ({ O: [organization] })),
        { CN: [input.commonName] },
      ],
      issuer: issuer.subjectName.toJSON(),
      // As kubeadm: a certificate is not younger than the clocks that will read it.
      notBefore: issuer.notBefore,
      notAfter: seconds(Math.min(input.nowMs + input.ttlMs, issuer.notAfter.getTime())),
      signingAlgorithm: SIGNING,
      publicKey: input.publicKey,
      signingKey: issuerKey.toCryptoKey(P256, true, ["sign"]),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
          true,
        ),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
        await x509.AuthorityKeyIdentifierExtension.create(
          await authorityKey(input.authority),
          false,
          CRYPTO_AT_ONCE,
        ),
      ],
    },
    CRYPTO_AT_ONCE,
  );
  return `${certificate.toString("pem")}\n`;
}

async function authorityKey({ certificate }: Authority): Promise<webcrypto.CryptoKey> {
  return new X509Certificate(certificate).publicKey.toCryptoKey(P256, true, ["verify"]);
}
