import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { createKubernetesTransport } from "../../../../shared/adapters/kubernetes/transport.ts";
import { type KubernetesTransport, KubernetesUnreachable } from "../../../../shared/ports/kubernetes.ts";
import { createSeededChance } from "../../../../simulator/chance.ts";
import { createInProcessTransport } from "../../../../simulator/kubernetes/door.ts";
import { serveKubernetes } from "../../../../simulator/kubernetes/server.ts";
import {
  clientCertificate,
  deployment,
  makeCa,
  makeCluster,
  START_MS,
} from "../../../simulator/kubernetes/fixture.ts";
import {
  approveSigningRequest,
  createBootstrapToken,
  newBootstrapToken,
  type SigningRequest,
} from "../../../support/kubernetes/bootstrap.ts";
import * as client from "../../../support/kubernetes/client.ts";
import { pathOfObject, pluralOf } from "../../../support/kubernetes/paths.ts";

/** Between looks for a certificate, and how many: far above what a loaded machine needs. */
const SIGNING_TURN_MS = 5;
const SIGNING_TURNS_MAX = 1_500;

type Made = Awaited<ReturnType<typeof makeCluster>>;
interface Door {
  readonly kubernetes: client.Kubernetes;
  readonly close: () => Promise<void>;
}

async function accessTo(made: Made, server: string) {
  const { certificate, key } = await clientCertificate(made.ca, "CN=clusterwright,O=system:masters");
  return { server, caCertificate: made.ca.certificatePem, clientCertificate: certificate, clientKey: key };
}
const DOORS: Readonly<Record<string, (made: Made) => Promise<Door>>> = {
  async "in process"(made) {
    const transport: KubernetesTransport = createInProcessTransport({ find: () => made.cluster });
    return {
      kubernetes: { transport, access: await accessTo(made, "https://10.10.0.100:6443") },
      close: async () => {},
    };
  },
  async "over TLS"(made) {
    // The address that clients know, reached where the simulated machine listens.
    const server = await serveKubernetes({
      cluster: made.cluster,
      host: "127.0.0.1",
      port: 0,
      alternativeNames: ["api.example.com"],
    });
    const transport = createKubernetesTransport({
      resolve: (host) => (host === "api.example.com" ? "127.0.0.1" : host),
    });
    const access = await accessTo(made, `https://api.example.com:${server.port}`);
    return {
      kubernetes: { transport, access },
      async close() {
        await transport.close();
        await server.close();
      },
    };
  },
};

