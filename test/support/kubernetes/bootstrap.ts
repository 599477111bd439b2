/** Letting machines in: bootstrap tokens and certificate signing requests. */
import type { Chance } from "../../../shared/ports/chance.ts";
import type { KubernetesRequest } from "../../../shared/ports/kubernetes.ts";
import { type Kubernetes, KubernetesError } from "./client.ts";

/** Long enough for a machine to boot and join, short enough to be worthless when it leaks. */
export const BOOTSTRAP_TOKEN_LIFETIME_MS = 15 * 60_000;
/** The group that kubeadm binds to what joining nodes need. */
export const NODE_TOKEN_GROUP = "system:bootstrappers:kubeadm:default-node-token";
const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
const ID_LENGTH = 6;
const SECRET_LENGTH = 16;
// The largest multiple of the alphabet's size that a byte can hold, so that every letter is equally likely.
const UNBIASED_BYTES = 252;

function letters(chance: Chance, count: number): string {
  let text = "";
  while (text.length < count)
    for (const byte of chance.bytes(count))
      if (byte < UNBIASED_BYTES && text.length < count) text += ALPHABET[byte % ALPHABET.length];
  return text;
}

/** `abcdef.0123456789abcdef`, as kubeadm makes them. */
export function newBootstrapToken(chance: Chance): string {
  return `${letters(chance, ID_LENGTH)}.${letters(chance, SECRET_LENGTH)}`;
}

export interface BootstrapTokenInput {
  /** From newBootstrapToken. */
  readonly token: string;
  readonly nowMs: number;
  readonly lifetimeMs?: number;
  readonly usages?: readonly ("authentication" | "signing")[];
  readonly groups?: readonly string[];
  /** Whom it is for, for people who look. */
  readonly description?: string;
}

/** Makes the Secret that lets the token's bearer join. Repeating it is harmless. @throws KubernetesError */
export async function createBootstrapToken(
  kubernetes: Kubernetes,
  input: BootstrapTokenInput,
): Promise<{ readonly token: string; readonly expiresMs: number }> {
  const {
    token,
    nowMs,
    lifetimeMs = BOOTSTRAP_TOKEN_LIFETIME_MS,
    usages = ["authentication", "signing"],
  } = input;
  const { groups = [NODE_TOKEN_GROUP], description } = input;
  const [id = "", secret = ""] = token.split(".");
  const expiresMs = nowMs + lifetimeMs;
  const stringData = {
    "token-id": id,
    "token-secret": secret,
    expiration: new Date(expiresMs).toISOString(),
    ...Object.fromEntries(usages.map((usage) => [`usage-bootstrap-${usage}`, "true"])),
    "auth-extra-groups": groups.join(","),
    ...(description === undefined ? {} : { description }),
  };
  const metadata = { name: `bootstrap-token-${id}`, namespace: "kube-system" };
  const request: KubernetesRequest = {
    method: "POST",
    path: "/api/v1/namespaces/kube-system/secrets",
    body: { apiVersion: "v1", kind: "Secret", type: "bootstrap.kubernetes.io/token", metadata, stringData },
  };
  const { status, body } = await kubernetes.transport.request(kubernetes.access, request);
  // The same token, made by an earlier try whose answer was lost.
  if (status === 409 || (status >= 200 && status <= 299)) return { token, expiresMs };
  throw new KubernetesError(request, status, body);
}

export interface SigningRequest {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly signerName: string; readonly username?: string; readonly request: string };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly certificate?: string;
  };
}

/** Approves a request by name; whether it should be is the caller's to know. False when it is gone. @throws KubernetesError */
export async function approveSigningRequest(
  kubernetes: Kubernetes,
  name: string,
  reason: string,
  message: string,
): Promise<boolean> {
  const path = `/apis/certificates.k8s.io/v1/certificatesigningrequests/${encodeURIComponent(name)}/approval`;
  const condition = { type: "Approved", status: "True", reason, message };
  const request: KubernetesRequest = {
    method: "PATCH",
    path,
    contentType: "application/strategic-merge-patch+json",
    body: { status: { conditions: [condition] } },
  };
  const { status, body } = await kubernetes.transport.request(kubernetes.access, request);
  if (status === 404) return false;
  if (status < 200 || status > 299) throw new KubernetesError(request, status, body);
  return true;
}
