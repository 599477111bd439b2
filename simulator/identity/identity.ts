/** The simulated Google's keys and tokens: identity tokens of machines and service accounts, access tokens, JWKS. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign as signBytes } from "node:crypto";
import type { Clock } from "../../shared/ports/clock.ts";

/** Source: https://accounts.google.com/.well-known/openid-configuration. */
export const GOOGLE_ISSUER = "https://accounts.google.com";
/** Source: https://cloud.google.com/compute/docs/instances/verifying-instance-identity (exp is one hour after iat). */
const ID_TOKEN_LIFETIME_S = 3600;
/** Source: https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken. */
export const ACCESS_TOKEN_LIFETIME_MAX_MS = 3600 * 1000;
const SIGNING_ALGORITHM = "RS256";
const RSA_BITS = 2048;
const MS_PER_SECOND = 1000;

/** What a machine's identity token says of it. */
export interface IdentifiedInstance {
  readonly project: string;
  readonly projectNumber?: string;
  /** E.g. `europe-west4-a`. */
  readonly zone: string;
  /** The numeric id. */
  readonly id: string;
  readonly name: string;
  readonly creationTimestamp?: string;
  /** The machine's service account. */
  readonly email: string;
  readonly licenseIds?: readonly string[];
}

/** A JSON Web Key. Source: https://www.googleapis.com/oauth2/v3/certs. */
export interface PublicKey {
  readonly kty: "RSA";
  readonly n: string;
  readonly e: string;
  readonly kid: string;
  readonly alg: string;
  readonly use: "sig";
}

export interface Identity {
  jwks(): Promise<{ readonly keys: readonly PublicKey[] }>;
  /** As the metadata server answers `identity?audience=…&format=full`. */
  instanceIdentityToken(request: {
    readonly instance: IdentifiedInstance;
    readonly audience: string;
  }): Promise<string>;
  /** As IAM credentials, Cloud Tasks and Cloud Scheduler make them. */
  serviceAccountIdToken(email: string, audience: string): Promise<string>;
  accessToken(email: string, lifetimeMs?: number): { readonly token: string; readonly expiresAtMs: number };
  /** The email behind an access token that is still valid. */
  emailOfAccessToken(token: string): string | undefined;
}

export interface IdentityOptions {
  readonly clock: Clock;
  /** Where access tokens come from; the system's random bytes when absent. */
  readonly bytes?: (count: number) => Uint8Array;
}

export function createIdentity({ clock, bytes = randomBytes }: IdentityOptions): Identity {
  const accessTokens = new Map<string, { email: string; expiresAtMs: number }>();
  let made: SigningKey | undefined;
  // Made when first used: an RSA key costs about 0.3 s.
  const key = (): SigningKey => {
    made ??= signingKey();
    return made;
  };
  const sign = (claims: Readonly<Record<string, unknown>>): string => {
    const issuedAtS = Math.floor(clock.nowMs() / MS_PER_SECOND);
    const times = { iss: GOOGLE_ISSUER, iat: issuedAtS, exp: issuedAtS + ID_TOKEN_LIFETIME_S };
    return signJwt(key(), { ...times, ...claims });
  };
  return {
    jwks: async () => ({ keys: [key().jwk] }),
    instanceIdentityToken: async ({ instance, audience }) =>
      sign({
        ...accountClaims(instance.email, audience),
        google: { compute_engine: instanceClaims(instance) },
      }),
    serviceAccountIdToken: async (email, audience) => sign(accountClaims(email, audience)),
    accessToken: (email, lifetimeMs = ACCESS_TOKEN_LIFETIME_MAX_MS) => {
      const token = `ya29.c.${Buffer.from(bytes(32)).toString("base64url")}`;
      const expiresAtMs = clock.nowMs() + lifetimeMs;
      accessTokens.set(token, { email, expiresAtMs });
      return { token, expiresAtMs };
    },
    emailOfAccessToken: (token) => {
      const known = accessTokens.get(token);
      if (known === undefined) return undefined;
      if (known.expiresAtMs > clock.nowMs()) return known.email;
      accessTokens.delete(token);
      return undefined;
    },
  };
}

interface SigningKey {
  readonly privateKey: KeyObject;
  readonly jwk: PublicKey;
}
function signingKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: RSA_BITS });
  const { n = "", e = "" } = publicKey.export({ format: "jwk" });
  const kid = createHash("sha1").update(n).digest("hex");
  return { privateKey, jwk: { kty: "RSA", n, e, kid, alg: SIGNING_ALGORITHM, use: "sig" } };
}

/** Signs at once, on this thread: with a library's asynchronous signing, virtual time would run ahead of a delivery. */
function signJwt({ privateKey, jwk }: SigningKey, claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: SIGNING_ALGORITHM, kid: jwk.kid, typ: "JWT" })}.${part(claims)}`;
  return `${text}.${signBytes("sha256", Buffer.from(text), privateKey).toString("base64url")}`;
}

/** Pure. */
function accountClaims(email: string, audience: string): Record<string, unknown> {
  const uniqueId = numericId(email);
  return { aud: audience, azp: uniqueId, sub: uniqueId, email, email_verified: true };
}

/** Pure. Source: https://cloud.google.com/compute/docs/instances/verifying-instance-identity#payload. */
function instanceClaims(instance: IdentifiedInstance): Record<string, unknown> {
  const createdMs =
    instance.creationTimestamp === undefined ? Number.NaN : Date.parse(instance.creationTimestamp);
  return {
    project_id: instance.project,
    project_number: Number(instance.projectNumber ?? numericId(instance.project).slice(0, 12)),
    zone: instance.zone,
    instance_id: instance.id,
    instance_name: instance.name,
    instance_confidentiality: 0,
    ...(Number.isNaN(createdMs)
      ? {}
      : { instance_creation_timestamp: Math.floor(createdMs / MS_PER_SECOND) }),
    ...(instance.licenseIds === undefined ? {} : { license_id: instance.licenseIds }),
  };
}

/** Pure. 21 digits that are always the same for a name, as the unique ids of service accounts are. */
function numericId(name: string): string {
  const digits = BigInt(`0x${createHash("sha256").update(name).digest("hex").slice(0, 24)}`).toString();
  return `1${digits.padStart(20, "0").slice(-20)}`;
}
