/** Checks tokens that Google signs: who a machine is, and who calls a function. */
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from "jose";
import { z } from "zod";
import type { Clock } from "../../ports/clock.ts";
import { CloudError } from "../../ports/cloud-error.ts";
import {
  type CallerIdentity,
  type IdentityVerifier,
  type MachineIdentity,
  Unauthenticated,
} from "../../ports/identity.ts";
import { fetchKeys } from "./signing-keys.ts";

/** Source: https://accounts.google.com/.well-known/openid-configuration. */
const GOOGLE_JWKS_URL = "https://www.googleapis.com/oauth2/v3/certs";
const GOOGLE_ISSUERS: readonly string[] = ["https://accounts.google.com", "accounts.google.com"];
/** Google signs identity tokens with nothing else; naming it shuts out `none` and HS256 with the public key. */
const ALGORITHMS = ["RS256"];
/** How far the signer's clock may be from ours. */
const CLOCK_SKEW_S = 30;
const MS_PER_SECOND = 1000;
/** An identity token of Google's is about 1.5 KB. */
const TOKEN_CHARACTERS_MAX = 16_384;

export interface TokenVerifierOptions {
  readonly clock: Clock;
  /** Where the signer's keys are; Google's own when absent. */
  readonly jwksUrl?: string;
  readonly issuers?: readonly string[];
}

const accountClaims = z.object({
  aud: z.string(),
  email: z.string().min(3),
  email_verified: z.literal(true),
  iat: z.number(),
  exp: z.number(),
});
/** Source: https://cloud.google.com/compute/docs/instances/verifying-instance-identity#payload (format=full). */
const machineClaims = accountClaims.extend({
  google: z.object({
    compute_engine: z.object({
      project_id: z.string().min(1),
      zone: z.string().min(1),
      instance_id: z.union([z.string().min(1), z.number().transform(String)]),
      instance_name: z.string().min(1),
    }),
  }),
});

export function createTokenVerifier(options: TokenVerifierOptions): IdentityVerifier {
  const keys = createRemoteJWKSet(new URL(options.jwksUrl ?? GOOGLE_JWKS_URL), {
    [customFetch]: fetchKeys,
  });
  const verify = (token: string, audience: string): Promise<JWTPayload> =>
    verifyToken(keys, options, token, audience);
  return {
    async machine(token, audience): Promise<MachineIdentity> {
      const claims = readClaims(machineClaims, await verify(token, audience));
      const machine = claims.google.compute_engine;
      return {
        projectId: machine.project_id,
        zone: machine.zone,
        instanceId: machine.instance_id,
        instanceName: machine.instance_name,
        email: claims.email,
        issuedAtMs: claims.iat * MS_PER_SECOND,
        expiresAtMs: claims.exp * MS_PER_SECOND,
      };
    },
    async caller(token, audience): Promise<CallerIdentity> {
      return { email: readClaims(accountClaims, await verify(token, audience)).email };
    },
  };
}

/** @throws Unauthenticated when the token is bad, CloudError unavailable when the signer's keys could not be read */
async function verifyToken(
  keys: JWTVerifyGetKey,
  options: TokenVerifierOptions,
  token: string,
  audience: string,
): Promise<JWTPayload> {
  if (token === "") throw new Unauthenticated("the token is missing: send it as Authorization: Bearer TOKEN");
  if (token.length > TOKEN_CHARACTERS_MAX)
    throw new Unauthenticated(`the token is malformed: it is longer than ${TOKEN_CHARACTERS_MAX} characters`);
  const nowMs = options.clock.nowMs();
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ALGORITHMS,
      issuer: [...(options.issuers ?? GOOGLE_ISSUERS)],
      audience,
      currentDate: new Date(nowMs),
      clockTolerance: CLOCK_SKEW_S,
      requiredClaims: ["exp", "iat", "sub"],
    });
    // A list of audiences is not Google's, and a token for several readers can be replayed by each of them.
    if (payload.aud !== audience) throw new Unauthenticated("the token is meant for more than this audience");
    if ((payload.iat ?? 0) * MS_PER_SECOND > nowMs + CLOCK_SKEW_S * MS_PER_SECOND)
      throw new Unauthenticated("the token is not yet valid: it was issued in the future");
    return payload;
  } catch (error) {
    throw refusal(error, audience);
  }
}

function refusal(error: unknown, audience: string): Error {
  if (error instanceof Unauthenticated) return error;
  const because = (why: string): Unauthenticated => new Unauthenticated(why, { cause: error });
  if (error instanceof errors.JWTExpired) return because("the token has expired: fetch a new one");
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "aud") return because(`the token is meant for someone else, not for ${audience}`);
    if (error.claim === "iss") return because("the token is forged: its issuer is not Google");
    if (error.claim === "nbf") return because("the token is not yet valid");
    return because(`the token's claim ${error.claim} is missing or wrong`);
  }
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey)
    return because("the token is forged: no key of Google's made its signature");
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported)
    return because("the token is forged: Google signs with RS256");
  if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid)
    return because("the token is malformed");
  return new CloudError("unavailable", "the signer's public keys could not be read; try again", {
    cause: error,
  });
}

/** @throws Unauthenticated that names the claim */
function readClaims<T>(schema: z.ZodType<T>, payload: JWTPayload): T {
  const result = schema.safeParse(payload);
  if (result.success) return result.data;
  const claim = result.error.issues[0]?.path.join(".") ?? "";
  throw new Unauthenticated(`the token's claim ${claim} is missing or wrong`);
}
