/** Certificates signed by a cluster's CA: the API server's own, and those that signing requests ask for. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";
import type { CertificateAuthority, ClusterState } from "./api/state.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
// Clients' clocks may be behind; kube-controller-manager backdates by five minutes.
const BACKDATE_MS = 5 * 60_000;

export interface ServingCertificate {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

function pemBody(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----/g, ""), "base64");
}
/** A CA key in PKCS #8, as EC P-256 or RSA. */
async function signingKey(
  ca: CertificateAuthority,
  issuer: x509.X509Certificate,
): Promise<webcrypto.CryptoKey> {
  const rsa = issuer.publicKey.algorithm.name.startsWith("RSA");
  const algorithm = rsa ? { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } : ALGORITHM;
  return webcrypto.subtle.importKey("pkcs8", pemBody(ca.privateKeyPem), algorithm, false, ["sign"]);
}
const serial = (state: ClusterState) => `7${Buffer.from(state.chance.bytes(15)).toString("hex").slice(1)}`;

// Clients outside of the simulation check by their own clock, which may be far from the virtual one.
const OUTSIDE_FROM_MS = Date.parse("2020-01-01T00:00:00Z");
const OUTSIDE_UNTIL_MS = Date.parse("2099-01-01T00:00:00Z");
const notBefore = (state: ClusterState) =>
  new Date(Math.min(state.clock.nowMs(), OUTSIDE_FROM_MS) - BACKDATE_MS);

export async function servingCertificate(
  state: ClusterState,
  names: readonly string[],
): Promise<ServingCertificate> {
  const issuer = new x509.X509Certificate(state.ca.certificatePem);
  const keys = await state.chance.keyPair();
  const subjects = [...new Set(names)].map((value) => ({
    type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const),
    value,
  }));
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serial(state),
      subject: "CN=kube-apiserver",
      issuer: issuer.subject,
      notBefore: notBefore(state),
      notAfter: new Date(OUTSIDE_UNTIL_MS),
      publicKey: keys.publicKey,
      signingKey: await signingKey(state.ca, issuer),
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
          true,
        ),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(subjects),
      ],
    },
    webcrypto,
  );
  const key = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certificatePem: certificate.toString("pem"),
    privateKeyPem: x509.PemConverter.encode(key, "PRIVATE KEY"),
  };
}

/** Signs a PEM certificate request for a client or a kubelet's server, as kube-controller-manager's signer does. */
export async function signRequest(
  state: ClusterState,
  requestPem: string,
  usages: readonly string[],
  lifetimeMs: number,
): Promise<string> {
  const issuer = new x509.X509Certificate(state.ca.certificatePem);
  const request = new x509.Pkcs10CertificateRequest(requestPem);
  if (!(await request.verify(webcrypto)))
    throw new Error("the signature of the certificate request does not verify");
  const purposes = usages.flatMap((usage) =>
    usage === "client auth"
      ? [x509.ExtendedKeyUsage.clientAuth]
      : usage === "server auth"
        ? [x509.ExtendedKeyUsage.serverAuth]
        : [],
  );
  const alternative = request.getExtension(SUBJECT_ALTERNATIVE_NAME);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serial(state),
      subject: request.subject,
      issuer: issuer.subject,
      notBefore: notBefore(state),
      notAfter: new Date(state.clock.nowMs() + lifetimeMs),
      publicKey: request.publicKey,
      signingKey: await signingKey(state.ca, issuer),
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension(purposes),
        ...(alternative === null ? [] : [alternative]),
      ],
    },
    webcrypto,
  );
  return certificate.toString("pem");
}
