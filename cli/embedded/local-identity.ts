/** Who calls an embedded control plane: people by the token that `serve` left for its own user, machines by Google's. */
import { timingSafeEqual } from "node:crypto";
import { type IdentityVerifier, Unauthenticated } from "../../shared/ports/identity.ts";

/** The user name in certificates and records of an embedded control plane. */
export const LOCAL_OPERATOR = "operator@localhost";

export function localIdentity(token: string, machines: Pick<IdentityVerifier, "machine">): IdentityVerifier {
  const expected = Buffer.from(token);
  return {
    machine: (presented, audience) => machines.machine(presented, audience),
    caller: async (presented) => {
      const given = Buffer.from(presented);
      const same = given.length === expected.length && timingSafeEqual(given, expected);
      if (!same) throw new Unauthenticated("this is not the token of the control plane that runs here");
      return { email: LOCAL_OPERATOR };
    },
  };
}
