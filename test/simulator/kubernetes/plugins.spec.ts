import assert from "node:assert/strict";
import {
  conditionStatus,
  type KubeObject,
  type Workload,
} from "../../../simulator/kubernetes/objects/object.ts";
import { makeCluster } from "./fixture.ts";

const JOBS = "/apis/batch/v1/namespaces/kube-system/jobs";
function job(name: string, image: string, command: string[], args: string[], spec: object = {}) {
  return {
    metadata: { name },
    spec: {
      backoffLimit: 0,
      ...spec,
      template: {
        spec: {
          restartPolicy: "Never",
          hostNetwork: true,
          tolerations: [{ operator: "Exists" }],
          containers: [{ name, image, command, args }],
        },
      },
    },
  };
}
const cilium = (name: string, verb: string, version: string) =>
  job(name, "quay.io/cilium/cilium-cli:v0.19.7", ["cilium"], [verb, "--version", version]);
const ready = (made: Awaited<ReturnType<typeof makeCluster>>) =>
  made.read<{ items: KubeObject[] }>("/api/v1/nodes").items.map((node) => conditionStatus(node, "Ready"));

describe("An installer Job of a network plugin", () => {
  it("installs Cilium once, refuses to again, and upgrades it", async () => {
    const made = await makeCluster();
    made.ask("POST", JOBS, cilium("one", "install", "1.20.1"));
    await made.seconds(60);
    assert.deepEqual(ready(made), ["True"]);
    made.ask("POST", JOBS, cilium("two", "install", "1.20.2"));
    made.ask("POST", JOBS, cilium("three", "upgrade", "1.20.2"));
    await made.seconds(60);
    assert.equal(made.read(`${JOBS}/two`).status?.["failed"], 1);
    assert.equal(made.read(`${JOBS}/three`).status?.["succeeded"], 1);
    const agent = made.read<Workload>("/apis/apps/v1/namespaces/kube-system/daemonsets/cilium");
    assert.equal(agent.spec.template.spec.containers[0]?.image, "quay.io/cilium/cilium:v1.20.2");
    assert.equal(agent.status["updatedNumberScheduled"], 1);
  });

  it("cannot upgrade what was never installed", async () => {
    const made = await makeCluster();
    made.ask("POST", JOBS, cilium("one", "upgrade", "1.20.1"));
    await made.seconds(60);
    assert.equal(made.read(`${JOBS}/one`).status?.["failed"], 1);
    assert.deepEqual(ready(made), ["False"]);
  });

  it("installs Calico's operator with Helm, which then makes the nodes Ready", async () => {
    const made = await makeCluster();
    const args = [
      "upgrade",
      "calico",
      "tigera-operator",
      "--install",
      "--namespace",
      "tigera-operator",
      "--create-namespace",
      "--version",
      "v3.31.6",
    ];
    made.ask("POST", JOBS, job("calico-install", "docker.io/alpine/helm:3.19.0", ["helm"], args));
    await made.seconds(90);
    assert.equal(made.read(`${JOBS}/calico-install`).status?.["succeeded"], 1);
    assert.equal(
      made.ask("GET", "/apis/apps/v1/namespaces/tigera-operator/deployments/tigera-operator").status,
      200,
    );
    assert.deepEqual(ready(made), ["True"]);
  });

  it("fails when its deadline is over before it could run", async () => {
    const made = await makeCluster();
    const stuck = job("stuck", "busybox:1", [], [], { activeDeadlineSeconds: 30 });
    Object.assign(stuck.spec.template.spec, { nodeSelector: { none: "such" } });
    made.ask("POST", JOBS, stuck);
    await made.seconds(20);
    assert.doesNotMatch(JSON.stringify(made.read(`${JOBS}/stuck`).status), /Failed/);
    await made.seconds(15);
    assert.match(JSON.stringify(made.read(`${JOBS}/stuck`).status), /"type":"Failed".*DeadlineExceeded/);
  });
});
