/** The objects that `kubeadm init` leaves behind: namespaces, configuration, bootstrap access, kube-proxy and CoreDNS. */

import { BOOTSTRAP_TOKEN_TYPE } from "../access/tokens.ts";
import type { ClusterState } from "../api/state.ts";
import { microTimestamp } from "../objects/object.ts";
import { ensure, template } from "./manifests.ts";

export interface BootstrapToken {
  /** `abcdef.0123456789abcdef` */
  readonly token: string;
  /** Unset: it never expires. */
  readonly expiresMs?: number;
}
export interface InitSettings {
  readonly clusterName?: string;
  /** `host:port` that clients use. */
  readonly controlPlaneEndpoint: string;
  readonly bootstrapTokens?: readonly BootstrapToken[];
  readonly skipKubeProxy?: boolean;
  readonly skipDns?: boolean;
  readonly dnsDomain?: string;
}

const RBAC = "rbac.authorization.k8s.io/v1";
export const NODE_TOKEN_GROUP = "system:bootstrappers:kubeadm:default-node-token";
const group = (name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name });
const user = (name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind: "User", name });

export function bootstrapTokenSecret(state: ClusterState, { token, expiresMs }: BootstrapToken): void {
  const [id = "", secret = ""] = token.split(".");
  const stringData = {
    "token-id": id,
    "token-secret": secret,
    "usage-bootstrap-authentication": "true",
    "usage-bootstrap-signing": "true",
    "auth-extra-groups": NODE_TOKEN_GROUP,
    ...(expiresMs === undefined ? {} : { expiration: new Date(expiresMs).toISOString() }),
  };
  ensure(
    state,
    "v1",
    "Secret",
    { name: `bootstrap-token-${id}`, namespace: "kube-system" },
    { type: BOOTSTRAP_TOKEN_TYPE, stringData },
  );
}

function clusterRole(state: ClusterState, name: string, rules: readonly object[]): void {
  ensure(state, RBAC, "ClusterRole", { name }, { rules });
}
function clusterBinding(state: ClusterState, name: string, role: string, subjects: readonly object[]): void {
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role };
  ensure(state, RBAC, "ClusterRoleBinding", { name }, { roleRef, subjects });
}
function localRole(
  state: ClusterState,
  namespace: string,
  name: string,
  rules: readonly object[],
  subjects: readonly object[],
): void {
  ensure(state, RBAC, "Role", { name, namespace }, { rules });
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name };
  ensure(state, RBAC, "RoleBinding", { name, namespace }, { roleRef, subjects });
}
const reads = (groups: string[], resources: string[], resourceNames?: string[]) => ({
  verbs: ["get"],
  apiGroups: groups,
  resources,
  ...(resourceNames === undefined ? {} : { resourceNames }),
});

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
        clusterIP: firstAddress(state.serviceCidr),
        ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: 6443 }],
      },
      status: { loadBalancer: {} },
    },
  );
}
function firstAddress(cidr: string): string {
  return (cidr.split("/")[0] ?? "").replace(/\.0$/, ".1");
}