for (const [name, open] of Object.entries(DOORS)) {
  describe(`The client of a Kubernetes API, ${name}`, () => {
    let made: Made;
    let door: Door;
    let kubernetes: client.Kubernetes;
    beforeEach(async () => {
      made = await makeCluster();
      made.join("worker-a", 3);
      await made.installNetwork();
      door = await open(made);
      kubernetes = door.kubernetes;
    });
    afterEach(() => door.close());

    it("reads version and readiness, and which check fails", async () => {
      assert.equal(await client.serverVersion(kubernetes), "v1.36.4");
      assert.deepEqual(await client.readyz(kubernetes), { ready: true, failed: [] });
      made.cluster.etcd.setRunning("cp-0", false);
      const { ready, failed } = await client.readyz(kubernetes);
      assert.equal(ready, false);
      assert.deepEqual(failed, ["etcd", "etcd-readiness"]);
    });

    it("lists nodes, one node, its pods and its lease", async () => {
      const nodes = await client.nodes(kubernetes);
      assert.deepEqual(
        nodes.map(({ metadata }) => metadata.name),
        ["cp-0", "worker-a"],
      );
      assert.equal((await client.node(kubernetes, "worker-a"))?.status.nodeInfo?.kubeletVersion, "v1.36.4");
      assert.equal(await client.node(kubernetes, "none"), undefined);
      const pods = await client.podsOnNode(kubernetes, "worker-a");
      assert.ok(pods.length > 0 && pods.every(({ spec }) => spec.nodeName === "worker-a"));
      assert.deepEqual(
        (await client.nodeLeases(kubernetes)).map(({ spec }) => spec.holderIdentity),
        ["cp-0", "worker-a"],
      );
    });

    it("cordons and uncordons, any number of times", async () => {
      for (const wanted of [true, true, false, false]) {
        assert.equal(await (wanted ? client.cordon : client.uncordon)(kubernetes, "worker-a"), true);
        assert.equal((await client.node(kubernetes, "worker-a"))?.spec.unschedulable ?? false, wanted);
      }
      assert.equal(await client.cordon(kubernetes, "none"), false);
    });

    it("tells an accepted eviction from a blocked, a misconfigured and a needless one", async () => {
      made.ask("POST", "/apis/apps/v1/namespaces/default/deployments", deployment("web", 2));
      const budget = (budgetName: string) => ({
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { name: budgetName, namespace: "default" },
        spec: { minAvailable: 1, selector: { matchLabels: { app: "web" } } },
      });
      await client.apply(kubernetes, budget("web"));
      await made.seconds(30);
      const [first, second] = (await client.podsOnNode(kubernetes, "worker-a")).filter(
        ({ metadata }) => metadata.labels?.["app"] === "web",
      );
      const pod = (found: typeof first) => ({
        namespace: "default",
        name: found?.metadata.name ?? "",
        uid: found?.metadata.uid,
      });
      assert.deepEqual(await client.evict(kubernetes, pod(first)), { outcome: "evicted" });
      const blocked = await client.evict(kubernetes, pod(second));
      assert.equal(blocked.outcome, "blocked");
      assert.equal(blocked.outcome === "blocked" && blocked.budget, "web");
      assert.deepEqual(
        (await client.budgets(kubernetes)).map(({ status }) => status?.disruptionsAllowed),
        [0],
      );
      await client.apply(kubernetes, budget("another"));
      await made.seconds(60);
      assert.equal((await client.evict(kubernetes, pod(second))).outcome, "misconfigured");
      assert.deepEqual(await client.evict(kubernetes, { namespace: "default", name: "none" }), {
        outcome: "gone",
      });
    });

    it("applies, refuses to take what others own, and takes it when forced", async () => {
      const object = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "settings", namespace: "default" },
        data: { a: "1" },
      };
      await client.apply(kubernetes, object);
      const other = { "content-type": "application/merge-patch+json", "user-agent": "someone/1" };
      made.ask("PATCH", "/api/v1/namespaces/default/configmaps/settings", { data: { a: "2" } }, other);
      await assert.rejects(
        client.apply(kubernetes, object),
        (error: client.KubernetesError) => error.status === 409,
      );
      await client.apply(kubernetes, object, { force: true });
      assert.deepEqual((await client.read<typeof object>(kubernetes, object))?.data, { a: "1" });
      assert.equal(await client.remove(kubernetes, object), true);
      assert.equal(await client.remove(kubernetes, object), false);
    });

    it("makes a bootstrap token that a machine can join with for 15 minutes", async () => {
      const token = newBootstrapToken(createSeededChance(5));
      assert.match(token, /^[a-z0-9]{6}\.[a-z0-9]{16}$/);
      const input = { token, nowMs: made.clock.nowMs(), description: "worker-b" };
      assert.equal((await createBootstrapToken(kubernetes, input)).expiresMs, made.clock.nowMs() + 900_000);
      await createBootstrapToken(kubernetes, input);
      assert.equal(
        (await client.secret(kubernetes, "kube-system", `bootstrap-token-${token.slice(0, 6)}`))?.type,
        "bootstrap.kubernetes.io/token",
      );
      assert.deepEqual(made.join("worker-b", 4, { token }), { joined: true });
      await made.seconds(901);
      assert.equal(made.join("worker-c", 5, { token }).joined, false);
      assert.ok(made.clock.nowMs() > START_MS);
    });

    it("approves a signing request, whose certificate the cluster's CA then signs", async () => {
      const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
      const keys = (await webcrypto.subtle.generateKey(algorithm, true, [
        "sign",
        "verify",
      ])) as webcrypto.CryptoKeyPair;
      const csr = await x509.Pkcs10CertificateRequestGenerator.create(
        { name: "CN=system:node:worker-a,O=system:nodes", keys, signingAlgorithm: algorithm },
        webcrypto,
      );
      const path = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
      const spec = {
        request: Buffer.from(csr.toString("pem")).toString("base64"),
        signerName: "kubernetes.io/kubelet-serving",
        usages: ["server auth"],
      };
      made.ask("POST", path, { metadata: { name: "serving" }, spec });
      assert.equal(
        await approveSigningRequest(kubernetes, "serving", "KnownMachine", "its address is the machine's"),
        true,
      );
      assert.equal(await approveSigningRequest(kubernetes, "none", "x", "y"), false);
      const certificate = () => made.read<SigningRequest>(`${path}/serving`).status?.certificate;
      // It is signed in threads of their own, in this world's time.
      for (let turn = 0; turn < SIGNING_TURNS_MAX && certificate() === undefined; turn += 1) {
        await made.seconds(1);
        await new Promise((resolve) => setTimeout(resolve, SIGNING_TURN_MS));
      }
      const signed = new x509.X509Certificate(Buffer.from(certificate() ?? "", "base64").toString("utf8"));
      assert.equal(signed.subject, "CN=system:node:worker-a, O=system:nodes");
      assert.equal(
        await signed.verify(
          { publicKey: new x509.X509Certificate(made.ca.certificatePem), signatureOnly: true },
          webcrypto,
        ),
        true,
      );
    });

    it("says that nobody answers when the CA is another one", async () => {
      const wrong = { ...kubernetes.access, caCertificate: (await makeCa()).certificatePem };
      await assert.rejects(client.serverVersion({ ...kubernetes, access: wrong }), KubernetesUnreachable);
    });
  });
}

