/** Makes a bootstrap token: what lets one new machine's kubelet ask the cluster for its certificate. */

import type { Chance } from "../../ports/chance.ts";
import { CloudError, isCloudError } from "../../ports/cloud-error.ts";
import type { KubernetesAccess, KubernetesTransport } from "../../ports/kubernetes.ts";
import { create } from "./api.ts";

/** Long enough for a machine to install its packages between asking and joining; short enough to be worthless when found. */
export const BOOTSTRAP_TOKEN_TTL_MS = 15 * 60_000;
/** The group that kubeadm's bindings let join. Source: kubeadm, DefaultBootstrapTokens. */
export const JOIN_GROUP = "system:bootstrappers:kubeadm:default-node-token";
/** Lengths and alphabet: https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/ */
const ID_LENGTH = 6;
const SECRET_LENGTH = 16;
const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
/** Two ids meet once in 2 000 million tries; a third try means a broken source of chance. */
const ATTEMPTS_MAX = 3;

/**
 * Answers `<id>.<secret>` once the Secret `bootstrap-token-<id>` is there; the cluster's own token cleaner removes it
 * after `ttlMs`. @throws CloudError
 */
export async function createBootstrapToken(
  transport: KubernetesTransport,
  access: KubernetesAccess,
  options: {
    readonly chance: Chance;
    readonly nowMs: number;
    readonly ttlMs?: number;
    /** Who asked, for a person who lists tokens. */
    readonly description: string;
    /** Each `system:bootstrappers:…`; without it, kubeadm's group of joining nodes. */
    readonly extraGroups?: readonly string[];
  },
): Promise<string> {
  const groups = options.extraGroups ?? [JOIN_GROUP];
  const expiresMs = options.nowMs + (options.ttlMs ?? BOOTSTRAP_TOKEN_TTL_MS);
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const id = randomText(options.chance, ID_LENGTH);
    const secret = randomText(options.chance, SECRET_LENGTH);
    try {
      const body = tokenSecret({ id, secret, expiresMs, groups, description: options.description });
      await create({ transport, access }, "/api/v1/namespaces/kube-system/secrets", body);
      return `${id}.${secret}`;
    } catch (error) {
      if (!isCloudError(error, "already-exists")) throw error;
    }
  }
  throw new CloudError("already-exists", `${ATTEMPTS_MAX} random bootstrap token ids were all taken.`);
}

function tokenSecret(token: {
  readonly id: string;
  readonly secret: string;
  readonly expiresMs: number;
  readonly groups: readonly string[];
  readonly description: string;
}) {
  const values = {
    "token-id": token.id,
    "token-secret": token.secret,
    description: token.description,
    // RFC 3339 without fractions, as kubeadm writes it.
    expiration: new Date(token.expiresMs).toISOString().replace(/\.\d{3}Z$/, "Z"),
    "usage-bootstrap-authentication": "true",
    "usage-bootstrap-signing": "true",
    "auth-extra-groups": token.groups.join(","),
  };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `bootstrap-token-${token.id}`, namespace: "kube-system" },
    type: "bootstrap.kubernetes.io/token",
    data: Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
    ),
  };
}

/** Every character equally likely: bytes past the last whole multiple of the alphabet are drawn again. */
function randomText(chance: Chance, length: number): string {
  const limit = 256 - (256 % ALPHABET.length);
  let text = "";
  while (text.length < length) {
    for (const byte of chance.bytes(length)) {
      if (byte < limit && text.length < length) text += ALPHABET[byte % ALPHABET.length];
    }
  }
  return text;
}
