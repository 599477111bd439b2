/** The simulated Google's tokens have the form of the real ones. */
import assert from "node:assert/strict";
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { createVirtualClock } from "../../../simulator/clock.ts";
import { createIdentity } from "../../../simulator/identity/identity.ts";

const NOW_MS = Date.UTC(2026, 0, 3);
const INSTANCE = {
  project: "demo",
  projectNumber: "123456789012",
  zone: "europe-west4-a",
  id: "1234567890123456789",
  name: "shop-cp-0",
  creationTimestamp: "2026-01-02T15:04:05.000-07:00",
  email: "nodes@demo.iam.gserviceaccount.com",
};

describe("simulated identities", () => {
  const clock = createVirtualClock(NOW_MS);
  const identity = createIdentity({ clock });
  const verified = async (token: string) => {
    const keys = createLocalJWKSet({ keys: [...(await identity.jwks()).keys].map((key) => ({ ...key })) });
    return (await jwtVerify(token, keys, { currentDate: new Date(clock.nowMs()) })).payload;
  };

  it("signs what a machine's metadata server would", async () => {
    const token = await identity.instanceIdentityToken({ instance: INSTANCE, audience: "https://a" });
    assert.equal(decodeProtectedHeader(token).alg, "RS256");
    const { sub, azp, ...claims } = await verified(token);
    assert.match(String(sub), /^\d{21}$/);
    assert.equal(azp, sub);
    assert.deepEqual(claims, {
      iss: "https://accounts.google.com",
      aud: "https://a",
      iat: NOW_MS / 1000,
      exp: NOW_MS / 1000 + 3600,
      email: INSTANCE.email,
      email_verified: true,
      google: {
        compute_engine: {
          project_id: "demo",
          project_number: 123456789012,
          zone: "europe-west4-a",
          instance_id: "1234567890123456789",
          instance_name: "shop-cp-0",
          instance_confidentiality: 0,
          instance_creation_timestamp: 1767391445,
        },
      },
    });
  });
  it("knows an account again: the same email has the same subject", async () => {
    const [one, two, other] = await Promise.all(
      ["a@demo", "a@demo", "b@demo"].map(async (email) =>
        verified(await identity.serviceAccountIdToken(email, "https://a")),
      ),
    );
    assert.equal(one?.sub, two?.sub);
    assert.notEqual(one?.sub, other?.sub);
  });
  it("knows the account behind an access token until it expires", async () => {
    const { token, expiresAtMs } = identity.accessToken("a@demo", 60_000);
    assert.equal(expiresAtMs, clock.nowMs() + 60_000);
    assert.equal(identity.emailOfAccessToken(token), "a@demo");
    assert.equal(identity.emailOfAccessToken(`${token}x`), undefined);
    await clock.advance(60_000);
    assert.equal(identity.emailOfAccessToken(token), undefined);
  });
});
