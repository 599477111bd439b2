import assert from "node:assert/strict";
import { HTTPException } from "hono/http-exception";
import { authorize, bearer } from "../../functions/authorize.ts";
import { CloudError } from "../../shared/ports/cloud-error.ts";
import { type IdentityVerifier, Unauthenticated } from "../../shared/ports/identity.ts";

const AUDIENCE = "https://api.example";

/** A verifier for which the token is the caller's e-mail. */
const identity: IdentityVerifier = {
  machine: async () => {
    throw new Unauthenticated("not a machine");
  },
  caller: async (token) => {
    if (token === "expired") throw new Unauthenticated("the token has expired");
    if (token === "no-keys") throw new CloudError("unavailable", "the signer's keys could not be read");
    return { email: Buffer.from(token, "base64url").toString() };
  },
};
const header = (email: string): string => `Bearer ${Buffer.from(email).toString("base64url")}`;
const status = (expected: number) => (error: unknown) =>
  error instanceof HTTPException && error.status === expected;

describe("functions/authorize", () => {
  it("lets in who is named, and everybody of a domain that is named", async () => {
    const allowed = ["alice@example.com", "*@trusted.example"];
    for (const email of ["alice@example.com", "bob@trusted.example"])
      assert.equal(await authorize(identity, header(email), AUDIENCE, allowed), email);
  });

  it("lets nobody in whose address only looks alike", async () => {
    const allowed = ["alice@example.com", "*@trusted.example"];
    const strangers = [
      "malice@example.com",
      "alice@example.com.evil.example",
      "bob@nottrusted.example",
      "bob@sub.trusted.example",
      "trusted.example",
      "*@trusted.example.evil",
    ];
    for (const email of strangers)
      await assert.rejects(authorize(identity, header(email), AUDIENCE, allowed), status(403), email);
    await assert.rejects(authorize(identity, header("alice@example.com"), AUDIENCE, []), status(403));
  });

  it("answers 401 to a token that is bad, and passes on that the keys could not be read", async () => {
    await assert.rejects(authorize(identity, "Bearer expired", AUDIENCE, ["*@x"]), status(401));
    await assert.rejects(authorize(identity, "Bearer no-keys", AUDIENCE, ["*@x"]), CloudError);
  });

  it("reads a bearer token, and nothing that is not one", () => {
    assert.equal(bearer("Bearer a.b-c_d"), "a.b-c_d");
    assert.equal(bearer("bearer abc"), "abc");
    for (const wrong of [undefined, "", "Bearer", "Bearer ", "Basic abc", "Bearer a b", "Bearer a\nb"])
      assert.throws(() => bearer(wrong), status(401), String(wrong));
  });
});
