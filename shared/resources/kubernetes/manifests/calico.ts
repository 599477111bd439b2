/**
 * Calico by its operator's Helm chart in an installer Job. Helm, because the operator's own manifest is some 30 000
 * lines of custom resource definitions that would have to be shipped and kept here, and because `helm upgrade
 * --install` does the same whether or not it ran before.
 */

import { API_PORT } from "../../api-server.ts";
import type { KubernetesObject } from "../object.ts";
import { installer } from "./installer.ts";
import type { AddonSettings } from "./settings.ts";
import { CALICO_CHART_REPOSITORY, CALICO_CHART_VERSION, HELM_IMAGE } from "./versions.ts";

export function calico(settings: AddonSettings): readonly KubernetesObject[] {
  return installer(settings, {
    name: "calico-install",
    image: HELM_IMAGE,
    command: ["helm"],
    args: [
      "upgrade",
      "calico",
      "tigera-operator",
      "--install",
      "--repo",
      CALICO_CHART_REPOSITORY,
      "--version",
      CALICO_CHART_VERSION,
      "--namespace",
      "tigera-operator",
      "--create-namespace",
      "--set-json",
      `installation=${JSON.stringify(installation(settings))}`,
      "--set-json",
      // Flow logs and their web page: nobody asked for them, and they cost every node memory.
      'goldmane={"enabled":false}',
      "--set-json",
      'whisker={"enabled":false}',
      "--set-json",
      `kubernetesServiceEndpoint=${JSON.stringify({ host: settings.apiAddress, port: String(API_PORT) })}`,
    ],
    // The operator makes the rest by and by; the nodes tell when that is done.
    installs: "/apis/apps/v1/namespaces/tigera-operator/deployments/tigera-operator",
    // The image's file system holds nothing to keep; Helm wants somewhere to put the chart.
    env: [
      { name: "HELM_CACHE_HOME", value: "/tmp/helm" },
      { name: "HELM_CONFIG_HOME", value: "/tmp/helm" },
    ],
  });
}

/** VXLAN everywhere and no BGP: only udp 4789 between nodes. Source: https://docs.tigera.io/calico/latest/reference/installation/api */
function installation(settings: AddonSettings) {
  return {
    enabled: true,
    cni: { type: "Calico" },
    calicoNetwork: {
      bgp: "Disabled",
      ipPools: [
        { cidr: settings.podRange, encapsulation: "VXLAN", natOutgoing: "Enabled", nodeSelector: "all()" },
      ],
    },
  };
}
