import assert from "node:assert/strict";
import { isCloudError } from "../../../../shared/ports/cloud-error.ts";
import { KubernetesUnreachable } from "../../../../shared/ports/kubernetes.ts";
import { observeKubernetes } from "../../../../shared/resources/kubernetes/observe.ts";
import { FakeApi } from "./fake-api.ts";
import { ACCESS } from "./fixtures.ts";

function putPart(api: FakeApi, component: string, machine: string, status: object): void {
  const name = `${component}-${machine}`;
  api.put(`/api/v1/namespaces/kube-system/pods/${name}`, {
    metadata: { name, namespace: "kube-system", labels: { component } },
    spec: { nodeName: machine },
    status,
  });
}

describe("a look at the Kubernetes API", () => {
  it("tells version, nodes over all pages, and which machines' API servers are Ready", async () => {
    const api = new FakeApi();
    for (let number = 0; number < 1_001; number += 1) {
      api.put(`/api/v1/nodes/n${number}`, { metadata: { name: `n${number}` } });
    }
    const providerID = "gce://p/z/one";
    api.put("/api/v1/nodes/one", {
      metadata: { name: "one", labels: { a: "b" } },
      spec: { providerID, unschedulable: true },
      status: {
        conditions: [{ type: "Ready", status: "True" }],
        nodeInfo: { kubeletVersion: "v1.36.4", bootID: "boot" },
      },
    });
    for (const [machine, status] of [
      ["cp-1", "True"],
      ["cp-0", "True"],
      ["cp-2", "False"],
    ] as const)
      putPart(api, "kube-apiserver", machine, { conditions: [{ type: "Ready", status }] });
    const facts = await observeKubernetes(api, ACCESS);
    assert.equal(facts?.version, "1.36.4");
    assert.deepEqual(facts?.apiServers, ["cp-0", "cp-1"]);
    assert.equal(facts?.nodes.length, 1_002);
    assert.deepEqual(facts?.nodes.at(-1), {
      name: "one",
      providerId: providerID,
      ready: true,
      readiness: "True",
      unschedulable: true,
      kubeletVersion: "1.36.4",
      bootId: "boot",
      labels: { a: "b" },
    });
    assert.equal(api.requests.length, 5, "version, pods, three pages of nodes");
  });

  it("tells how API servers and etcds are: since when their containers are down, and why", async () => {
    const api = new FakeApi();
    const at = "2026-11-29T12:00:00Z";
    const ready = (status: string) => ({ type: "Ready", status, lastTransitionTime: at });
    const containers = (status: string) => ({ type: "ContainersReady", status, lastTransitionTime: at });
    putPart(api, "etcd", "cp-0", { conditions: [ready("True"), containers("True")] });
    putPart(api, "etcd", "cp-1", { conditions: [ready("False"), containers("True")] });
    putPart(api, "kube-apiserver", "cp-1", {
      conditions: [ready("False"), containers("False")],
      containerStatuses: [{ state: { waiting: { reason: "CrashLoopBackOff" } } }],
    });
    api.put("/api/v1/namespaces/kube-system/pods/theirs", {
      metadata: { name: "theirs", namespace: "kube-system", labels: { component: "etcd" } },
      spec: { nodeName: "cp-0" },
    });
    const facts = await observeKubernetes(api, ACCESS);
    assert.deepEqual(facts?.parts, [
      { component: "etcd", machine: "cp-0", ready: true },
      { component: "etcd", machine: "cp-1", ready: false },
      {
        component: "kube-apiserver",
        machine: "cp-1",
        ready: false,
        downSinceMs: Date.parse(at),
        trouble: "CrashLoopBackOff",
      },
    ]);
  });

  it("knows nothing while the API does not answer", async () => {
    const transport = { request: () => Promise.reject(new KubernetesUnreachable("connection refused")) };
    assert.equal(await observeKubernetes(transport, ACCESS), undefined);
  });

  for (const status of [403, 500, 503]) {
    it(`knows nothing while the API starts and answers ${status}`, async () => {
      const transport = { request: () => Promise.resolve({ status, body: {} }) };
      assert.equal(await observeKubernetes(transport, ACCESS), undefined);
    });
  }

  it("fails when our certificate is not accepted, with the server's words", async () => {
    const transport = { request: () => Promise.resolve({ status: 401, body: { message: "Unauthorized" } }) };
    await assert.rejects(
      observeKubernetes(transport, ACCESS),
      (error) => isCloudError(error, "unauthenticated") && error.message.includes("Unauthorized"),
    );
  });
});
