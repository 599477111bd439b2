import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { createApi } from "../../../functions/api/app.ts";
import { PERSON_CERTIFICATE_MS } from "../../../functions/api/kubeconfig.ts";
import { createClusterKeys } from "../../../shared/bootstrap/keys.ts";
import { createRequest } from "../../../shared/bootstrap/sign-request.ts";
import { statusPath } from "../../../shared/engine/paths.ts";
import type { Secrets } from "../../../shared/ports/secrets.ts";
import { ID } from "../../support/fake-engine.ts";
import { quickstartSpec } from "../../support/specs.ts";
import { OPERATOR, testPlane, URLS } from "../plane.ts";

const ENDPOINT = "https://198.51.100.7:6443";

describe("functions/api/kubeconfig", () => {
  /** A cluster with keys and an endpoint, unless `missing` says otherwise. */
  const rig = async (missing: "keys" | "endpoint" | "nothing" = "nothing") => {
    const test = await testPlane();
    const { engine } = test.plane;
    const keys = await createClusterKeys({
      chance: engine.chance,
      nowMs: engine.clock.nowMs(),
      clusterId: ID,
    });
    const read: Secrets["read"] = async (project, name) =>
      missing !== "keys" && project === "demo-project" && name === `${ID}-abc123-pki`
        ? keys.secret
        : undefined;
    const app = createApi({
      ...test.plane,
      engine: { ...engine, cloud: { ...engine.cloud, secrets: { read } as Secrets } },
    });
    const endpoint = missing === "endpoint" ? {} : { endpoint: ENDPOINT };
    await test.world.store.transact(async (transaction) =>
      transaction.set(statusPath(ID), { uid: "abc123", accepted: { ...quickstartSpec() }, ...endpoint }),
    );
    const ask = async (body: unknown, id = ID) =>
      app.request(`/v1/clusters/${id}/certificate`, {
        method: "POST",
        headers: { Authorization: await test.bearer(OPERATOR, URLS.api) },
        body: JSON.stringify(body),
      });
    return { ...test, keys, ask };
  };

  it("signs the caller's own key for half a day, in the caller's name and not in the one of the request", async () => {
    const { ask, keys, world } = await rig();
    const { request } = await createRequest(world.engine.chance);
    const response = await ask({ request });
    assert.equal(response.status, 200);
    const text = await response.text();
    assert.doesNotMatch(text, /PRIVATE KEY/, "no secret in an answer (S12)");
    const answer = JSON.parse(text) as { certificate: string; caCertificate: string; server: string };
    assert.equal(answer.server, ENDPOINT);
    assert.equal(answer.caCertificate, keys.caCertificate);
    const certificate = new X509Certificate(answer.certificate);
    assert.match(certificate.subject, new RegExp(`CN=${OPERATOR}`));
    assert.match(certificate.subject, /O=kubeadm:cluster-admins/);
    assert.ok(certificate.verify(new X509Certificate(keys.caCertificate).publicKey));
    assert.ok(Date.parse(certificate.validTo) <= world.clock.nowMs() + PERSON_CERTIFICATE_MS);
  });

  it("answers 400 to whatever is no certificate request", async () => {
    const { ask } = await rig();
    const begin = "-----BEGIN CERTIFICATE REQUEST-----";
    const end = "-----END CERTIFICATE REQUEST-----";
    const requests = [
      "",
      "x",
      begin,
      `${begin}\n${end}`,
      `${begin}\nAAAA\n${end}`,
      `${begin}${"A".repeat(9_000)}`,
      7,
    ];
    for (const request of requests) assert.equal((await ask({ request })).status, 400, String(request));
    assert.equal((await ask({})).status, 400);
    assert.equal((await ask([])).status, 400);
  });

  it("answers 400 to a request that another key has signed", async () => {
    const { ask, world } = await rig();
    const { request } = await createRequest(world.engine.chance);
    const lines = request.trim().split("\n");
    const der = Buffer.from(lines.slice(1, -1).join(""), "base64");
    der[der.length - 3] = (der[der.length - 3] ?? 0) ^ 0xff;
    const forged = [lines[0], der.toString("base64"), lines.at(-1)].join("\n");
    assert.equal((await ask({ request: forged })).status, 400);
  });

  it("says what is missing while the cluster has no keys or no endpoint, and 404 where there is no cluster", async () => {
    for (const missing of ["keys", "endpoint"] as const) {
      const { ask, world } = await rig(missing);
      const response = await ask(
        await createRequest(world.engine.chance).then(({ request }) => ({ request })),
      );
      assert.equal(response.status, 409);
      assert.match(await response.text(), /wait until it is Ready/);
    }
    const { ask, world } = await rig();
    const { request } = await createRequest(world.engine.chance);
    assert.equal((await ask({ request }, "nowhere")).status, 404);
  });
});
