/** Which service of the Compute API holds a kind in a scope, and the official client for it, loaded when first used. */
import { CloudError } from "../../ports/cloud-error.ts";
import type { ComputeKind, Scope } from "../../ports/compute.ts";

type ScopeType = "global" | "regions" | "zones";

const SERVICES: Readonly<Record<ComputeKind, Partial<Readonly<Record<ScopeType, ComputeServiceName>>>>> = {
  networks: { global: "Networks" },
  subnetworks: { regions: "Subnetworks" },
  routers: { regions: "Routers" },
  firewalls: { global: "Firewalls" },
  healthChecks: { global: "HealthChecks", regions: "RegionHealthChecks" },
  instanceGroups: { zones: "InstanceGroups", regions: "RegionInstanceGroups" },
  backendServices: { global: "BackendServices", regions: "RegionBackendServices" },
  addresses: { global: "GlobalAddresses", regions: "Addresses" },
  forwardingRules: { global: "GlobalForwardingRules", regions: "ForwardingRules" },
  disks: { zones: "Disks", regions: "RegionDisks" },
  resourcePolicies: { regions: "ResourcePolicies" },
  instances: { zones: "Instances" },
  instanceTemplates: { global: "InstanceTemplates", regions: "RegionInstanceTemplates" },
  instanceGroupManagers: { zones: "InstanceGroupManagers", regions: "RegionInstanceGroupManagers" },
  images: { global: "Images" },
  snapshots: { global: "Snapshots" },
};
/** The service whose aggregated list answers for all scopes of a kind. */
const AGGREGATED: Partial<Readonly<Record<ComputeKind, ComputeServiceName>>> = {
  subnetworks: "Subnetworks",
  routers: "Routers",
  healthChecks: "HealthChecks",
  instanceGroups: "InstanceGroups",
  backendServices: "BackendServices",
  addresses: "Addresses",
  forwardingRules: "ForwardingRules",
  disks: "Disks",
  resourcePolicies: "ResourcePolicies",
  instances: "Instances",
  instanceTemplates: "InstanceTemplates",
  instanceGroupManagers: "InstanceGroupManagers",
};
const OPERATIONS: Readonly<Record<ScopeType, ComputeServiceName>> = {
  global: "GlobalOperations",
  regions: "RegionOperations",
  zones: "ZoneOperations",
};

/** @throws CloudError invalid when the API has no such kind in such a scope */
export function serviceFor(kind: ComputeKind, scope: Scope): ComputeServiceName {
  const service = SERVICES[kind][scopeType(scope)];
  if (service !== undefined) return service;
  const scopes = Object.keys(SERVICES[kind]).join(", ");
  throw new CloudError("invalid", `${kind} do not exist in ${scope}. Their scopes: ${scopes}.`);
}
/** A global kind has no aggregated list: its plain list is already everywhere. */
export function aggregatedServiceFor(kind: ComputeKind): ComputeServiceName | undefined {
  return AGGREGATED[kind];
}
export function operationsServiceFor(scope: Scope): ComputeServiceName {
  return OPERATIONS[scopeType(scope)];
}
export function scopeType(scope: Scope): ScopeType {
  if (scope === "global") return "global";
  return scope.startsWith("zones/") ? "zones" : "regions";
}
/** The region that a scope's calls count for. */
export function regionOf(scope: Scope | "everywhere"): string {
  if (scope === "global" || scope === "everywhere") return "global";
  const name = scope.slice(scope.indexOf("/") + 1);
  return scope.startsWith("zones/") ? name.replace(/-[a-z]$/, "") : name;
}

/**
 * Deep imports: the package's own entry loads all 129 clients (about 1.5 s and 250 MB more). Each path is written out
 * so that a bundler sees it.
 */
