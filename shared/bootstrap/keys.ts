/** The keys of a cluster: made once, kept as one secret, read by control-plane machines and by us. */
import { KeyObject } from "node:crypto";
import { z } from "zod";
import type { Chance } from "../ports/chance.ts";
import { type Authority, createAuthority, issueClient, publicKeyHash } from "./certificates.ts";

/** The files that control-plane machines share, named as they lie in `/etc/kubernetes/pki`; all else kubeadm makes. */
export const PKI_FILES = [
  "ca.crt",
  "ca.key",
  "front-proxy-ca.crt",
  "front-proxy-ca.key",
  "etcd/ca.crt",
  "etcd/ca.key",
  "sa.key",
  "sa.pub",
] as const;
export type PkiFile = (typeof PKI_FILES)[number];

const Pem = z.string().startsWith("-----BEGIN ");
const PkiSecret = z.strictObject(
  Object.fromEntries(PKI_FILES.map((file) => [file, Pem])) as Record<PkiFile, typeof Pem>,
);

/** A cluster's keys as read from its secret. */
export interface ClusterPki {
  readonly files: Readonly<Record<PkiFile, string>>;
  /** PEM. */
  readonly caCertificate: string;
  /** `sha256:` and 64 hex digits over the DER SubjectPublicKeyInfo. */
  readonly caHash: string;
}

/** Makes three authorities and the service account key pair. The secret is JSON, about 5 KB. */
export async function createClusterKeys(input: {
  readonly chance: Chance;
  readonly nowMs: number;
  readonly clusterId: string;
}): Promise<{ readonly secret: Uint8Array; readonly caCertificate: string; readonly caHash: string }> {
  const authority = (commonName: string): Promise<Authority> =>
    createAuthority({
      chance: input.chance,
      nowMs: input.nowMs,
      commonName,
      organization: input.clusterId,
    });
  // One after the other, so that a seeded chance gives each the same key every time. Names as kubeadm's.
  const ca = await authority("kubernetes");
  const frontProxy = await authority("front-proxy-ca");
  const etcd = await authority("etcd-ca");
  const serviceAccounts = await input.chance.keyPair();
  const files: Readonly<Record<PkiFile, string>> = {
    "ca.crt": ca.certificate,
    "ca.key": ca.key,
    "front-proxy-ca.crt": frontProxy.certificate,
    "front-proxy-ca.key": frontProxy.key,
    "etcd/ca.crt": etcd.certificate,
    "etcd/ca.key": etcd.key,
    "sa.key": KeyObject.from(serviceAccounts.privateKey).export({ type: "pkcs8", format: "pem" }).toString(),
    "sa.pub": KeyObject.from(serviceAccounts.publicKey).export({ type: "spki", format: "pem" }).toString(),
  };
  return {
    secret: new TextEncoder().encode(JSON.stringify(files)),
    caCertificate: ca.certificate,
    caHash: publicKeyHash(ca.certificate),
  };
}

/** @throws TypeError when the secret is not what `createClusterKeys` made; the message never quotes it. */
export function readPki(secret: Uint8Array): ClusterPki {
  const files = PkiSecret.safeParse(parseJson(secret));
  if (!files.success) {
    const paths = files.error.issues.map((issue) => issue.path.join(".") || "the whole").join(", ");
    throw new TypeError(
      `The secret does not hold a cluster's keys (wrong: ${paths}). Restore an earlier version of the secret.`,
    );
  }
  const caCertificate = files.data["ca.crt"];
  return { files: files.data, caCertificate, caHash: publicKeyHash(caCertificate) };
}

function parseJson(secret: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(secret));
  } catch {
    return undefined;
  }
}

/** A client certificate below the cluster's CA: `commonName` is the user, `organizations` its groups. PEM. */
export function issueClientCertificate(input: {
  readonly chance: Chance;
  readonly nowMs: number;
  readonly pki: ClusterPki;
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly ttlMs: number;
}): Promise<{ readonly certificate: string; readonly key: string }> {
  const { pki, ...rest } = input;
  return issueClient({ ...rest, authority: { certificate: pki.files["ca.crt"], key: pki.files["ca.key"] } });
}
