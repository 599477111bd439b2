import assert from "node:assert/strict";
import { conditionStatus, type KubeObject, type Node } from "../../../simulator/kubernetes/objects/object.ts";
import { machine, makeCluster, TOKEN } from "./fixture.ts";

describe("The control plane's etcd", () => {
  async function withThree() {
    const made = await makeCluster();
    for (const [name, index] of [
      ["cp-1", 12],
      ["cp-2", 13],
    ] as const) {
      assert.deepEqual(made.join(name, index, { controlPlane: true }), { joined: true });
      await made.seconds(30);
    }
    return made;
  }

  it("has a member a machine, learners first", async () => {
    const made = await makeCluster();
    made.join("cp-1", 12, { controlPlane: true });
    assert.deepEqual(
      made.cluster.etcd.members().map(({ name, learner }) => [name, learner]),
      [
        ["cp-0", false],
        ["cp-1", true],
      ],
    );
    const second = made.join("cp-2", 13, { controlPlane: true });
    assert.match(JSON.stringify(second), /too many learner members/);
    await made.seconds(30);
    assert.equal(
      made.cluster.etcd.members().every(({ learner }) => !learner),
      true,
    );
    assert.deepEqual(made.cluster.apiServers(), ["cp-0", "cp-1"]);
  });

  it("survives one machine of three, and takes the API down with the second", async () => {
    const made = await withThree();
    made.cluster.kubelet("cp-1")?.stop();
    assert.equal(made.ask("GET", "/api/v1/nodes").status, 200);
    made.cluster.kubelet("cp-2")?.stop();
    const answer = made.ask("GET", "/api/v1/nodes");
    assert.equal(answer.status, 500);
    assert.equal((answer.body as { message: string }).message, "etcdserver: request timed out");
    const ready = made.ask("GET", "/readyz");
    assert.equal(ready.status, 500);
    assert.match(String(ready.body), /\[-\]etcd failed: reason withheld/);
    assert.deepEqual(made.cluster.apiServers(), ["cp-0"]);
  });

  it("serves the same data when a quorum is back", async () => {
    const made = await withThree();
    made.ask("POST", "/api/v1/namespaces/default/configmaps", { metadata: { name: "kept" } });
    made.cluster.kubelet("cp-1")?.stop();
    made.cluster.kubelet("cp-2")?.stop();
    await made.seconds(300);
    assert.equal(made.ask("GET", "/api/v1/namespaces/default/configmaps/kept").status, 500);
    made.cluster.kubelet("cp-1")?.start();
    await made.seconds(15);
    assert.equal(made.ask("GET", "/api/v1/namespaces/default/configmaps/kept").status, 200);
    assert.equal(conditionStatus(made.read<Node>("/api/v1/nodes/cp-2"), "Ready"), "Unknown");
  });

  it("takes a member back whose machine was made anew, with its address and its data", async () => {
    const made = await withThree();
    const before = made.cluster.etcd.members();
    made.cluster.kubelet("cp-1")?.stop();
    await made.seconds(60);
    const etcdData = before.find(({ name }) => name === "cp-1")?.id;
    assert.deepEqual(made.join("cp-1", 12, { controlPlane: true, etcdData }), { joined: true });
    assert.equal(made.cluster.etcd.members().find(({ name }) => name === "cp-1")?.running, false);
    await made.seconds(30);
    assert.deepEqual(made.cluster.etcd.members(), before);
    assert.deepEqual(made.cluster.apiServers().toSorted(), ["cp-0", "cp-1", "cp-2"]);
    made.cluster.kubelet("cp-2")?.stop();
    assert.equal(made.ask("GET", "/api/v1/nodes").status, 200, "it counts for the quorum");
  });

  it("promotes no learner whose machine is off, and does when it is back with its data", async () => {
    const made = await makeCluster();
    made.join("cp-1", 12, { controlPlane: true });
    made.cluster.kubelet("cp-1")?.stop();
    await made.seconds(60);
    const learner = made.cluster.etcd.members().find(({ name }) => name === "cp-1");
    assert.deepEqual([learner?.learner, learner?.running], [true, false]);
    made.join("cp-1", 12, { controlPlane: true, etcdData: learner?.id });
    await made.seconds(30);
    assert.equal(made.cluster.etcd.members().find(({ name }) => name === "cp-1")?.learner, false);
  });

  it("never gets well on an empty folder, or on another member's data", async () => {
    const made = await withThree();
    made.cluster.kubelet("cp-1")?.stop();
    await made.seconds(60);
    const [other] = made.cluster.etcd.members();
    for (const [index, etcdData] of [
      [12, undefined],
      [12, other?.id],
      [19, other?.id],
    ] as const) {
      const more = etcdData === undefined ? {} : { etcdData };
      const result = made.join("cp-1", index, { controlPlane: true, ...more });
      assert.match(JSON.stringify(result), /timeout waiting for etcd cluster to be available/);
    }
  });

  it("refuses to remove a member when the rest would have no quorum", async () => {
    const made = await withThree();
    made.cluster.kubelet("cp-1")?.stop();
    const refused = made.cluster.etcd.removeMember("cp-2");
    assert.deepEqual(refused, {
      ok: false,
      why: "etcdserver: re-configuration failed due to not enough started members",
    });
    assert.equal(made.cluster.etcd.removeMember("cp-1").ok, true);
    assert.equal(made.ask("GET", "/readyz").status, 200);
  });

  it("loses a member by a Job that runs etcdctl", async () => {
    const made = await withThree();
    const lost = made.cluster.etcd.members().find(({ name }) => name === "cp-2");
    made.cluster.kubelet("cp-2")?.stop();
    made.ask("POST", "/apis/batch/v1/namespaces/kube-system/jobs", {
      metadata: { name: "forget" },
      spec: {
        template: {
          spec: {
            restartPolicy: "Never",
            hostNetwork: true,
            tolerations: [{ operator: "Exists" }],
            containers: [
              {
                name: "etcdctl",
                image: "registry.k8s.io/etcd:3.6.8-0",
                command: ["etcdctl", "member", "remove", lost?.id ?? ""],
              },
            ],
          },
        },
      },
    });
    await made.seconds(20);
    assert.deepEqual(
      made.cluster.etcd.members().map(({ name }) => name),
      ["cp-0", "cp-1"],
    );
    assert.equal(made.read("/apis/batch/v1/namespaces/kube-system/jobs/forget").status?.["succeeded"], 1);
  });

  it("cannot be initialised twice", async () => {
    const made = await makeCluster();
    assert.throws(
      () => made.cluster.kubeadmInit({ machine: machine("cp-9", 9), controlPlaneEndpoint: "x:6443" }),
      /has been initialised/,
    );
    assert.equal(TOKEN.length, 23);
  });

  it("shows static pods as mirror pods that come back when deleted", async () => {
    const made = await makeCluster();
    await made.seconds(5);
    const path = "/api/v1/namespaces/kube-system/pods/etcd-cp-0";
    const before = made.read<KubeObject>(path);
    assert.notEqual(before.metadata.annotations?.["kubernetes.io/config.mirror"], undefined);
    made.ask("DELETE", path, { gracePeriodSeconds: 0 });
    await made.seconds(5);
    assert.notEqual(made.read<KubeObject>(path).metadata.uid, before.metadata.uid);
  });
});