describe("The transport", () => {
  it("says what happened when a connection is refused", async () => {
    const made = await makeCluster();
    const transport = createKubernetesTransport();
    const access = await accessTo(made, "https://127.0.0.1:9");
    await assert.rejects(
      transport.request(access, { method: "GET", path: "/readyz" }),
      /did not answer GET \/readyz: .*ECONNREFUSED/,
    );
    await transport.close();
  });

  it("refuses a server whose certificate is for another name", async () => {
    const made = await makeCluster();
    const server = await serveKubernetes({
      cluster: made.cluster,
      host: "127.0.0.1",
      port: 0,
      alternativeNames: [],
    });
    const transport = createKubernetesTransport({ resolve: () => "127.0.0.1" });
    const access = await accessTo(made, `https://other.example.com:${server.port}`);
    await assert.rejects(
      transport.request(access, { method: "GET", path: "/readyz" }),
      KubernetesUnreachable,
    );
    await transport.close();
    await server.close();
  });
});

describe("The path of an object", () => {
  it("follows from its kind", () => {
    const path = (apiVersion: string, kind: string, namespace?: string) =>
      pathOfObject({
        apiVersion,
        kind,
        metadata: { name: "x", ...(namespace === undefined ? {} : { namespace }) },
      });
    assert.equal(path("v1", "Node"), "/api/v1/nodes/x");
    assert.equal(
      path("networking.k8s.io/v1", "NetworkPolicy", "a"),
      "/apis/networking.k8s.io/v1/namespaces/a/networkpolicies/x",
    );
    assert.equal(path("v1", "ConfigMap"), "/api/v1/namespaces/default/configmaps/x");
    assert.deepEqual(["Ingress", "StorageClass", "Endpoints", "Gateway"].map(pluralOf), [
      "ingresses",
      "storageclasses",
      "endpoints",
      "gateways",
    ]);
  });
});
