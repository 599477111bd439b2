/** metrics-server: what `kubectl top` and the horizontal pod autoscaler read. */
import type { KubernetesObject } from "../object.ts";
import { LINUX_NODES, ON_CONTROL_PLANE } from "./placement.ts";
import {
  accountSubject,
  clusterRole,
  clusterRoleBinding,
  roleBinding,
  rule,
  SYSTEM_NAMESPACE,
  serviceAccount,
} from "./rbac.ts";
import type { AddonSettings } from "./settings.ts";
import type { ApiService, Deployment, Service } from "./types.ts";
import { metricsServerImage } from "./versions.ts";

const NAME = "metrics-server";
const LABELS = { "k8s-app": NAME };
const READ = ["get", "list", "watch"];

export function metricsServer(settings: AddonSettings): readonly KubernetesObject[] {
  return [
    serviceAccount(NAME),
    clusterRole("system:aggregated-metrics-reader", [rule("metrics.k8s.io", ["pods", "nodes"], READ)], {
      "rbac.authorization.k8s.io/aggregate-to-view": "true",
      "rbac.authorization.k8s.io/aggregate-to-edit": "true",
      "rbac.authorization.k8s.io/aggregate-to-admin": "true",
    }),
    clusterRole("system:metrics-server", [
      rule("", ["nodes/metrics"], ["get"]),
      rule("", ["pods", "nodes"], READ),
    ]),
    clusterRoleBinding("system:metrics-server", "system:metrics-server", accountSubject(NAME)),
    clusterRoleBinding("metrics-server:system:auth-delegator", "system:auth-delegator", accountSubject(NAME)),
    roleBinding(
      "metrics-server-auth-reader",
      "extension-apiserver-authentication-reader",
      accountSubject(NAME),
    ),
    service(),
    apiService(),
    deployment(settings),
  ];
}

function deployment(settings: AddonSettings): Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: NAME, namespace: SYSTEM_NAMESPACE, labels: LABELS },
    spec: {
      replicas: 1,
      selector: { matchLabels: LABELS },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0 } },
      template: {
        metadata: { labels: LABELS },
        spec: {
          serviceAccountName: NAME,
          priorityClassName: "system-cluster-critical",
          nodeSelector: LINUX_NODES,
          tolerations: ON_CONTROL_PLANE,
          containers: [
            {
              name: NAME,
              image: metricsServerImage(settings.kubernetesVersion),
              args: [
                "--cert-dir=/tmp",
                "--secure-port=10250",
                "--kubelet-preferred-address-types=InternalIP,Hostname",
                // kubeadm's kubelets serve with certificates that they signed themselves.
                "--kubelet-insecure-tls",
                "--kubelet-use-node-status-port",
                "--metric-resolution=15s",
              ],
              ports: [{ name: "https", containerPort: 10250, protocol: "TCP" }],
              resources: { requests: { cpu: "100m", memory: "200Mi" } },
              readinessProbe: {
                httpGet: { path: "/readyz", port: "https", scheme: "HTTPS" },
                initialDelaySeconds: 20,
                periodSeconds: 10,
                failureThreshold: 3,
              },
              livenessProbe: {
                httpGet: { path: "/livez", port: "https", scheme: "HTTPS" },
                periodSeconds: 10,
                failureThreshold: 3,
              },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                runAsNonRoot: true,
                runAsUser: 1000,
                capabilities: { drop: ["ALL"] },
                seccompProfile: { type: "RuntimeDefault" },
              },
              volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
            },
          ],
          volumes: [{ name: "tmp", emptyDir: {} }],
        },
      },
    },
  };
}
function service(): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: NAME, namespace: SYSTEM_NAMESPACE, labels: LABELS },
    spec: {
      selector: LABELS,
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: "https" }],
    },
  };
}
/** Its serving certificate is its own, made at start: nothing that the aggregator could verify. */
function apiService(): ApiService {
  return {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: "v1beta1.metrics.k8s.io", labels: LABELS },
    spec: {
      group: "metrics.k8s.io",
      version: "v1beta1",
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { name: NAME, namespace: SYSTEM_NAMESPACE },
    },
  };
}
