/** Bearer tokens: bootstrap tokens are Secrets of kube-system, looked up as they are used. */
import type { User } from "../api/request.ts";
import type { ClusterState } from "../api/state.ts";
import type { KubeObject } from "../objects/object.ts";

export const BOOTSTRAP_TOKEN_TYPE = "bootstrap.kubernetes.io/token";
const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const BOOTSTRAPPERS = "system:bootstrappers";

/** A field of a Secret's data, decoded. */
export function secretText(secret: KubeObject, field: string): string | undefined {
  const value = (secret["data"] as Record<string, string> | undefined)?.[field];
  return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8");
}

export type TokenFault = "malformed" | "unknown" | "wrong-secret" | "expired" | "not-for-this";
export type TokenUsage = "authentication" | "signing";

export function bootstrapTokenId(token: string): string | undefined {
  return TOKEN.exec(token)?.[1];
}

/** Checks a bootstrap token for a use; answers its groups or what is wrong with it. */
export function checkBootstrapToken(
  state: ClusterState,
  token: string,
  usage: TokenUsage,
): { groups: string[] } | TokenFault {
  const match = TOKEN.exec(token);
  if (match === null) return "malformed";
  const secret = state.store.get("secrets", "kube-system", `bootstrap-token-${match[1]}`);
  if (
    secret === undefined ||
    secret["type"] !== BOOTSTRAP_TOKEN_TYPE ||
    secret.metadata.deletionTimestamp !== undefined
  )
    return "unknown";
  if (secretText(secret, "token-secret") !== match[2]) return "wrong-secret";
  const expiration = secretText(secret, "expiration");
  if (expiration !== undefined && Date.parse(expiration) <= state.clock.nowMs()) return "expired";
  if (secretText(secret, `usage-bootstrap-${usage}`) !== "true") return "not-for-this";
  const extra =
    secretText(secret, "auth-extra-groups")
      ?.split(",")
      .filter((group) => group !== "") ?? [];
  return { groups: [BOOTSTRAPPERS, ...extra] };
}

/** The user of a bearer token, or undefined when it is nobody's. */
export function tokenUser(state: ClusterState, token: string): User | undefined {
  const checked = checkBootstrapToken(state, token, "authentication");
  if (typeof checked === "string") return undefined;
  return {
    name: `system:bootstrap:${bootstrapTokenId(token)}`,
    groups: [...checked.groups, "system:authenticated"],
  };
}
