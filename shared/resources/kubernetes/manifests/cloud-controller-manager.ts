/** The cloud controller manager: initializes nodes (provider id, zone, addresses) and makes Services' load balancers. */
import { contentHash, type KubernetesObject } from "../object.ts";
import { apiEnvironment, BEFORE_READY, CONTROL_PLANE_NODES } from "./placement.ts";
import {
  accountSubject,
  clusterRole,
  clusterRoleBinding,
  role,
  roleBinding,
  rule,
  SYSTEM_NAMESPACE,
  serviceAccount,
} from "./rbac.ts";
import type { AddonSettings } from "./settings.ts";
import type { ConfigMap, DaemonSet, PolicyRule } from "./types.ts";
import { CLOUD_CONTROLLER_MANAGER_IMAGE } from "./versions.ts";

const NAME = "cloud-controller-manager";
const CONFIG_MAP = "cloud-config";
const CONFIG_DIRECTORY = "/etc/clusterwright/cloud";
const CONFIG_KEY = "cloud.conf";
/** Its default. Source: https://kubernetes.io/docs/reference/networking/ports-and-protocols/ lists it for kubeadm hosts. */
const HEALTH_PORT = 10258;

export function cloudControllerManager(settings: AddonSettings): readonly KubernetesObject[] {
  return [
    serviceAccount(NAME),
    clusterRole("clusterwright:cloud-controller-manager", CLUSTER_RULES),
    clusterRoleBinding(
      "clusterwright:cloud-controller-manager",
      "clusterwright:cloud-controller-manager",
      accountSubject(NAME),
    ),
    role("clusterwright:cloud-provider", [
      rule("", ["configmaps"], ["create", "get", "list", "watch", "patch", "update"]),
    ]),
    roleBinding("clusterwright:cloud-provider", "clusterwright:cloud-provider", accountSubject(NAME)),
    roleBinding(
      "clusterwright:cloud-controller-manager:authentication-reader",
      "extension-apiserver-authentication-reader",
      accountSubject(NAME),
    ),
    cloudConfig(settings),
    daemonSet(settings),
  ];
}

/** What its node, node-lifecycle, service, route and node-ipam controllers do. Source: deploy/packages/default in cloud-provider-gcp. */
const CLUSTER_RULES: readonly PolicyRule[] = [
  rule("", ["events"], ["create", "patch", "update"]),
  rule("events.k8s.io", ["events"], ["create", "patch", "update"]),
  rule("coordination.k8s.io", ["leases"], ["create", "get", "list", "watch", "update"]),
  rule("", ["nodes"], ["get", "list", "watch", "update", "patch", "delete"]),
  rule("", ["nodes/status"], ["patch", "update"]),
  rule("", ["services"], ["get", "list", "watch", "update", "patch"]),
  rule("", ["services/status"], ["patch", "update"]),
  rule("", ["endpoints", "configmaps", "namespaces", "pods"], ["get", "list", "watch"]),
  rule("", ["serviceaccounts"], ["create", "get", "list", "watch"]),
  rule("", ["serviceaccounts/token"], ["create"]),
  rule("discovery.k8s.io", ["endpointslices"], ["get", "list", "watch"]),
  rule("authentication.k8s.io", ["tokenreviews"], ["create"]),
  rule("authorization.k8s.io", ["subjectaccessreviews"], ["create"]),
];

function cloudConfig(settings: AddonSettings): ConfigMap {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: CONFIG_MAP, namespace: SYSTEM_NAMESPACE },
    data: { [CONFIG_KEY]: cloudConfigText(settings) },
  };
}
/** gcfg's INI dialect. Source: providers/gce/gce.go, ConfigGlobal. */
export function cloudConfigText(settings: AddonSettings): string {
  const values = {
    "project-id": settings.project,
    "network-project-id": settings.networkProject,
    "network-name": settings.network,
    "subnetwork-name": settings.subnetwork,
    "node-tags": settings.nodeTag,
    "node-instance-prefix": settings.instancePrefix,
    multizone: String(settings.multizone),
    // Regional is for clusters over several regions' worth of zones under one regional master, which ours never are.
    regional: "false",
  };
  const lines = Object.entries(values).map(([key, value]) => `${key} = ${iniValue(value)}`);
  return ["[global]", ...lines, ""].join("\n");
}

/** Names stand as they are; anything else is quoted, so that it can be nothing but a value. */
function iniValue(value: string): string {
  return /^[\w.:/-]*$/.test(value) ? value : JSON.stringify(value);
}

function daemonSet(settings: AddonSettings): DaemonSet {
  const labels = { component: NAME };
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: NAME, namespace: SYSTEM_NAMESPACE, labels },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: {
          labels: { ...labels, tier: "control-plane" },
          // It reads its configuration once: a change must restart it.
          annotations: { "clusterwright.dev/config-hash": contentHash(cloudConfigText(settings)) },
        },
        spec: {
          serviceAccountName: NAME,
          hostNetwork: true,
          priorityClassName: "system-cluster-critical",
          nodeSelector: CONTROL_PLANE_NODES,
          tolerations: BEFORE_READY,
          containers: [
            {
              name: NAME,
              image: CLOUD_CONTROLLER_MANAGER_IMAGE,
              args: flags(settings),
              env: apiEnvironment(settings),
              livenessProbe: {
                httpGet: { host: "127.0.0.1", path: "/healthz", port: HEALTH_PORT, scheme: "HTTPS" },
                initialDelaySeconds: 15,
                periodSeconds: 10,
                timeoutSeconds: 15,
                failureThreshold: 3,
              },
              resources: { requests: { cpu: "100m", memory: "64Mi" } },
              volumeMounts: [{ name: "cloud-config", mountPath: CONFIG_DIRECTORY, readOnly: true }],
            },
          ],
          volumes: [{ name: "cloud-config", configMap: { name: CONFIG_MAP } }],
        },
      },
    },
  };
}

function flags(settings: AddonSettings): readonly string[] {
  return [
    "--cloud-provider=gce",
    `--cloud-config=${CONFIG_DIRECTORY}/${CONFIG_KEY}`,
    `--cluster-name=${settings.clusterName}`,
    "--leader-elect=true",
    "--v=2",
    // Cloud routes are for clusters without overlay and without alias ranges.
    "--configure-cloud-routes=false",
    ...(settings.plugin === "alias-ip" ? aliasFlags(settings) : ["--allocate-node-cidrs=false"]),
  ];
}
/** Each node's pod range is the alias range of its network interface; the allocator copies it into the Node. */
function aliasFlags(settings: AddonSettings): readonly string[] {
  return [
    "--allocate-node-cidrs=true",
    "--cidr-allocator-type=CloudAllocator",
    `--cluster-cidr=${settings.podRange}`,
  ];
}
