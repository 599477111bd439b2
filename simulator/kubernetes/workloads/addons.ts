/** kube-proxy and CoreDNS, as kubeadm's addon phases install them. */
import { coreDnsOf } from "../../../shared/spec/kubernetes-versions.ts";
import type { ClusterState } from "../api/state.ts";
import type { InitSettings } from "./kubeadm-objects.ts";
import { ensure, template } from "./manifests.ts";
import { addressIn } from "./network.ts";

// kubeadm gives the cluster's DNS the tenth address of the service range.
const DNS_ADDRESS_INDEX = 10;

// Of a minor that the catalogue does not hold; it only has to be some version.
const COREDNS_DEFAULT = "1.14.2";
/** `v1.14.2`, as kubeadm of a version such as `v1.36.4` installs it. */
export function coreDnsVersion(kubernetes: string): string {
  return `v${coreDnsOf(kubernetes.replace(/^v/, "")) ?? COREDNS_DEFAULT}`;
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
        clusterIP: addressIn(state.serviceCidr, DNS_ADDRESS_INDEX),
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
              image: `registry.k8s.io/coredns/coredns:${coreDnsVersion(state.version)}`,
              resources: { requests: { cpu: "100m", memory: "70Mi" }, limits: { memory: "170Mi" } },
            },
          ],
        }),
      },
    },
  );
}
