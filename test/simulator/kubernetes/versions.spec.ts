/** Versions side by side: what a machine joins as, why kubeadm refuses, and what the API says meanwhile. */
import assert from "node:assert/strict";
import { machine, makeCluster } from "./fixture.ts";

const CONFIG = "/api/v1/namespaces/kube-system/configmaps/kubeadm-config";
type Made = Awaited<ReturnType<typeof makeCluster>>;

/** As an administrator edits it, in JSON as well as in YAML. */
function configure({ ask, read }: Made, version: string): void {
  const { data } = read<{ data: { ClusterConfiguration: string } }>(CONFIG) as never as {
    data: { ClusterConfiguration: string };
  };
  const text = data.ClusterConfiguration.replace(/kubernetesVersion: \S+/, `kubernetesVersion: ${version}`);
  const headers = { "content-type": "application/merge-patch+json" };
  assert.equal(ask("PATCH", CONFIG, { data: { ClusterConfiguration: text } }, headers).status, 200);
}
const imageOn = ({ read }: Made, node: string): string => {
  const pod = read(`/api/v1/namespaces/kube-system/pods/kube-apiserver-${node}`);
  return (pod.spec as never as { containers: { image: string }[] }).containers[0]?.image ?? "";
};
const gitVersion = ({ read }: Made): unknown =>
  (read("/version") as never as { gitVersion: string }).gitVersion;
const output = (result: ReturnType<Made["join"]>): string => (result.joined ? "joined" : result.output);

describe("Kubernetes versions in a simulated cluster", () => {
  it("a member joins as what kubeadm's configuration names, and the API speaks for the oldest server", async () => {
    const made = await makeCluster();
    configure(made, "v1.37.1");
    const joined = made.join("cp-1", 3, { controlPlane: true, kubeletVersion: "v1.37.1" });
    assert.equal(output(joined), "joined");
    await made.seconds(60);
    assert.equal(imageOn(made, "cp-1"), "registry.k8s.io/kube-apiserver:v1.37.1");
    assert.equal(imageOn(made, "cp-0"), "registry.k8s.io/kube-apiserver:v1.36.4");
    assert.equal(gitVersion(made), "v1.36.4");
    made.cluster.kubelet("cp-0")?.stop();
    assert.equal(gitVersion(made), "v1.37.1");
  });

  it("kubeadm refuses a kubelet that is newer than the control plane, in its own words", async () => {
    const made = await makeCluster();
    assert.match(
      output(made.join("node-1", 9, { kubeletVersion: "v1.37.1" })),
      /\[ERROR KubeletVersion\]: the kubelet version is higher than the control plane version\./,
    );
    configure(made, "v1.37.1");
    assert.equal(output(made.join("node-1", 9, { kubeletVersion: "v1.37.1" })), "joined");
  });

  it("kubeadm deploys nothing more than one minor older than itself", async () => {
    const made = await makeCluster({ version: "v1.35.8" });
    assert.match(
      output(made.join("cp-1", 3, { controlPlane: true, kubeletVersion: "v1.37.1" })),
      /only supports deploying clusters with the control plane version >= 1\.36\.0\. Current version: v1\.35\.8/,
    );
  });

  it("an only member's init takes the cluster up at its own version, kubeadm's configuration, kube-proxy and CoreDNS with it", async () => {
    const made = await makeCluster();
    made.cluster.kubelet("cp-0")?.stop();
    assert.deepEqual(made.cluster.apiServers(), []);
    made.cluster.kubeadmInitAgain({ ...machine("cp-0", 2), kubeletVersion: "v1.37.1" });
    await made.seconds(60);
    assert.equal(gitVersion(made), "v1.37.1");
    assert.match(JSON.stringify(made.read(CONFIG)), /kubernetesVersion: v1\.37\.1/);
    const proxy = JSON.stringify(made.read("/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy"));
    assert.match(proxy, /kube-proxy:v1\.37\.1/);
    const dns = JSON.stringify(made.read("/apis/apps/v1/namespaces/kube-system/deployments/coredns"));
    assert.match(dns, /coredns:v1\.14\.6/);
    const node = made.read("/api/v1/nodes/cp-0") as never as {
      status: { nodeInfo: { kubeletVersion: string } };
    };
    assert.equal(node.status.nodeInfo.kubeletVersion, "v1.37.1");
  });
});
