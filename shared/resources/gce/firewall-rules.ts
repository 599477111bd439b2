/** Which packets may reach the cluster's machines: as tight as Kubernetes and its network plugin allow. */
import type { FirewallRule } from "../../ports/compute-types.ts";
import { API_PORT } from "../api-server.ts";
import { controlPlaneTag, nodeTag } from "../names.ts";
import type { Cluster } from "../resource.ts";

/** Google's probers for load balancers. Source: https://cloud.google.com/load-balancing/docs/health-check-concepts */
const PROBERS = ["35.191.0.0/16", "130.211.0.0/22"];
/** External passthrough load balancers are probed from these as well (kops). */
const PASSTHROUGH_PROBERS = ["209.85.152.0/22", "209.85.204.0/22"];
/** Identity-Aware Proxy's forwarders. Source: https://cloud.google.com/iap/docs/using-tcp-forwarding */
const IAP_FORWARDERS = ["35.235.240.0/20"];

export interface Opening {
  /** Suffix of the rule's name. */
  readonly role: string;
  readonly purpose: string;
  readonly allowed: readonly FirewallRule[];
  /** CIDR ranges: pods can only be named so, for tags match the primary address alone (trap 3). */
  readonly fromRanges?: readonly string[];
  readonly fromTags?: readonly string[];
  readonly toTag: string;
}

/** One without any source would let everybody in (trap 4), so it is left out. */
export function openings(cluster: Cluster): readonly Opening[] {
  return [...controlPlaneOpenings(cluster), ...nodeOpenings(cluster), ...pluginOpenings(cluster)].filter(
    (opening) => (opening.fromRanges?.length ?? 0) + (opening.fromTags?.length ?? 0) > 0,
  );
}

function controlPlaneOpenings(cluster: Cluster): readonly Opening[] {
  const { network } = cluster.spec;
  const toTag = controlPlaneTag(cluster);
  const api = [{ IPProtocol: "tcp", ports: [String(API_PORT)] }];
  const isPublic = network.api.access === "public";
  const { allowedFrom } = network.api;
  return [
    {
      role: "probes",
      purpose: "load balancer probes to the Kubernetes API",
      allowed: api,
      fromRanges: isPublic ? [...PROBERS, ...PASSTHROUGH_PROBERS] : PROBERS,
      toTag,
    },
    {
      role: "api",
      purpose: "machines and pods to the Kubernetes API",
      allowed: api,
      fromRanges: [network.nodes, network.pods],
      toTag,
    },
    {
      role: "api-admins",
      purpose: "people to the Kubernetes API",
      allowed: api,
      fromRanges: allowedFrom.filter((range) => !range.includes(":")),
      toTag,
    },
    {
      role: "api-admins-ipv6",
      purpose: "people to the Kubernetes API over IPv6, which no rule may mix with IPv4",
      allowed: api,
      fromRanges: allowedFrom.filter((range) => range.includes(":")),
      toTag,
    },
    {
      role: "etcd",
      purpose: "etcd members to one another",
      allowed: [{ IPProtocol: "tcp", ports: ["2379-2380"] }],
      fromTags: [toTag],
      toTag,
    },
  ];
}

function nodeOpenings(cluster: Cluster): readonly Opening[] {
  const { network } = cluster.spec;
  const toTag = nodeTag(cluster);
  const fromControlPlane = [controlPlaneTag(cluster)];
  return [
    {
      role: "kubelet",
      purpose: "API servers and metrics collectors to kubelets",
      allowed: [{ IPProtocol: "tcp", ports: ["10250"] }],
      fromTags: fromControlPlane,
      fromRanges: [network.pods],
      toTag,
    },
    {
      role: "webhooks",
      purpose: "API servers to webhooks and aggregated APIs, which listen where they like",
      allowed: [{ IPProtocol: "tcp" }],
      fromTags: fromControlPlane,
      toTag,
    },
    {
      role: "pods",
      purpose: "pods to machines and to one another",
      allowed: [{ IPProtocol: "all" }],
      fromRanges: [network.pods],
      toTag,
    },
    {
      role: "ssh",
      purpose: "SSH by Identity-Aware Proxy",
      allowed: [{ IPProtocol: "tcp", ports: ["22"] }],
      fromRanges: IAP_FORWARDERS,
      toTag,
    },
  ];
}

/**
 * What carries pods from machine to machine, as the add-ons set the plugins up: VXLAN, no BGP, no WireGuard. Alias
 * addresses are routed by the network itself, bare: what machines' own processes (host-network pods, lookups in the
 * cluster's DNS) send to pods elsewhere comes from a machine's address.
 */
const PLUGIN_TRAFFIC: Readonly<Record<Cluster["spec"]["network"]["plugin"], readonly FirewallRule[]>> = {
  cilium: [
    // VXLAN.
    { IPProtocol: "udp", ports: ["8472"] },
    // Health checks, Hubble.
    { IPProtocol: "tcp", ports: ["4240", "4244"] },
    { IPProtocol: "icmp" },
  ],
  calico: [
    // VXLAN.
    { IPProtocol: "udp", ports: ["4789"] },
    // Typha.
    { IPProtocol: "tcp", ports: ["5473"] },
  ],
  "alias-ip": [{ IPProtocol: "tcp" }, { IPProtocol: "udp" }, { IPProtocol: "icmp" }],
};

function pluginOpenings(cluster: Cluster): readonly Opening[] {
  const { plugin } = cluster.spec.network;
  const allowed = PLUGIN_TRAFFIC[plugin];
  const tag = nodeTag(cluster);
  return [{ role: plugin, purpose: `${plugin} between machines`, allowed, fromTags: [tag], toTag: tag }];
}
