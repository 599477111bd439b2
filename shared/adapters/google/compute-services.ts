/** Which service of the Compute API holds a kind in a scope, and the official client for it, loaded when first used. */
import { CloudError } from "../../ports/cloud-error.ts";
import { COMPUTE_VERBS, type ComputeKind, type Scope } from "../../ports/compute.ts";

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
 * so that a bundler sees it; a bundle gives these modules, which are CommonJS, as default alone.
 */
export const CLIENT_MODULES = {
  Addresses: async () =>
    (await import("@google-cloud/compute/build/src/v1/addresses_client.js")).default.AddressesClient,
  BackendServices: async () =>
    (await import("@google-cloud/compute/build/src/v1/backend_services_client.js")).default
      .BackendServicesClient,
  Disks: async () => (await import("@google-cloud/compute/build/src/v1/disks_client.js")).default.DisksClient,
  Firewalls: async () =>
    (await import("@google-cloud/compute/build/src/v1/firewalls_client.js")).default.FirewallsClient,
  ForwardingRules: async () =>
    (await import("@google-cloud/compute/build/src/v1/forwarding_rules_client.js")).default
      .ForwardingRulesClient,
  GlobalAddresses: async () =>
    (await import("@google-cloud/compute/build/src/v1/global_addresses_client.js")).default
      .GlobalAddressesClient,
  GlobalForwardingRules: async () =>
    (await import("@google-cloud/compute/build/src/v1/global_forwarding_rules_client.js")).default
      .GlobalForwardingRulesClient,
  GlobalOperations: async () =>
    (await import("@google-cloud/compute/build/src/v1/global_operations_client.js")).default
      .GlobalOperationsClient,
  HealthChecks: async () =>
    (await import("@google-cloud/compute/build/src/v1/health_checks_client.js")).default.HealthChecksClient,
  Images: async () =>
    (await import("@google-cloud/compute/build/src/v1/images_client.js")).default.ImagesClient,
  InstanceGroupManagers: async () =>
    (await import("@google-cloud/compute/build/src/v1/instance_group_managers_client.js")).default
      .InstanceGroupManagersClient,
  InstanceGroups: async () =>
    (await import("@google-cloud/compute/build/src/v1/instance_groups_client.js")).default
      .InstanceGroupsClient,
  InstanceTemplates: async () =>
    (await import("@google-cloud/compute/build/src/v1/instance_templates_client.js")).default
      .InstanceTemplatesClient,
  Instances: async () =>
    (await import("@google-cloud/compute/build/src/v1/instances_client.js")).default.InstancesClient,
  Networks: async () =>
    (await import("@google-cloud/compute/build/src/v1/networks_client.js")).default.NetworksClient,
  RegionBackendServices: async () =>
    (await import("@google-cloud/compute/build/src/v1/region_backend_services_client.js")).default
      .RegionBackendServicesClient,
  RegionDisks: async () =>
    (await import("@google-cloud/compute/build/src/v1/region_disks_client.js")).default.RegionDisksClient,
  RegionHealthChecks: async () =>
    (await import("@google-cloud/compute/build/src/v1/region_health_checks_client.js")).default
      .RegionHealthChecksClient,
  RegionInstanceGroupManagers: async () =>
    (await import("@google-cloud/compute/build/src/v1/region_instance_group_managers_client.js")).default
      .RegionInstanceGroupManagersClient,
  RegionInstanceGroups: async () =>
    (await import("@google-cloud/compute/build/src/v1/region_instance_groups_client.js")).default
      .RegionInstanceGroupsClient,
  RegionInstanceTemplates: async () =>
    (await import("@google-cloud/compute/build/src/v1/region_instance_templates_client.js")).default
      .RegionInstanceTemplatesClient,
  RegionOperations: async () =>
    (await import("@google-cloud/compute/build/src/v1/region_operations_client.js")).default
      .RegionOperationsClient,
  ResourcePolicies: async () =>
    (await import("@google-cloud/compute/build/src/v1/resource_policies_client.js")).default
      .ResourcePoliciesClient,
  Routers: async () =>
    (await import("@google-cloud/compute/build/src/v1/routers_client.js")).default.RoutersClient,
  Snapshots: async () =>
    (await import("@google-cloud/compute/build/src/v1/snapshots_client.js")).default.SnapshotsClient,
  Subnetworks: async () =>
    (await import("@google-cloud/compute/build/src/v1/subnetworks_client.js")).default.SubnetworksClient,
  ZoneOperations: async () =>
    (await import("@google-cloud/compute/build/src/v1/zone_operations_client.js")).default
      .ZoneOperationsClient,
} satisfies Readonly<Record<string, () => Promise<unknown>>>;

export type ComputeServiceName = keyof typeof CLIENT_MODULES;

/** Called of every kind's service that has them. */
const METHODS = ["aggregatedList", "delete", "get", "insert", "list", "patch"];
const READS: Partial<Readonly<Record<ComputeKind, readonly string[]>>> = {
  images: ["getFromFamily"],
  instanceGroupManagers: ["listManagedInstances"],
  instanceGroups: ["listInstances"],
  instances: ["getSerialPortOutput"],
};
const OPERATION_METHODS = ["aggregatedList", "get", "list"];

/** Every method that is ever called, by service. No other is part of the deployed bundle. */
export const CALLED_METHODS = calledMethods();

function calledMethods(): ReadonlyMap<ComputeServiceName, readonly string[]> {
  const called = new Map<ComputeServiceName, readonly string[]>();
  for (const service of Object.values(OPERATIONS)) called.set(service, OPERATION_METHODS);
  for (const kind of Object.keys(SERVICES) as ComputeKind[]) {
    const verbs = COMPUTE_VERBS.filter((verb) => verb.startsWith(`${kind}.`));
    const methods = [...METHODS, ...(READS[kind] ?? []), ...verbs.map((verb) => verb.slice(kind.length + 1))];
    for (const service of Object.values(SERVICES[kind])) called.set(service, methods);
  }
  return called;
}
