import assert from "node:assert/strict";
import { conditionStatus, type Node, type Pod } from "../../../simulator/kubernetes/objects/object.ts";
import { deployment, makeCluster, START_MS } from "./fixture.ts";

const node = (made: Awaited<ReturnType<typeof makeCluster>>, name: string) =>
  made.read<Node>(`/api/v1/nodes/${name}`);
const podsOn = (made: Awaited<ReturnType<typeof makeCluster>>, name: string) =>
  made.read<{ items: Pod[] }>(`/api/v1/pods?fieldSelector=spec.nodeName%3D${name}`).items;
const taints = (object: Node) => (object.spec.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);

const CLOUD_MANAGER = {
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name: "cloud-controller-manager", namespace: "kube-system" },
  spec: {
    selector: { matchLabels: { "k8s-app": "gcp-cloud-controller-manager" } },
    template: {
      metadata: { labels: { "k8s-app": "gcp-cloud-controller-manager" } },
      spec: {
        hostNetwork: true,
        nodeSelector: { "node-role.kubernetes.io/control-plane": "" },
        tolerations: [{ operator: "Exists" }],
        containers: [
          { name: "ccm", image: "registry.k8s.io/cloud-provider-gcp/cloud-controller-manager:v35.0.2" },
        ],
      },
    },
  },
};

describe("A machine that joins", () => {
  it("registers its node NotReady and becomes Ready when the network plugin runs on it", async () => {
    const made = await makeCluster();
    assert.deepEqual(made.join("worker-a", 3), { joined: true });
    await made.seconds(10);
    assert.equal(conditionStatus(node(made, "worker-a"), "Ready"), "False");
    assert.ok(taints(node(made, "worker-a")).includes("node.kubernetes.io/not-ready:NoSchedule"));
    await made.installNetwork();
    assert.equal(conditionStatus(node(made, "worker-a"), "Ready"), "True");
    assert.deepEqual(taints(node(made, "worker-a")), []);
    assert.match(node(made, "worker-a").spec.podCIDR ?? "", /^10\.64\.\d+\.0\/24$/);
  });

  it("is told why when its token is unknown, expired, or for another cluster's CA", async () => {
    const made = await makeCluster();
    const output = (more: object) => JSON.stringify(made.join("worker-a", 3, more));
    assert.match(
      output({ token: "zzzzzz.0123456789abcdef" }),
      /could not find a JWS signature .* for token ID \\"zzzzzz\\"/,
    );
    assert.match(output({ token: "nonsense" }), /was not of the form/);
    assert.match(output({ caHash: "sha256:00" }), /none of the public keys .* are pinned/);
    await made.clock.advance(25 * 3_600_000);
    assert.match(output({}), /could not find a JWS signature/);
    assert.equal(made.ask("GET", "/api/v1/nodes/worker-a").status, 404);
  });

  it("is refused when its kubelet is newer than the control plane or more than three minors older", async () => {
    const made = await makeCluster();
    assert.match(
      JSON.stringify(made.join("a", 3, { kubeletVersion: "v1.37.0" })),
      /kubelet version is higher than the control plane/,
    );
    assert.match(
      JSON.stringify(made.join("a", 3, { kubeletVersion: "v1.32.9" })),
      /lower than kubeadm can support/,
    );
    assert.deepEqual(made.join("a", 3, { kubeletVersion: "v1.33.9" }), { joined: true });
  });

  it("cannot take the name of a node that is Ready, and takes over one that is not", async () => {
    const made = await makeCluster();
    made.join("worker-a", 3);
    await made.seconds(1);
    assert.deepEqual(made.join("worker-a", 4), { joined: true });
    await made.installNetwork();
    await made.seconds(30);
    assert.match(JSON.stringify(made.join("worker-a", 5)), /already exists in the cluster/);
  });

  it("removes its expired bootstrap token", async () => {
    const made = await makeCluster();
    const path = "/api/v1/namespaces/kube-system/secrets/bootstrap-token-abcdef";
    assert.equal(made.ask("GET", path).status, 200);
    await made.clock.advanceTo(START_MS + 24 * 3_600_000);
    assert.equal(made.ask("GET", path).status, 404);
  });

  it("stays uninitialised until the cloud controller manager runs, then has addresses, zone and provider", async () => {
    const made = await makeCluster();
    made.join("worker-a", 3, { cloudProviderExternal: true, externalIp: "203.0.113.7" });
    await made.installNetwork();
    assert.deepEqual(taints(node(made, "worker-a")), [
      "node.cloudprovider.kubernetes.io/uninitialized:NoSchedule",
    ]);
    assert.equal(node(made, "worker-a").spec.providerID, undefined);
    made.ask("POST", "/apis/apps/v1/namespaces/kube-system/daemonsets", CLOUD_MANAGER);
    await made.seconds(20);
    const after = node(made, "worker-a");
    assert.deepEqual(taints(after), []);
    assert.equal(after.spec.providerID, "gce://demo/europe-west4-a/worker-a");
    assert.equal(after.metadata.labels?.["topology.kubernetes.io/zone"], "europe-west4-a");
    assert.equal(after.metadata.labels?.["node.kubernetes.io/instance-type"], "e2-standard-4");
    assert.deepEqual(
      after.status.addresses?.map(({ type }) => type),
      ["InternalIP", "ExternalIP", "Hostname"],
    );
  });

  it("needs no plugin with alias addresses, only the range that the cloud controller manager copies", async () => {
    const made = await makeCluster({ allocateNodeCidrs: false });
    made.join("worker-a", 3, { cloudProviderExternal: true, network: "alias-ip", aliasCidr: "10.64.9.0/24" });
    await made.seconds(20);
    assert.equal(conditionStatus(node(made, "worker-a"), "Ready"), "False");
    made.ask("POST", "/apis/apps/v1/namespaces/kube-system/daemonsets", CLOUD_MANAGER);
    await made.seconds(20);
    assert.equal(node(made, "worker-a").spec.podCIDR, "10.64.9.0/24");
    assert.equal(conditionStatus(node(made, "worker-a"), "Ready"), "True");
  });
});

