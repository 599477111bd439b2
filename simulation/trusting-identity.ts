/** Reads the claims that the simulated Google signed, unverified: signatures have tests of their own (token-verifier). */
import { type IdentityVerifier, Unauthenticated } from "../shared/ports/identity.ts";

export const trustingIdentity: IdentityVerifier = {
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
