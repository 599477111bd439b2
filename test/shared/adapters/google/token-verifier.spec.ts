/** Tokens are believed only when Google signed them, for us, now. */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { base64url, exportSPKI, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";
import { createTokenVerifier } from "../../../../shared/adapters/google/token-verifier.ts";
import { isCloudError } from "../../../../shared/ports/cloud-error.ts";
import type { IdentityVerifier } from "../../../../shared/ports/identity.ts";
import { Unauthenticated } from "../../../../shared/ports/identity.ts";
import { createIdentity } from "../../../../simulator/identity/identity.ts";

const NOW_MS = Date.UTC(2026, 0, 3, 2, 0, 0);
const NOW_S = NOW_MS / 1000;
const AUDIENCE = "https://join.example.com";
const EMAIL = "nodes@demo.iam.gserviceaccount.com";
const INSTANCE = {
  project: "demo",
  zone: "europe-west4-a",
  id: "1234567890123456789",
  name: "shop-general-x7k2",
  email: EMAIL,
};
const MACHINE_CLAIMS = {
  project_id: "demo",
  zone: "europe-west4-a",
  instance_id: "1234567890123456789",
  instance_name: "shop-general-x7k2",
};

describe("token verifier", () => {
  let nowMs = NOW_MS;
  const clock = { nowMs: () => nowMs, after: () => () => undefined };
  const identity = createIdentity({ clock });
  let server: Server;
  let url: string;
  let verifier: IdentityVerifier;
  let ownKeys: Awaited<ReturnType<typeof generateKeyPair>>;

  before(async () => {
    ownKeys = await generateKeyPair("RS256", { extractable: true });
    const { exportJWK } = await import("jose");
    const known = [{ ...(await exportJWK(ownKeys.publicKey)), kid: "test", alg: "RS256", use: "sig" }];
    server = createServer(async (_, response) => {
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify({ keys: [...(await identity.jwks()).keys, ...known] }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/certs`;
    verifier = createTokenVerifier({ clock, jwksUrl: url });
  });
  after(() => {
    server.close();
  });
  beforeEach(() => {
    nowMs = NOW_MS;
  });

  const claims = {
    iss: "https://accounts.google.com",
    aud: AUDIENCE,
    sub: "112233",
    email: EMAIL,
    email_verified: true,
    iat: NOW_S,
    exp: NOW_S + 3600,
    google: { compute_engine: MACHINE_CLAIMS },
  };
  const sign = (changes: Record<string, unknown> = {}, kid = "test"): Promise<string> =>
    new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg: "RS256", kid }).sign(ownKeys.privateKey);
  const refused = async (token: string, message: RegExp): Promise<void> => {
    for (const check of [verifier.machine, verifier.caller])
      await assert.rejects(check(token, AUDIENCE), (error: unknown) => {
        assert.ok(error instanceof Unauthenticated, String(error));
        assert.match(error.message, message);
        return true;
      });
  };

  it("believes a machine's own identity token and reads who it is", async () => {
    const token = await identity.instanceIdentityToken({ instance: INSTANCE, audience: AUDIENCE });
    assert.deepEqual(await verifier.machine(token, AUDIENCE), {
      projectId: "demo",
      zone: "europe-west4-a",
      instanceId: "1234567890123456789",
      instanceName: "shop-general-x7k2",
      email: EMAIL,
      issuedAtMs: NOW_MS,
      expiresAtMs: NOW_MS + 3_600_000,
    });
  });
  it("believes a service account's token and reads its email", async () => {
    const token = await identity.serviceAccountIdToken(EMAIL, AUDIENCE);
    assert.deepEqual(await verifier.caller(token, AUDIENCE), { email: EMAIL });
  });
  it("does not take a service account's token for a machine's", async () => {
    const token = await identity.serviceAccountIdToken(EMAIL, AUDIENCE);
    await assert.rejects(verifier.machine(token, AUDIENCE), /claim google is missing/);
  });
  it("refuses a missing and a malformed token", async () => {
    await refused("", /missing/);
    await refused("not.a.token", /malformed|forged/);
    await refused("x".repeat(20_000), /malformed/);
  });
  it("refuses a token without a signature (alg none)", async () => {
    const part = (value: unknown): string => base64url.encode(JSON.stringify(value));
    await refused(`${part({ alg: "none", typ: "JWT" })}.${part(claims)}.`, /forged|malformed/);
  });
  it("refuses a token that someone else signed under the name of a known key", async () => {
    const other = await generateKeyPair("RS256");
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: "RS256", kid: "test" })
      .sign(other.privateKey);
    await refused(token, /forged/);
  });
  it("refuses a token under an unknown key", async () => {
    await refused(await sign({}, "unknown"), /forged/);
  });
  it("refuses HS256 with the public key as the secret", async () => {
    const secret = new TextEncoder().encode(await exportSPKI(ownKeys.publicKey));
    const token = await new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: "test" }).sign(secret);
    await refused(token, /forged/);
  });
  it("refuses a key that the token itself brings along", async () => {
    const other = await generateKeyPair("RS256", { extractable: true });
    const { exportJWK } = await import("jose");
    const jwk = await exportJWK(other.publicKey);
    assert.ok(await importJWK(jwk as JWK, "RS256"));
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: "RS256", kid: "test", jwk })
      .sign(other.privateKey);
    await refused(token, /forged/);
  });
  it("refuses a changed payload", async () => {
    const [head, , signature] = (await sign()).split(".");
    const changed = base64url.encode(
      JSON.stringify({ ...claims, email: "root@demo.iam.gserviceaccount.com" }),
    );
    await refused(`${head}.${changed}.${signature}`, /forged/);
  });
  it("refuses another audience, a longer one, and a list that holds ours", async () => {
    await refused(await sign({ aud: "https://other.example.com" }), /someone else/);
    await refused(await sign({ aud: `${AUDIENCE}/` }), /someone else/);
    await refused(await sign({ aud: [AUDIENCE, "https://other.example.com"] }), /more than this audience/);
  });
  it("refuses another issuer", async () => {
    await refused(await sign({ iss: "https://accounts.example.com" }), /issuer/);
  });
  it("refuses a token that has expired", async () => {
    const token = await sign();
    nowMs = NOW_MS + 3600_000 + 31_000;
    await refused(token, /expired/);
  });
  it("allows for a clock that is some seconds off", async () => {
    nowMs = NOW_MS - 10_000;
    assert.equal((await verifier.caller(await sign(), AUDIENCE)).email, EMAIL);
  });
  it("refuses a token that is not yet valid", async () => {
    await refused(await sign({ nbf: NOW_S + 600 }), /not yet valid/);
    await refused(await sign({ iat: NOW_S + 600, exp: NOW_S + 4200 }), /not yet valid/);
  });
  it("refuses a token without an end, an issue time, a subject or an email", async () => {
    for (const claim of ["exp", "iat", "sub", "email"])
      await refused(await sign({ [claim]: undefined }), new RegExp(`claim ${claim} is missing`));
  });
  it("refuses an email that Google did not verify", async () => {
    await refused(await sign({ email_verified: false }), /email_verified/);
    await refused(await sign({ email_verified: "true" }), /email_verified/);
  });
  it("refuses a machine's token with a part of its identity missing", async () => {
    for (const claim of Object.keys(MACHINE_CLAIMS)) {
      const token = await sign({ google: { compute_engine: { ...MACHINE_CLAIMS, [claim]: undefined } } });
      await assert.rejects(verifier.machine(token, AUDIENCE), new RegExp(`compute_engine.${claim}`));
    }
  });
  it("says that the keys could not be read rather than that the token is bad", async () => {
    const unreachable = createTokenVerifier({ clock, jwksUrl: "http://127.0.0.1:9/certs" });
    await assert.rejects(unreachable.caller(await sign(), AUDIENCE), (error) =>
      isCloudError(error, "unavailable"),
    );
  });
});