describe("A node whose kubelet falls silent", () => {
  async function withWorkers() {
    const made = await makeCluster();
    made.join("worker-a", 3);
    made.join("worker-b", 4);
    await made.installNetwork();
    made.ask("POST", "/apis/apps/v1/namespaces/default/deployments", deployment("web", 4));
    await made.seconds(60);
    return made;
  }

  it("is Unknown after 50 s without a renewal, and not before", async () => {
    const made = await withWorkers();
    made.cluster.kubelet("worker-a")?.stop();
    await made.seconds(38);
    assert.equal(conditionStatus(node(made, "worker-a"), "Ready"), "True");
    await made.seconds(13);
    const after = node(made, "worker-a");
    assert.equal(conditionStatus(after, "Ready"), "Unknown");
    assert.ok(taints(after).includes("node.kubernetes.io/unreachable:NoExecute"));
  });

  it("loses its pods 300 s later: they are replaced elsewhere and stay Terminating here", async () => {
    const made = await withWorkers();
    const web = () => made.read<{ items: Pod[] }>("/api/v1/namespaces/default/pods").items;
    const there = web().filter(({ spec }) => spec.nodeName === "worker-a").length;
    assert.ok(there > 0);
    made.cluster.kubelet("worker-a")?.stop();
    await made.seconds(340);
    assert.equal(web().length, 4);
    await made.seconds(40);
    const lost = web().filter(({ spec }) => spec.nodeName === "worker-a");
    assert.equal(lost.length, there);
    assert.ok(lost.every(({ metadata }) => metadata.deletionTimestamp !== undefined));
    assert.equal(
      web().filter(({ spec, status }) => spec.nodeName === "worker-b" && status.phase === "Running").length,
      4,
    );
  });

  it("that was stuck when a pod was to become Ready has it Ready once it is heard again", async () => {
    const made = await withWorkers();
    const slow = deployment("slow", 1);
    const [container] = slow.spec.template.spec.containers;
    Object.assign(container ?? {}, { readinessProbe: { initialDelaySeconds: 30, tcpSocket: { port: 80 } } });
    made.ask("POST", "/apis/apps/v1/namespaces/default/deployments", slow);
    await made.seconds(20);
    const pod = () => {
      const { items } = made.read<{ items: Pod[] }>("/api/v1/namespaces/default/pods");
      return items.find(({ metadata }) => metadata.name.startsWith("slow-"))?.status;
    };
    assert.equal(pod()?.phase, "Running");
    for (const name of ["worker-a", "worker-b"]) made.cluster.kubelet(name)?.hang();
    await made.seconds(40);
    assert.equal(pod()?.containerStatuses?.[0]?.ready, false);
    for (const name of ["worker-a", "worker-b"]) made.cluster.kubelet(name)?.resume();
    await made.seconds(60);
    assert.equal(pod()?.containerStatuses?.[0]?.ready, true);
  });

  it("is Ready again when it is back within the time, with all of its pods", async () => {
    const made = await withWorkers();
    const before = podsOn(made, "worker-a")
      .map(({ metadata }) => metadata.uid)
      .sort();
    made.cluster.kubelet("worker-a")?.hang();
    await made.seconds(120);
    assert.equal(conditionStatus(node(made, "worker-a"), "Ready"), "Unknown");
    made.cluster.kubelet("worker-a")?.resume();
    await made.seconds(10);
    assert.equal(conditionStatus(node(made, "worker-a"), "Ready"), "True");
    assert.deepEqual(taints(node(made, "worker-a")), []);
    await made.seconds(400);
    assert.deepEqual(
      podsOn(made, "worker-a")
        .map(({ metadata }) => metadata.uid)
        .sort(),
      before,
    );
  });

  it("has another boot id after a reboot, and its containers have restarted", async () => {
    const made = await withWorkers();
    const bootId = () => node(made, "worker-a").status.nodeInfo?.["bootID"];
    const before = bootId();
    made.cluster.kubelet("worker-a")?.restart();
    await made.seconds(20);
    assert.notEqual(bootId(), before);
    assert.equal(conditionStatus(node(made, "worker-a"), "Ready"), "True");
    const agent = podsOn(made, "worker-a").find(({ metadata }) => metadata.labels?.["k8s-app"] === "cilium");
    assert.equal(agent?.status.containerStatuses?.[0]?.restartCount, 1);
  });

  it("is deleted by the cloud controller manager when its machine is gone", async () => {
    const gone = new Set<string>();
    const made = await makeCluster({ machineState: (id) => (gone.has(id) ? "gone" : "running") });
    made.join("worker-a", 3, { cloudProviderExternal: true });
    made.ask("POST", "/apis/apps/v1/namespaces/kube-system/daemonsets", CLOUD_MANAGER);
    await made.installNetwork();
    made.cluster.kubelet("worker-a")?.stop();
    gone.add("gce://demo/europe-west4-a/worker-a");
    await made.seconds(70);
    assert.equal(made.ask("GET", "/api/v1/nodes/worker-a").status, 404);
    await made.seconds(60);
    assert.deepEqual(podsOn(made, "worker-a"), []);
  });

  it("starts the pods of a node deleted a moment ago when a new machine bears its name (zone gone dark, seed 28)", async () => {
    const made = await makeCluster();
    made.join("worker-a", 3);
    await made.installNetwork();
    await made.seconds(30);
    made.cluster.kubelet("worker-a")?.stop();
    await made.seconds(60);
    made.ask("DELETE", "/api/v1/nodes/worker-a");
    await made.seconds(1);
    assert.deepEqual(made.join("worker-a", 3), { joined: true });
    await made.seconds(120);
    assert.equal(conditionStatus(node(made, "worker-a"), "Ready"), "True");
  });

  it("shows the conditions that its kubelet reports", async () => {
    const made = await withWorkers();
    made.cluster.kubelet("worker-a")?.setCondition({
      type: "DiskPressure",
      status: "True",
      reason: "KubeletHasDiskPressure",
      message: "kubelet has disk pressure",
    });
    await made.seconds(5);
    assert.equal(conditionStatus(node(made, "worker-a"), "DiskPressure"), "True");
    assert.ok(taints(node(made, "worker-a")).includes("node.kubernetes.io/disk-pressure:NoSchedule"));
  });
});