export const CLIENT_MODULES = {
  Addresses: async () =>
    (await import("@google-cloud/compute/build/src/v1/addresses_client.js")).AddressesClient,
  BackendServices: async () =>
    (await import("@google-cloud/compute/build/src/v1/backend_services_client.js")).BackendServicesClient,
  Disks: async () => (await import("@google-cloud/compute/build/src/v1/disks_client.js")).DisksClient,
  Firewalls: async () =>
    (await import("@google-cloud/compute/build/src/v1/firewalls_client.js")).FirewallsClient,
  ForwardingRules: async () =>
    (await import("@google-cloud/compute/build/src/v1/forwarding_rules_client.js")).ForwardingRulesClient,
  GlobalAddresses: async () =>
    (await import("@google-cloud/compute/build/src/v1/global_addresses_client.js")).GlobalAddressesClient,
  GlobalForwardingRules: async () =>
    (await import("@google-cloud/compute/build/src/v1/global_forwarding_rules_client.js"))
      .GlobalForwardingRulesClient,
  GlobalOperations: async () =>
    (await import("@google-cloud/compute/build/src/v1/global_operations_client.js")).GlobalOperationsClient,
  HealthChecks: async () =>
    (await import("@google-cloud/compute/build/src/v1/health_checks_client.js")).HealthChecksClient,
  Images: async () => (await import("@google-cloud/compute/build/src/v1/images_client.js")).ImagesClient,
  InstanceGroupManagers: async () =>
    (await import("@google-cloud/compute/build/src/v1/instance_group_managers_client.js"))
      .InstanceGroupManagersClient,
  InstanceGroups: async () =>
    (await import("@google-cloud/compute/build/src/v1/instance_groups_client.js")).InstanceGroupsClient,
  InstanceTemplates: async () =>
    (await import("@google-cloud/compute/build/src/v1/instance_templates_client.js")).InstanceTemplatesClient,
  Instances: async () =>
    (await import("@google-cloud/compute/build/src/v1/instances_client.js")).InstancesClient,
  Networks: async () =>
    (await import("@google-cloud/compute/build/src/v1/networks_client.js")).NetworksClient,
  RegionBackendServices: async () =>
    (await import("@google-cloud/compute/build/src/v1/region_backend_services_client.js"))
      .RegionBackendServicesClient,
  RegionDisks: async () =>
    (await import("@google-cloud/compute/build/src/v1/region_disks_client.js")).RegionDisksClient,
  RegionHealthChecks: async () =>
    (await import("@google-cloud/compute/build/src/v1/region_health_checks_client.js"))
      .RegionHealthChecksClient,
  RegionInstanceGroupManagers: async () =>
    (await import("@google-cloud/compute/build/src/v1/region_instance_group_managers_client.js"))
      .RegionInstanceGroupManagersClient,
  RegionInstanceGroups: async () =>
    (await import("@google-cloud/compute/build/src/v1/region_instance_groups_client.js"))
      .RegionInstanceGroupsClient,
  RegionInstanceTemplates: async () =>
    (await import("@google-cloud/compute/build/src/v1/region_instance_templates_client.js"))
      .RegionInstanceTemplatesClient,
  RegionOperations: async () =>
    (await import("@google-cloud/compute/build/src/v1/region_operations_client.js")).RegionOperationsClient,
  ResourcePolicies: async () =>
    (await import("@google-cloud/compute/build/src/v1/resource_policies_client.js")).ResourcePoliciesClient,
  Routers: async () => (await import("@google-cloud/compute/build/src/v1/routers_client.js")).RoutersClient,
  Snapshots: async () =>
    (await import("@google-cloud/compute/build/src/v1/snapshots_client.js")).SnapshotsClient,
  Subnetworks: async () =>
    (await import("@google-cloud/compute/build/src/v1/subnetworks_client.js")).SubnetworksClient,
  ZoneOperations: async () =>
    (await import("@google-cloud/compute/build/src/v1/zone_operations_client.js")).ZoneOperationsClient,
} satisfies Readonly<Record<string, () => Promise<unknown>>>;

export type ComputeServiceName = keyof typeof CLIENT_MODULES;
