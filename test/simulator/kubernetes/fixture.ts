/** A small cluster for tests: a CA, one control-plane machine, workers, and requests as an administrator. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { createSeededChance } from "../../../simulator/chance.ts";
import { createVirtualClock } from "../../../simulator/clock.ts";
import type { ApiAnswer, User } from "../../../simulator/kubernetes/api/request.ts";
import type { CertificateAuthority } from "../../../simulator/kubernetes/api/state.ts";
import { type ClusterOptions, createKubernetesCluster } from "../../../simulator/kubernetes/cluster.ts";
import { caCertHash } from "../../../simulator/kubernetes/kubeadm.ts";
import type { KubeObject } from "../../../simulator/kubernetes/objects/object.ts";

export const START_MS = Date.parse("2026-09-01T08:00:00Z");
export const ADMIN: User = { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] };
export const TOKEN = "abcdef.0123456789abcdef";

const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
async function exported(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

export async function makeCa(name = "CN=kubernetes"): Promise<CertificateAuthority> {
  const keys = (await webcrypto.subtle.generateKey(P256, true, [
    "sign",
    "verify",
  ])) as webcrypto.CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: "01",
      name,
      notBefore: new Date("2020-01-01"),
      notAfter: new Date("2090-01-01"),
      keys,
      signingAlgorithm: P256,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      ],
    },
    webcrypto,
  );
  return { certificatePem: certificate.toString("pem"), privateKeyPem: await exported(keys.privateKey) };
}

/** A client certificate: the common name is the user, organizations are groups. */
export async function clientCertificate(ca: CertificateAuthority, subject: string) {
  const issuer = new x509.X509Certificate(ca.certificatePem);
  const keys = (await webcrypto.subtle.generateKey(P256, true, [
    "sign",
    "verify",
  ])) as webcrypto.CryptoKeyPair;
  const body = Buffer.from(ca.privateKeyPem.replace(/-----[^-]+-----/g, ""), "base64");
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: "02",
      subject,
      issuer: issuer.subject,
      notBefore: new Date("2020-01-01"),
      notAfter: new Date("2090-01-01"),
      publicKey: keys.publicKey,
      signingKey: await webcrypto.subtle.importKey("pkcs8", body, P256, false, ["sign"]),
      signingAlgorithm: P256,
      extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
    },
    webcrypto,
  );
  return { certificate: certificate.toString("pem"), key: await exported(keys.privateKey) };
}

export function machine(nodeName: string, index: number) {
  return {
    nodeName,
    internalIp: `10.10.0.${index}`,
    zone: "europe-west4-a",
    machineType: "e2-standard-4",
    providerId: `gce://demo/europe-west4-a/${nodeName}`,
    kubeletVersion: "v1.36.4",
    osImage: "Ubuntu 24.04.3 LTS",
    kernelVersion: "6.14.0-1015-gcp",
    containerRuntimeVersion: "containerd://2.3.2",
  } as const;
}

let shared: Promise<CertificateAuthority> | undefined;
/** One CA for all tests that do not care. */
export function sharedCa(): Promise<CertificateAuthority> {
  shared ??= makeCa();
  return shared;
}

/** An initialised cluster with `cp-0` and nothing else; time stands still until it is moved. */
export async function makeCluster(options: Partial<ClusterOptions> = {}) {
  const clock = createVirtualClock(START_MS);
  const ca = await sharedCa();
  const cluster = createKubernetesCluster({
    clock,
    chance: createSeededChance(7),
    version: "v1.36.4",
    podCidr: "10.64.0.0/14",
    serviceCidr: "10.96.0.0/20",
    ca,
    ...options,
  });
  cluster.kubeadmInit({
    machine: machine("cp-0", 2),
    controlPlaneEndpoint: "10.10.0.100:6443",
    bootstrapTokens: [{ token: TOKEN, expiresMs: START_MS + 24 * 3_600_000 }],
  });
  const caHash = caCertHash(ca.certificatePem);
  const seconds = (count: number) => clock.advance(count * 1_000);
  function ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    user = ADMIN,
  ): ApiAnswer {
    return cluster.handle({ method, path, body, headers, user });
  }
  /** Asserts nothing: the body, as an object. */
  function read<T = KubeObject>(path: string): T {
    return ask("GET", path).body as T;
  }
  function join(nodeName: string, index: number, more: object = {}) {
    return cluster.kubeadmJoin({ ...machine(nodeName, index), token: TOKEN, caHash, ...more });
  }
  /** Cilium's installer Job, then time enough for the nodes to be Ready. */
  async function installNetwork() {
    ask("POST", "/apis/batch/v1/namespaces/kube-system/jobs", INSTALLER);
    await seconds(60);
  }
  return { cluster, clock, ca, caHash, seconds, ask, read, join, installNetwork };
}

export const INSTALLER = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "cilium-install", namespace: "kube-system" },
  spec: {
    template: {
      spec: {
        restartPolicy: "OnFailure",
        hostNetwork: true,
        tolerations: [{ operator: "Exists" }],
        containers: [
          {
            name: "install",
            image: "quay.io/cilium/cilium-cli:v0.19.1",
            args: ["install", "--version", "1.20.1"],
          },
        ],
      },
    },
  },
};

export function deployment(name: string, replicas: number, labels: Record<string, string> = { app: name }) {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "default" },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "nginx:1.29" }] } },
    },
  };
}
