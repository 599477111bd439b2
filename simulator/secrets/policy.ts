/** The IAM policy of a secret, in and out. */
import type { JsonObject } from "../compute/call.ts";
import { Refusal } from "../refusal.ts";
import type { Binding, StoredSecret } from "./store.ts";

/** Source: https://cloud.google.com/iam/docs/reference/rest/v1/Policy. */
const POLICY_VERSION = 1;
const MEMBER = /^(serviceAccount|user|group|domain|principal|principalSet):\S+$|^all(Authenticated)?Users$/;

export function policyJson(secret: StoredSecret): JsonObject {
  return {
    version: POLICY_VERSION,
    etag: policyEtag(secret.policyRevision),
    ...(secret.bindings.length === 0
      ? {}
      : { bindings: secret.bindings.map(({ role, members }) => ({ role, members: [...members] })) }),
  };
}

/** @throws Refusal 409 ABORTED when the etag is of an older policy */
export function readPolicy(secret: StoredSecret, policy: unknown): readonly Binding[] {
  const { etag, bindings } = (policy ?? {}) as { etag?: unknown; bindings?: unknown };
  if (etag !== undefined && etag !== "" && etag !== policyEtag(secret.policyRevision))
    throw new Refusal(
      409,
      "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.",
      { statusName: "ABORTED" },
    );
  if (bindings === undefined) return [];
  return (bindings as readonly { role?: string; members?: readonly string[] }[]).map(
    ({ role = "", members = [] }) => {
      if (!/^(roles|projects|organizations)\/\S+$/.test(role))
        throw new Refusal(400, `Role ${role} is not supported for this resource.`);
      for (const member of members)
        if (!MEMBER.test(member)) throw new Refusal(400, `Invalid member in policy: ${member}.`);
      return { role, members };
    },
  );
}

function policyEtag(revision: number): string {
  return revision === 0 ? "ACAB" : Buffer.from(`policy-${revision}`).toString("base64");
}
