/** What the manifests need to know about a cluster, picked from its spec, its pins and what was observed. */
import { nodeTag, prefixOf, roleName } from "../../names.ts";
import type { Cluster } from "../../resource.ts";
import { nodesVersion } from "../../versions.ts";

export interface AddonSettings {
  readonly clusterName: string;
  readonly kubernetesVersion: string;
  readonly plugin: "cilium" | "calico" | "alias-ip";
  readonly podRange: string;
  readonly project: string;
  /** The project that owns the network: another one with a shared VPC. */
  readonly networkProject: string;
  readonly network: string;
  readonly subnetwork: string;
  /** The tag that every machine of the cluster carries; load balancers' firewall rules target it. */
  readonly nodeTag: string;
  readonly instancePrefix: string;
  readonly multizone: boolean;
  readonly controlPlaneReplicas: number;
  /** The internal load balancer's address. */
  readonly apiAddress: string;
  readonly metrics: boolean;
  readonly storage: boolean;
  readonly nodeProblemDetector: boolean;
  readonly manifests: readonly string[];
}

export function addonSettings(cluster: Cluster, apiAddress: string): AddonSettings {
  const { spec } = cluster;
  const existing = spec.network.existing;
  return {
    clusterName: cluster.id,
    // What runs inside is never newer than the oldest API server.
    kubernetesVersion: nodesVersion(cluster.pins),
    plugin: spec.network.plugin,
    podRange: spec.network.pods,
    project: spec.project,
    networkProject: (existing === undefined ? undefined : projectOf(existing.network)) ?? spec.project,
    network: existing === undefined ? roleName(cluster, "network") : lastSegment(existing.network),
    subnetwork: existing === undefined ? roleName(cluster, "nodes") : lastSegment(existing.subnetwork),
    nodeTag: nodeTag(cluster),
    instancePrefix: prefixOf(cluster),
    multizone: spec.zones.length > 1,
    controlPlaneReplicas: spec.controlPlane.replicas,
    apiAddress,
    metrics: spec.addons.metrics,
    storage: spec.addons.storage,
    nodeProblemDetector: spec.addons.nodeProblemDetector,
    manifests: spec.addons.manifests,
  };
}
/** The project in `projects/<project>/global/networks/<name>` or a full URL; undefined for a bare name. */
function projectOf(reference: string): string | undefined {
  return /(?:^|\/)projects\/([^/]+)\//.exec(reference)?.[1];
}
function lastSegment(reference: string): string {
  return reference.split("/").at(-1) ?? reference;
}
