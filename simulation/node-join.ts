/** The node-join function in process: how a simulated machine asks it, and whom it believes. */
import { createNodeJoin } from "../functions/node-join.ts";
import type { Engine } from "../shared/engine/engine.ts";
import { type IdentityVerifier, Unauthenticated } from "../shared/ports/identity.ts";

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Asks the function of this engine as a machine does: JSON and the machine's identity token. */
export function nodeJoinOf(engine: Engine): (token: string, body: unknown) => Promise<Answer> {
  const app = createNodeJoin({ engine, identity: trustingIdentity });
  return async (token, body) => {
    const response = await app.request(engine.joinUrl, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  };
}

/** Reads the claims that the simulated Google signed, unverified: signatures have tests of their own (token-verifier). */
const trustingIdentity: IdentityVerifier = {
  machine: async (token, audience) => {
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    if (claims.aud !== audience) throw new Unauthenticated("wrong audience");
    const { compute_engine: machine } = claims.google;
    return {
      projectId: machine.project_id,
      zone: machine.zone,
      instanceId: String(machine.instance_id),
      instanceName: machine.instance_name,
      email: claims.email,
      issuedAtMs: claims.iat * 1000,
      expiresAtMs: claims.exp * 1000,
    };
  },
  caller: async () => {
    throw new Unauthenticated("nobody calls here");
  },
};