/** Configuration and bootstrap access: the phases upload-config and bootstrap-token. */
export function installBootstrapObjects(state: ClusterState, settings: InitSettings): void {
  const { controlPlaneEndpoint, clusterName = "kubernetes", dnsDomain = "cluster.local" } = settings;
  const kubeconfig = [
    "apiVersion: v1",
    "clusters:",
    "- cluster:",
    `    certificate-authority-data: ${Buffer.from(state.ca.certificatePem).toString("base64")}`,
    `    server: https://${controlPlaneEndpoint}`,
    '  name: ""',
    "contexts: null",
    'current-context: ""',
    "kind: Config",
    "preferences: {}",
    "users: null",
    "",
  ].join("\n");
  ensure(
    state,
    "v1",
    "ConfigMap",
    { name: "cluster-info", namespace: "kube-public" },
    { data: { kubeconfig } },
  );
  const clusterConfiguration = [
    "apiVersion: kubeadm.k8s.io/v1beta4",
    `clusterName: ${clusterName}`,
    `controlPlaneEndpoint: ${controlPlaneEndpoint}`,
    "kind: ClusterConfiguration",
    `kubernetesVersion: ${state.version}`,
    "networking:",
    `  dnsDomain: ${dnsDomain}`,
    `  podSubnet: ${state.podCidr}`,
    `  serviceSubnet: ${state.serviceCidr}`,
    "",
  ].join("\n");
  ensure(
    state,
    "v1",
    "ConfigMap",
    { name: "kubeadm-config", namespace: "kube-system" },
    { data: { ClusterConfiguration: clusterConfiguration } },
  );
  const kubelet =
    "apiVersion: kubelet.config.k8s.io/v1beta1\ncgroupDriver: systemd\nkind: KubeletConfiguration\nrotateCertificates: true\n";
  ensure(
    state,
    "v1",
    "ConfigMap",
    { name: "kubelet-config", namespace: "kube-system" },
    { data: { kubelet } },
  );

  const joining = [group("system:nodes"), group(NODE_TOKEN_GROUP)];
  clusterBinding(state, "kubeadm:cluster-admins", "cluster-admin", [group("kubeadm:cluster-admins")]);
  clusterBinding(state, "kubeadm:kubelet-bootstrap", "system:node-bootstrapper", [group(NODE_TOKEN_GROUP)]);
  clusterBinding(
    state,
    "kubeadm:node-autoapprove-bootstrap",
    "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
    [group(NODE_TOKEN_GROUP)],
  );
  clusterBinding(
    state,
    "kubeadm:node-autoapprove-certificate-rotation",
    "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
    [group("system:nodes")],
  );
  clusterRole(state, "kubeadm:get-nodes", [reads([""], ["nodes"])]);
  clusterBinding(state, "kubeadm:get-nodes", "kubeadm:get-nodes", [group(NODE_TOKEN_GROUP)]);
  localRole(
    state,
    "kube-system",
    "kubeadm:nodes-kubeadm-config",
    [reads([""], ["configmaps"], ["kubeadm-config"])],
    joining,
  );
  localRole(
    state,
    "kube-system",
    "kubeadm:kubelet-config",
    [reads([""], ["configmaps"], ["kubelet-config"])],
    joining,
  );
  localRole(
    state,
    "kube-system",
    "kube-proxy",
    [reads([""], ["configmaps"], ["kube-proxy"])],
    [group(NODE_TOKEN_GROUP)],
  );
  localRole(
    state,
    "kube-public",
    "kubeadm:bootstrap-signer-clusterinfo",
    [reads([""], ["configmaps"], ["cluster-info"])],
    [user("system:anonymous")],
  );
  for (const token of settings.bootstrapTokens ?? []) bootstrapTokenSecret(state, token);
  for (const name of ["kube-controller-manager", "kube-scheduler"])
    ensure(
      state,
      "coordination.k8s.io/v1",
      "Lease",
      { name, namespace: "kube-system" },
      {
        spec: {
          holderIdentity: name,
          leaseDurationSeconds: 15,
          renewTime: microTimestamp(state.clock.nowMs()),
        },
      },
    );
}

/** The addon phases. */
export function installKubeProxyAndDns(state: ClusterState, settings: InitSettings): void {
  const namespace = "kube-system";
  if (settings.skipKubeProxy !== true) {
    const labels = { "k8s-app": "kube-proxy" };
    ensure(state, "v1", "ServiceAccount", { name: "kube-proxy", namespace }, {});
    ensure(
      state,
      "v1",
      "ConfigMap",
      { name: "kube-proxy", namespace },
      {
        data: {
          "config.conf": `apiVersion: kubeproxy.config.k8s.io/v1alpha1\nclusterCIDR: ${state.podCidr}\nkind: KubeProxyConfiguration\n`,
        },
      },
    );
    ensure(
      state,
      "apps/v1",
      "DaemonSet",
      { name: "kube-proxy", namespace, labels },
      {
        spec: {
          selector: { matchLabels: labels },
          template: template(labels, {
            hostNetwork: true,
            priorityClassName: "system-node-critical",
            serviceAccountName: "kube-proxy",
            nodeSelector: { "kubernetes.io/os": "linux" },
            tolerations: [{ operator: "Exists" }],
            containers: [{ name: "kube-proxy", image: `registry.k8s.io/kube-proxy:${state.version}` }],
          }),
        },
      },
    );
  }
  if (settings.skipDns === true) return;
  const labels = { "k8s-app": "kube-dns" };
  ensure(state, "v1", "ServiceAccount", { name: "coredns", namespace }, {});
  ensure(
    state,
    "v1",
    "ConfigMap",
    { name: "coredns", namespace },
    {
      data: {
        Corefile: `.:53 {\n    errors\n    health\n    ready\n    kubernetes ${settings.dnsDomain ?? "cluster.local"} in-addr.arpa ip6.arpa\n    forward . /etc/resolv.conf\n    cache 30\n}\n`,
      },
    },
  );
  ensure(
    state,
    "v1",
    "Service",
    { name: "kube-dns", namespace, labels },
    {
      spec: {
        type: "ClusterIP",
        clusterIP: firstAddress(state.serviceCidr).replace(/\.1$/, ".10"),
        selector: labels,
        ports: [
          { name: "dns", port: 53, protocol: "UDP", targetPort: 53 },
          { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: 53 },
        ],
      },
      status: { loadBalancer: {} },
    },
  );
  ensure(
    state,
    "apps/v1",
    "Deployment",
    { name: "coredns", namespace, labels },
    {
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: template(labels, {
          priorityClassName: "system-cluster-critical",
          serviceAccountName: "coredns",
          nodeSelector: { "kubernetes.io/os": "linux" },
          tolerations: [
            { key: "CriticalAddonsOnly", operator: "Exists" },
            { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" },
          ],
          containers: [
            {
              name: "coredns",
              image: "registry.k8s.io/coredns/coredns:v1.14.2",
              resources: { requests: { cpu: "100m", memory: "70Mi" }, limits: { memory: "170Mi" } },
            },
          ],
        }),
      },
    },
  );
}
