import assert from "node:assert/strict";
import { conditionStatus, type Node, type Pod } from "../../../simulator/kubernetes/objects/object.ts";
import { podStatusText } from "../../../simulator/kubernetes/tables/pods.ts";
import { makeCluster } from "./fixture.ts";

describe("a part of a control-plane machine that dies", () => {
  async function withThree() {
    const made = await makeCluster();
    for (const [name, index] of [
      ["cp-1", 12],
      ["cp-2", 13],
    ] as const) {
      made.join(name, index, { controlPlane: true });
      await made.seconds(30);
    }
    await made.installNetwork();
    const pod = (component: string) =>
      made.read<Pod>(`/api/v1/namespaces/kube-system/pods/${component}-cp-1`);
    const told = (component: string) =>
      `${podStatusText(pod(component))} ${conditionStatus(pod(component), "Ready")}`;
    const etcd = () => made.cluster.etcd.members().filter(({ running }) => running).length;
    return { ...made, pod, told, etcd };
  }

  it("crashes over and over, as kubectl tells it, while its node stays Ready", async () => {
    const made = await withThree();
    made.cluster.killPart("cp-1", "kube-apiserver");
    await made.seconds(120);
    assert.equal(made.told("kube-apiserver"), "CrashLoopBackOff False");
    assert.equal(made.pod("kube-apiserver").status.containerStatuses?.[0]?.restartCount, 1);
    assert.equal(made.told("etcd"), "Running True");
    assert.equal(conditionStatus(made.read<Node>("/api/v1/nodes/cp-1"), "Ready"), "True");
    assert.deepEqual(made.cluster.apiServers(), ["cp-0", "cp-2"]);
    assert.equal(made.etcd(), 3);
  });

  it("takes the API server along when it is etcd, and one voter of the quorum", async () => {
    const made = await withThree();
    made.cluster.killPart("cp-1", "etcd");
    await made.seconds(5);
    assert.equal(made.told("etcd"), "CrashLoopBackOff False");
    assert.equal(made.told("kube-apiserver"), "CrashLoopBackOff False");
    assert.equal(made.told("kube-scheduler"), "Running True");
    assert.equal(made.etcd(), 2);
    made.cluster.killPart("cp-2", "etcd");
    assert.equal(made.ask("GET", "/api/v1/nodes").status, 500, "no quorum");
  });

  it("is told dead from the first word of a kubelet that was stuck meanwhile", async () => {
    const made = await withThree();
    made.cluster.kubelet("cp-1")?.hang();
    await made.seconds(60);
    made.cluster.killPart("cp-1", "etcd");
    await made.seconds(60);
    made.cluster.kubelet("cp-1")?.resume();
    await made.seconds(1);
    assert.equal(conditionStatus(made.read<Node>("/api/v1/nodes/cp-1"), "Ready"), "True");
    assert.equal(made.told("etcd"), "CrashLoopBackOff False");
  });

  it("is well after a boot, if a boot mends it", async () => {
    const made = await withThree();
    made.cluster.killPart("cp-1", "etcd");
    await made.seconds(60);
    made.cluster.kubelet("cp-1")?.restart();
    await made.seconds(60);
    assert.equal(made.told("etcd"), "Running True");
    assert.equal(made.told("kube-apiserver"), "Running True");
    assert.equal(made.etcd(), 3);
    assert.deepEqual(made.cluster.apiServers().toSorted(), ["cp-0", "cp-1", "cp-2"]);
  });

  it("is dead again after a boot otherwise, and well when its machine is made anew with its data", async () => {
    const made = await withThree();
    made.cluster.killPart("cp-1", "etcd", "always");
    made.cluster.kubelet("cp-1")?.restart();
    await made.seconds(60);
    assert.equal(made.told("etcd"), "CrashLoopBackOff False");
    assert.equal(made.told("kube-apiserver"), "CrashLoopBackOff False");
    assert.equal(made.etcd(), 2);
    made.cluster.kubelet("cp-1")?.stop();
    await made.seconds(60);
    const etcdData = made.cluster.etcd.members().find(({ name }) => name === "cp-1")?.id;
    assert.deepEqual(made.join("cp-1", 12, { controlPlane: true, etcdData }), { joined: true });
    await made.seconds(60);
    assert.equal(made.told("kube-apiserver"), "Running True");
    assert.equal(made.etcd(), 3);
  });

  it("has no pod at all when its manifest is gone, until somebody puts that back", async () => {
    const made = await withThree();
    const listed = () => made.ask("GET", "/api/v1/namespaces/kube-system/pods/etcd-cp-1").status;
    made.cluster.killPart("cp-1", "etcd", "manifest-gone");
    await made.seconds(60);
    assert.equal(listed(), 404);
    assert.equal(made.told("kube-apiserver"), "CrashLoopBackOff False");
    made.cluster.kubelet("cp-1")?.restart();
    await made.seconds(60);
    assert.equal(listed(), 404);
    made.cluster.mendParts("cp-1");
    await made.seconds(5);
    assert.equal(made.told("etcd"), "Running True");
    assert.equal(made.etcd(), 3);
  });

  it("is well when somebody mends it, and what dies while the kubelet hangs is told when that is heard again", async () => {
    const made = await withThree();
    made.cluster.killPart("cp-1", "kube-apiserver");
    await made.seconds(60);
    made.cluster.mendParts("cp-1");
    await made.seconds(5);
    assert.equal(made.told("kube-apiserver"), "Running True");
    made.cluster.kubelet("cp-1")?.hang();
    made.cluster.killPart("cp-1", "kube-apiserver");
    await made.seconds(5);
    assert.equal(made.told("kube-apiserver"), "Running True");
    made.cluster.kubelet("cp-1")?.resume();
    await made.seconds(30);
    assert.equal(made.told("kube-apiserver"), "CrashLoopBackOff False");
  });
});
