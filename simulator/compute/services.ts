/** Which collection and scope each service of the published definitions stands for. */

export type ScopeKind = "global" | "regions" | "zones";
export interface ServiceEntry {
  readonly collection: string;
  readonly scope: ScopeKind;
}
const entry = (collection: string, scope: ScopeKind): ServiceEntry => ({ collection, scope });

/** Services whose resources are rows of the world; the others have files of their own. */
export const ROW_SERVICES: Readonly<Record<string, ServiceEntry>> = {
  Networks: entry("networks", "global"),
  Subnetworks: entry("subnetworks", "regions"),
  Routers: entry("routers", "regions"),
  Firewalls: entry("firewalls", "global"),
  HealthChecks: entry("healthChecks", "global"),
  RegionHealthChecks: entry("healthChecks", "regions"),
  InstanceGroups: entry("instanceGroups", "zones"),
  RegionInstanceGroups: entry("instanceGroups", "regions"),
  BackendServices: entry("backendServices", "global"),
  RegionBackendServices: entry("backendServices", "regions"),
  Addresses: entry("addresses", "regions"),
  GlobalAddresses: entry("addresses", "global"),
  ForwardingRules: entry("forwardingRules", "regions"),
  GlobalForwardingRules: entry("forwardingRules", "global"),
  TargetTcpProxies: entry("targetTcpProxies", "global"),
  Disks: entry("disks", "zones"),
  ResourcePolicies: entry("resourcePolicies", "regions"),
  Snapshots: entry("snapshots", "global"),
  Instances: entry("instances", "zones"),
  InstanceTemplates: entry("instanceTemplates", "global"),
  RegionInstanceTemplates: entry("instanceTemplates", "regions"),
  InstanceGroupManagers: entry("instanceGroupManagers", "zones"),
  RegionInstanceGroupManagers: entry("instanceGroupManagers", "regions"),
  Images: entry("images", "global"),
};

const SERVICES: ReadonlyMap<string, string> = new Map(
  Object.entries(ROW_SERVICES).map(([service, { collection, scope }]) => [`${collection} ${scope}`, service]),
);
/** The service of a collection in a scope: `healthChecks` in `regions/r` is `RegionHealthChecks`. */
export function serviceOf(collection: string, scope: string): string | undefined {
  return SERVICES.get(`${collection} ${scope.split("/")[0]}`);
}
