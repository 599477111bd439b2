/** Cilium by its own command-line tool in an installer Job: VXLAN between nodes, addresses from the cluster's pod range. */

import { API_PORT } from "../../api-server.ts";
import type { KubernetesObject } from "../object.ts";
import { installer } from "./installer.ts";
import type { AddonSettings } from "./settings.ts";
import { CILIUM_CLI_IMAGE, CILIUM_VERSION } from "./versions.ts";

/** Addresses a node gets from the pod range; the spec's check of the range counts with the same /24. */
const NODE_MASK = 24;

/**
 * `install` for a new cluster, `upgrade` where Helm already has a release: the plan picks the verb (see
 * `installer-attempts.ts`). kube-proxy stays: kubeadm brings it.
 */
export function cilium(settings: AddonSettings): readonly KubernetesObject[] {
  return installer(settings, {
    name: "cilium-install",
    image: CILIUM_CLI_IMAGE,
    command: ["cilium"],
    args: ["install", "--version", CILIUM_VERSION, ...ciliumValues(settings)],
    installs: "/apis/apps/v1/namespaces/kube-system/daemonsets/cilium",
  });
}

/** Source: https://docs.cilium.io/en/stable/helm-reference/ */
function ciliumValues(settings: AddonSettings): readonly string[] {
  const values = {
    "ipam.mode": "cluster-pool",
    "ipam.operator.clusterPoolIPv4PodCIDRList": `{${helmText(settings.podRange)}}`,
    "ipam.operator.clusterPoolIPv4MaskSize": String(NODE_MASK),
    routingMode: "tunnel",
    tunnelProtocol: "vxlan",
    kubeProxyReplacement: "false",
    k8sServiceHost: helmText(settings.apiAddress),
    k8sServicePort: String(API_PORT),
    "operator.replicas": settings.controlPlaneReplicas > 1 ? "2" : "1",
  };
  return Object.entries(values).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
}
/** Escapes what means something in `--set`. Source: https://helm.sh/docs/intro/using_helm/#the-format-and-limitations-of---set */
function helmText(value: string): string {
  return value.replace(/[\\,{}[\]]/g, "\\$&");
}
