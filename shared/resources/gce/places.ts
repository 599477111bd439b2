/** Where a cluster's resources are: references and URLs by project, region and zone. */
import { type ComputeKind, type ComputeRef, computePath, parseComputePath } from "../../ports/compute.ts";
import { durationMs } from "../../spec/duration.ts";
import { controlPlaneGroupName, controlPlaneMachineName, roleName } from "../names.ts";
import type { Cluster } from "../resource.ts";

const API = "https://www.googleapis.com/compute/v1";

const DAY_MS = 86_400_000;
export const PODS_RANGE = "pods";
export const SERVICES_RANGE = "services";

export function computeUrl(ref: ComputeRef): string {
  return `${API}/${computePath(ref)}`;
}
export function zonalTypeUrl(
  cluster: Cluster,
  zone: string,
  collection: "machineTypes" | "diskTypes",
  type: string,
): string {
  return `${API}/projects/${cluster.spec.project}/zones/${zone}/${collection}/${type}`;
}
export function zoneUrl(cluster: Cluster, zone: string): string {
  return `${API}/projects/${cluster.spec.project}/zones/${zone}`;
}

export function globalRef<K extends ComputeKind>(kind: K, project: string, name: string): ComputeRef<K> {
  return { kind, project, scope: "global", name };
}
export function regionalRef<K extends ComputeKind>(
  cluster: Cluster,
  kind: K,
  name: string,
  project = cluster.spec.project,
): ComputeRef<K> {
  return { kind, project, scope: `regions/${cluster.spec.region}`, name };
}
export function zonalRef<K extends ComputeKind>(
  cluster: Cluster,
  kind: K,
  zone: string,
  name: string,
): ComputeRef<K> {
  return { kind, project: cluster.spec.project, scope: `zones/${zone}`, name };
}
export function zoneOf(ref: ComputeRef): string {
  return ref.scope.startsWith("zones/") ? ref.scope.slice("zones/".length) : "";
}

/** The cluster's own network, or the one that it was given: by name in its project, or by path (a shared VPC's host). */
export function networkRef(cluster: Cluster): ComputeRef<"networks"> {
  const existing = cluster.spec.network.existing?.network;
  if (existing === undefined)
    return globalRef("networks", cluster.spec.project, roleName(cluster, "network"));
  if (!existing.includes("/")) return globalRef("networks", cluster.spec.project, existing);
  return { ...parseComputePath(existing), kind: "networks" };
}
/** Where the network is: firewall rules live there too. */
export function networkProject(cluster: Cluster): string {
  return networkRef(cluster).project;
}
export function subnetworkRef(cluster: Cluster): ComputeRef<"subnetworks"> {
  const existing = cluster.spec.network.existing?.subnetwork;
  if (existing === undefined) return regionalRef(cluster, "subnetworks", roleName(cluster, "nodes"));
  if (!existing.includes("/")) return regionalRef(cluster, "subnetworks", existing, networkProject(cluster));
  return { ...parseComputePath(existing), kind: "subnetworks" };
}
export function controlPlaneGroupRef(cluster: Cluster, zone: string): ComputeRef<"instanceGroups"> {
  return zonalRef(cluster, "instanceGroups", zone, controlPlaneGroupName(cluster));
}
export function healthCheckRef(cluster: Cluster): ComputeRef<"healthChecks"> {
  return regionalRef(cluster, "healthChecks", roleName(cluster, "api"));
}
/** The two ways to the API: nodes take the internal one, people of a public cluster the external one. */
export type ApiSide = "internal" | "external";
export function apiSides(cluster: Cluster): readonly ApiSide[] {
  return cluster.spec.network.api.access === "public" ? ["internal", "external"] : ["internal"];
}
export function apiRef<K extends "addresses" | "backendServices" | "forwardingRules">(
  cluster: Cluster,
  kind: K,
  side: ApiSide,
): ComputeRef<K> {
  return regionalRef(cluster, kind, roleName(cluster, `api-${side}`));
}
/** A member's address is called as its machine is. */
export function memberAddressRef(cluster: Cluster, member: number): ComputeRef<"addresses"> {
  return regionalRef(cluster, "addresses", controlPlaneMachineName(cluster, member));
}
/**
 * The snapshot schedule of etcd's disks. Named by its cycle: a merge patch cannot turn hours into days, so the other
 * cycle is another policy.
 */
export function etcdBackupPolicyRef(cluster: Cluster): ComputeRef<"resourcePolicies"> {
  const role = isDaily(cluster) ? "etcd-backup-daily" : "etcd-backup";
  return regionalRef(cluster, "resourcePolicies", roleName(cluster, role));
}
/** Compute Engine counts a cycle in hours below a day, and knows no longer one than a day. */
export function isDaily(cluster: Cluster): boolean {
  return durationMs(cluster.spec.controlPlane.etcd.backup.every) >= DAY_MS;
}
