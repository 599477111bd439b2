/** Discovery: which groups, versions and resources are served, plain and aggregated, and a minimal OpenAPI. */
import { groupVersion, type ResourceDefinition, type ResourceRegistry } from "../objects/resources.ts";
import { noSuchPath } from "../objects/status.ts";
import type { ApiAnswer } from "./request.ts";

/** What a subresource takes and gives, when it is not the resource's own kind. */
const SUBRESOURCE_KINDS: Readonly<Record<string, { group: string; version: string; kind: string }>> = {
  eviction: { group: "policy", version: "v1", kind: "Eviction" },
  scale: { group: "autoscaling", version: "v1", kind: "Scale" },
  binding: { group: "", version: "v1", kind: "Binding" },
};
const SUBRESOURCE_VERBS: Readonly<Record<string, readonly string[]>> = {
  eviction: ["create"],
  binding: ["create"],
  log: ["get"],
  finalize: ["update"],
};
const DEFAULT_SUBRESOURCE_VERBS = ["get", "patch", "update"];

function groupsOf(registry: ResourceRegistry) {
  const versions = new Map<string, Set<string>>();
  for (const { group, version } of registry.all()) {
    if (group === "") continue;
    const known = versions.get(group) ?? new Set();
    versions.set(group, known.add(version));
  }
  return versions;
}
function apiGroup(name: string, versions: ReadonlySet<string>) {
  const listed = [...versions].map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: listed, preferredVersion: listed[0] };
}

function apiResources(definition: ResourceDefinition) {
  const { resource, singular, namespaced, kind, verbs, shortNames, categories } = definition;
  const own = {
    name: resource,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    storageVersionHash: Buffer.from(`${kind}`.padEnd(6).slice(0, 6)).toString("base64"),
  };
  const below = definition.subresources.map((name) => ({
    name: `${resource}/${name}`,
    singularName: "",
    namespaced,
    ...(SUBRESOURCE_KINDS[name] ?? { kind }),
    verbs: SUBRESOURCE_VERBS[name] ?? DEFAULT_SUBRESOURCE_VERBS,
  }));
  return [own, ...below];
}
function apiResourceList(registry: ResourceRegistry, group: string, version: string): unknown {
  const served = registry.all().filter((d) => d.group === group && d.version === version);
  if (served.length === 0) throw noSuchPath();
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: groupVersion({ group, version }),
    resources: served.flatMap(apiResources),
  };
}

function aggregatedResource(definition: ResourceDefinition) {
  const { resource, singular, namespaced, kind, verbs, shortNames, categories } = definition;
  return {
    resource,
    responseKind: { group: definition.group, version: definition.version, kind },
    scope: namespaced ? "Namespaced" : "Cluster",
    singularResource: singular,
    verbs,
    shortNames,
    categories,
    subresources: definition.subresources.map((name) => ({
      subresource: name,
      responseKind: SUBRESOURCE_KINDS[name] ?? { group: definition.group, version: definition.version, kind },
      verbs: SUBRESOURCE_VERBS[name] ?? DEFAULT_SUBRESOURCE_VERBS,
    })),
  };
}
function aggregated(registry: ResourceRegistry, core: boolean, version: string): ApiAnswer {
  const groups: readonly (readonly [string, Iterable<string>])[] = core
    ? [["", ["v1"]]]
    : [...groupsOf(registry)];
  const items = groups.map(([name, versions]) => ({
    metadata: name === "" ? { creationTimestamp: null } : { name, creationTimestamp: null },
    versions: [...versions].map((each) => ({
      version: each,
      freshness: "Current",
      resources: registry
        .all()
        .filter((d) => d.group === name && d.version === each)
        .map(aggregatedResource),
    })),
  }));
  return {
    status: 200,
    contentType: `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
    body: {
      kind: "APIGroupDiscoveryList",
      apiVersion: `apidiscovery.k8s.io/${version}`,
      metadata: {},
      items,
    },
  };
}
function aggregatedVersion(accept: string): string | undefined {
  if (!accept.includes("as=APIGroupDiscoveryList")) return undefined;
  return /v=v2(?!beta)/.test(accept) ? "v2" : "v2beta1";
}

/** The answer to a discovery path, or undefined when the path is not one. */
export function discovery(
  registry: ResourceRegistry,
  pathname: string,
  accept: string,
): ApiAnswer | undefined {
  const parts = pathname.split("/").filter((part) => part !== "");
  const [root, group, version] = parts;
  const aggregate = aggregatedVersion(accept);
  if (root === "api" && parts.length === 1) {
    if (aggregate !== undefined) return aggregated(registry, true, aggregate);
    const addresses = [{ clientCIDR: "0.0.0.0/0", serverAddress: "" }];
    return {
      status: 200,
      body: { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: addresses },
    };
  }
  if (root === "api" && parts.length === 2 && group !== undefined)
    return { status: 200, body: apiResourceList(registry, "", group) };
  if (root !== "apis") return undefined;
  if (parts.length === 1) {
    if (aggregate !== undefined) return aggregated(registry, false, aggregate);
    const groups = [...groupsOf(registry)].map(([name, versions]) => apiGroup(name, versions));
    return { status: 200, body: { kind: "APIGroupList", apiVersion: "v1", groups } };
  }
  if (parts.length === 2 && group !== undefined) {
    const versions = groupsOf(registry).get(group);
    if (versions === undefined) throw noSuchPath();
    return { status: 200, body: { kind: "APIGroup", apiVersion: "v1", ...apiGroup(group, versions) } };
  }
  if (parts.length === 3 && group !== undefined && version !== undefined)
    return { status: 200, body: apiResourceList(registry, group, version) };
  return undefined;
}
