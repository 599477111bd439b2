import assert from "node:assert/strict";
import type { Chance } from "../../../../shared/ports/chance.ts";
import {
  BOOTSTRAP_TOKEN_TTL_MS,
  createBootstrapToken,
} from "../../../../shared/resources/kubernetes/join-token.ts";
import { FakeApi } from "./fake-api.ts";
import { ACCESS } from "./fixtures.ts";

const NOW_MS = Date.parse("2026-11-23T12:00:00Z");
/** Bytes that count up from `start`. */
function countingChance(start: number): Chance {
  let next = start;
  const bytes = (count: number) => Uint8Array.from({ length: count }, () => next++ % 256);
  return { bytes, fraction: () => 0.5, keyPair: () => Promise.reject(new Error("not used")) };
}
function decoded(api: FakeApi, id: string): Record<string, string> {
  const secret = api.objects.get(`/api/v1/namespaces/kube-system/secrets/bootstrap-token-${id}`);
  const data = (secret?.["data"] ?? {}) as Record<string, string>;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
  );
}

describe("a bootstrap token", () => {
  it("is a Secret that kubeadm's own would not differ from, for fifteen minutes", async () => {
    const api = new FakeApi();
    const token = await createBootstrapToken(api, ACCESS, {
      chance: countingChance(0),
      nowMs: NOW_MS,
      description: "join of shop-ab12cd-n-general-x1y2",
    });
    assert.match(token, /^[a-z0-9]{6}\.[a-z0-9]{16}$/);
    const [id = "", secret] = token.split(".");
    assert.equal(BOOTSTRAP_TOKEN_TTL_MS, 15 * 60_000);
    assert.deepEqual(decoded(api, id), {
      "token-id": id,
      "token-secret": secret,
      description: "join of shop-ab12cd-n-general-x1y2",
      expiration: "2026-11-23T12:15:00Z",
      "usage-bootstrap-authentication": "true",
      "usage-bootstrap-signing": "true",
      "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token",
    });
  });

  it("takes another id when the first is taken", async () => {
    const api = new FakeApi();
    const options = { nowMs: NOW_MS, description: "" };
    const first = await createBootstrapToken(api, ACCESS, { ...options, chance: countingChance(0) });
    const second = await createBootstrapToken(api, ACCESS, { ...options, chance: countingChance(0) });
    assert.notEqual(second.split(".")[0], first.split(".")[0]);
    assert.equal(api.objects.size, 2);
  });

  it("uses no byte that would make some characters likelier than others", async () => {
    const api = new FakeApi();
    // 252 to 255 are past the last whole multiple of 36; 0 gives `a`.
    const token = await createBootstrapToken(api, ACCESS, {
      chance: countingChance(252),
      nowMs: NOW_MS,
      description: "",
    });
    assert.ok(token.startsWith("ab"), token);
  });
});
