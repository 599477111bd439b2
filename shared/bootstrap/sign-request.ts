/** Certificate requests of people: made where the key is kept, signed here. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { Chance } from "../ports/chance.ts";
import { certifyClient } from "./certificates.ts";
import type { ClusterPki } from "./keys.ts";

const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** A new key and a request for it; the subject in it means nothing, the signer chooses. PEM. */
export async function createRequest(
  chance: Chance,
): Promise<{ readonly request: string; readonly key: string }> {
  const keys = await chance.keyPair();
  const request = await x509.Pkcs10CertificateRequestGenerator.create(
    { keys, signingAlgorithm: P256 },
    webcrypto,
  );
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  const key = `-----BEGIN PRIVATE KEY-----\n${(der.toString("base64").match(/.{1,64}/g) ?? []).join("\n")}\n-----END PRIVATE KEY-----\n`;
  return { request: request.toString("pem"), key };
}

/** @returns the certificate in PEM, or nothing when the request is malformed, not P-256, or not signed by its own key */
export async function signClientRequest(input: {
  readonly chance: Chance;
  readonly nowMs: number;
  readonly pki: ClusterPki;
  readonly request: string;
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly ttlMs: number;
}): Promise<string | undefined> {
  const publicKey = await provenKey(input.request);
  if (publicKey === undefined) return undefined;
  const authority = { certificate: input.pki.files["ca.crt"], key: input.pki.files["ca.key"] };
  const { chance, nowMs, commonName, organizations, ttlMs } = input;
  return certifyClient({ chance, nowMs, authority, publicKey, commonName, organizations, ttlMs });
}

/** The key of a request that proves possession of it. */
async function provenKey(pem: string): Promise<webcrypto.CryptoKey | undefined> {
  try {
    const request = new x509.Pkcs10CertificateRequest(pem);
    const key = await request.publicKey.export(P256, ["verify"], webcrypto);
    return (await request.verify(webcrypto)) ? key : undefined;
  } catch {
    return undefined;
  }
}
