import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import type { Status } from "../../../simulator/kubernetes/objects/status.ts";
import { serveKubernetes } from "../../../simulator/kubernetes/server.ts";
import { clientCertificate, makeCa, makeCluster, TOKEN } from "./fixture.ts";

describe("The wire door of a simulated cluster", () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function serve() {
    const made = await makeCluster();
    let reachable = true;
    const server = await serveKubernetes({
      cluster: made.cluster,
      host: "127.0.0.1",
      port: 0,
      alternativeNames: [],
      reachable: () => reachable,
    });
    closing.push(server.close);
    async function get(
      path: string,
      options: { identity?: { certificate: string; key: string }; token?: string } = {},
    ) {
      const { identity, token } = options;
      const asked = request(`https://127.0.0.1:${server.port}${path}`, {
        agent: false,
        ca: made.ca.certificatePem,
        ...(identity && { cert: identity.certificate, key: identity.key }),
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      });
      const [answer] = (await once(asked.end(), "response")) as [IncomingMessage];
      const body = await text(answer);
      const json = answer.headers["content-type"] === "application/json";
      return { status: answer.statusCode, body: json ? (JSON.parse(body) as Status) : body };
    }
    const setReachable = (now: boolean) => {
      reachable = now;
    };
    return { ...made, get, setReachable };
  }

  it("answers health and version to anybody, and nothing else", async () => {
    const { get } = await serve();
    assert.deepEqual(await get("/readyz"), { status: 200, body: "ok" });
    assert.equal((await get("/version")).status, 200);
    const refused = await get("/api/v1/nodes");
    assert.equal(refused.status, 403);
    assert.equal(
      (refused.body as Status).message,
      'nodes is forbidden: User "system:anonymous" cannot list resource "nodes" in API group "" at the cluster scope',
    );
  });

  it("lets anybody read cluster-info alone, so that machines can find the CA", async () => {
    const { get } = await serve();
    assert.equal((await get("/api/v1/namespaces/kube-public/configmaps/cluster-info")).status, 200);
    assert.equal((await get("/api/v1/namespaces/kube-public/configmaps/other")).status, 403);
  });

  it("takes the user and groups of a client certificate", async () => {
    const { get, ca } = await serve();
    const admin = await clientCertificate(ca, "CN=admin,O=system:masters");
    assert.equal((await get("/api/v1/nodes", { identity: admin })).status, 200);
    const nobody = await clientCertificate(ca, "CN=nobody,O=guests");
    const refused = await get("/api/v1/namespaces/default/secrets", { identity: nobody });
    assert.equal(refused.status, 403);
    assert.match(
      (refused.body as Status).message ?? "",
      /User "nobody" cannot list resource "secrets" in API group "" in the namespace "default"/,
    );
  });

  it("refuses a certificate of another CA with 401", async () => {
    const { get } = await serve();
    const stranger = await clientCertificate(await makeCa(), "CN=admin,O=system:masters");
    const refused = await get("/api/v1/nodes", { identity: stranger });
    assert.equal(refused.status, 401);
    assert.equal((refused.body as Status).message, "Unauthorized");
  });

  it("lets a bootstrap token do what joining needs, and no more", async () => {
    const { get } = await serve();
    assert.equal(
      (await get("/apis/certificates.k8s.io/v1/certificatesigningrequests", { token: TOKEN })).status,
      200,
    );
    assert.equal(
      (await get("/api/v1/namespaces/kube-system/configmaps/kubeadm-config", { token: TOKEN })).status,
      200,
    );
    assert.equal((await get("/api/v1/namespaces/kube-system/secrets", { token: TOKEN })).status, 403);
    assert.equal((await get("/api/v1/nodes", { token: "abcdef.ffffffffffffffff" })).status, 401);
  });

  it("cuts connections when nothing runs at its address", async () => {
    const { get, setReachable } = await serve();
    setReachable(false);
    await assert.rejects(get("/readyz"), /other side closed|ECONNRESET|socket/i);
  });
});
