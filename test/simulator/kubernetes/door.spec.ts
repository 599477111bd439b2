import assert from "node:assert/strict";
import { createInProcessTransport } from "../../../simulator/kubernetes/door.ts";
import type { KubeObject } from "../../../simulator/kubernetes/objects/object.ts";
import { clientCertificate, deployment, makeCluster } from "./fixture.ts";

const SERVER = "https://10.10.0.100:6443";

async function withDoor() {
  const made = await makeCluster();
  const { certificate, key } = await clientCertificate(made.ca, "CN=admin,O=system:masters");
  const access = {
    server: SERVER,
    caCertificate: made.ca.certificatePem,
    clientCertificate: certificate,
    clientKey: key,
  };
  const transport = createInProcessTransport({ find: () => made.cluster });
  const request = (method: "GET" | "POST", path: string, body?: unknown) =>
    transport.request(access, { method, path, body });
  return { ...made, request };
}
const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";

describe("the in-process door of a simulated cluster", () => {
  it("hands out what is stored, and nobody can change it", async () => {
    const { request } = await withDoor();
    const { body } = await request("GET", "/api/v1/namespaces/kube-system");
    const object = body as KubeObject;
    assert.equal(object.metadata.name, "kube-system");
    assert.throws(() => {
      object.metadata.labels = { changed: "yes" };
    }, TypeError);
    assert.equal(JSON.stringify(body), JSON.stringify(JSON.parse(JSON.stringify(body))));
  });

  it("stores a copy of what it is sent: the client's own stays its own", async () => {
    const { request, read } = await withDoor();
    const mine = deployment("web", 1);
    assert.equal((await request("POST", DEPLOYMENTS, mine)).status, 201);
    mine.spec.template.spec.containers[0] = { name: "changed", image: "changed" };
    mine.spec.replicas = 9;
    const stored = read(`${DEPLOYMENTS}/web`) as unknown as ReturnType<typeof deployment>;
    assert.equal(stored.spec.replicas, 1);
    assert.equal(stored.spec.template.spec.containers[0]?.name, "web");
  });
});
