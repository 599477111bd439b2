/** What the API server itself makes when it starts for the first time. */
import type { ClusterState } from "../api/state.ts";
import { ensure } from "./manifests.ts";
import { addressIn } from "./network.ts";
import { clusterBinding, clusterRole, group } from "./rbac-objects.ts";

/** What the API server itself makes when it starts for the first time. */
export function installServerObjects(state: ClusterState): void {
  for (const name of ["default", "kube-node-lease", "kube-public", "kube-system"]) {
    ensure(state, "v1", "Namespace", { name }, {});
    ensure(state, "v1", "ServiceAccount", { name: "default", namespace: name }, {});
    ensure(
      state,
      "v1",
      "ConfigMap",
      { name: "kube-root-ca.crt", namespace: name },
      { data: { "ca.crt": state.ca.certificatePem } },
    );
  }
  const everything = { verbs: ["*"], apiGroups: ["*"], resources: ["*"] };
  clusterRole(state, "cluster-admin", [everything]);
  clusterBinding(state, "cluster-admin", "cluster-admin", [group("system:masters")]);
  clusterRole(state, "view", [
    {
      verbs: ["get", "list", "watch"],
      apiGroups: ["", "apps", "batch", "policy", "networking.k8s.io", "autoscaling", "discovery.k8s.io"],
      resources: [
        "configmaps",
        "endpoints",
        "events",
        "namespaces",
        "persistentvolumeclaims",
        "pods",
        "pods/log",
        "pods/status",
        "services",
        "serviceaccounts",
        "daemonsets",
        "deployments",
        "replicasets",
        "statefulsets",
        "jobs",
        "cronjobs",
        "poddisruptionbudgets",
        "ingresses",
        "networkpolicies",
        "horizontalpodautoscalers",
        "endpointslices",
      ],
    },
  ]);
  clusterRole(state, "system:node-bootstrapper", [
    {
      verbs: ["create", "get", "list", "watch"],
      apiGroups: ["certificates.k8s.io"],
      resources: ["certificatesigningrequests"],
    },
  ]);
  for (const [name, value] of [
    ["system-cluster-critical", 2_000_000_000],
    ["system-node-critical", 2_000_001_000],
  ] as const)
    ensure(
      state,
      "scheduling.k8s.io/v1",
      "PriorityClass",
      { name },
      { value, preemptionPolicy: "PreemptLowerPriority" },
    );
  ensure(
    state,
    "v1",
    "Service",
    { name: "kubernetes", namespace: "default", labels: { component: "apiserver", provider: "kubernetes" } },
    {
      spec: {
        type: "ClusterIP",
        clusterIP: addressIn(state.serviceCidr, 1),
        ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: 6443 }],
      },
      status: { loadBalancer: {} },
    },
  );
}
