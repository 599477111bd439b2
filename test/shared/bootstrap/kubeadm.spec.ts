import assert from "node:assert/strict";
import {
  clusterConfiguration,
  joinConfiguration,
  kubeadmDocuments,
} from "../../../shared/bootstrap/kubeadm.ts";
import {
  JoinConfiguration,
  KUBEADM_KINDS,
  type KubeadmKind,
} from "../../../simulator/boot/kubeadm-schema.ts";
import { MACHINES, machineInput } from "../../support/machine-inputs.ts";

const kindsOf = (role: (typeof MACHINES)[number]["role"]): readonly string[] =>
  Object.values(kubeadmDocuments(machineInput("debian-13", role))).map(({ kind }) => kind);

describe("kubeadm's documents", () => {
  it("pass the strict v1beta4 schema on every operating system and role, with labels and taints", () => {
    for (const { os, role } of MACHINES)
      for (const plugin of ["cilium", "calico", "alias-ip"] as const) {
        const input = machineInput(os, role, {
          plugin,
          nodeLabels: { "example.com/gpu": "a100", tier: "" },
          taints: [{ key: "dedicated", effect: "NoExecute" }],
        });
        for (const document of Object.values(kubeadmDocuments(input)))
          KUBEADM_KINDS[document.kind as KubeadmKind].parse(document);
      }
  });

  it("are a join for workers and later members, and everything for the first, who may find the cluster alive", () => {
    assert.deepEqual(kindsOf("worker"), ["JoinConfiguration"]);
    assert.deepEqual(kindsOf("control-plane-join"), ["JoinConfiguration"]);
    assert.deepEqual([...kindsOf("control-plane-init")].sort(), [
      "ClusterConfiguration",
      "InitConfiguration",
      "JoinConfiguration",
      "KubeProxyConfiguration",
      "KubeletConfiguration",
    ]);
  });

  it("leave the pods' ranges to the cloud controller manager with alias IP, and to Kubernetes otherwise", () => {
    const allocates = (plugin: "cilium" | "calico" | "alias-ip"): unknown =>
      clusterConfiguration(machineInput("debian-13", "control-plane-init", { plugin }))["controllerManager"];
    assert.match(JSON.stringify(allocates("alias-ip")), /"allocate-node-cidrs","value":"false"/);
    assert.match(JSON.stringify(allocates("cilium")), /"allocate-node-cidrs","value":"true"/);
    assert.match(JSON.stringify(allocates("calico")), /"allocate-node-cidrs","value":"true"/);
  });

  it("name the API server by every address that people and nodes use", () => {
    const { apiServer } = clusterConfiguration(machineInput("debian-13", "control-plane-init"));
    assert.deepEqual(apiServer, { certSANs: ["10.10.0.2", "203.0.113.7", "127.0.0.1"] });
    const { externalAddress: _, ...api } = machineInput("debian-13", "worker").api;
    assert.deepEqual(
      clusterConfiguration(machineInput("debian-13", "control-plane-init", { api }))["apiServer"],
      {
        certSANs: ["10.10.0.2", "127.0.0.1"],
      },
    );
  });

  it("keep workloads off control-plane machines, and nothing off workers without taints", () => {
    const taints = (role: "worker" | "control-plane-join"): unknown =>
      JoinConfiguration.parse(joinConfiguration(machineInput("debian-13", role))).nodeRegistration?.taints;
    assert.deepEqual(taints("worker"), []);
    assert.deepEqual(taints("control-plane-join"), [
      { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" },
    ]);
  });
});
