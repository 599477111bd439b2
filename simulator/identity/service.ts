/** IAM Service Account Credentials v1: access and identity tokens for service accounts. */
import { Refusal } from "../refusal.ts";
import type { Service } from "../service.ts";
import { ACCESS_TOKEN_LIFETIME_MAX_MS, type Identity } from "./identity.ts";

const MS_PER_SECOND = 1000;

export function iamCredentialsService(identity: Identity): Service {
  return async ({ method, params, body }) => {
    const email = accountOf(params["name"] ?? "");
    switch (method) {
      case "GenerateAccessToken": {
        if (!Array.isArray(body["scope"]) || body["scope"].length === 0)
          throw new Refusal(400, "Request contains an invalid argument: scope is required.");
        const { token, expiresAtMs } = identity.accessToken(email, lifetime(body["lifetime"]));
        return { status: 200, body: { accessToken: token, expireTime: new Date(expiresAtMs).toISOString() } };
      }
      case "GenerateIdToken": {
        const audience = body["audience"];
        if (typeof audience !== "string" || audience === "")
          throw new Refusal(400, "Request contains an invalid argument: audience is required.");
        return { status: 200, body: { token: await identity.serviceAccountIdToken(email, audience) } };
      }
      default:
        throw new Refusal(501, `IAMCredentials.${method} is not modelled by the simulated cloud.`);
    }
  };
}

function accountOf(name: string): string {
  const email = name.split("/").at(-1) ?? "";
  if (!/^[^@\s]+@[^@\s]+$/.test(email))
    throw new Refusal(404, `Unknown service account: ${email}. Name it by its email.`);
  return email;
}

function lifetime(text: unknown): number {
  if (typeof text !== "string") return ACCESS_TOKEN_LIFETIME_MAX_MS;
  const lifetimeMs = Number(text.slice(0, -1)) * MS_PER_SECOND;
  if (lifetimeMs > 0 && lifetimeMs <= ACCESS_TOKEN_LIFETIME_MAX_MS) return lifetimeMs;
  throw new Refusal(400, "Request contains an invalid argument: lifetime must be at most 3600s.");
}
