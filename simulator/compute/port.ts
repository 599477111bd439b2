/** The Compute port of the control plane, in process, on top of the simulated Compute Engine. */

import { CloudError, isCloudError } from "../../shared/ports/cloud-error.ts";
import {
  type Compute,
  type ComputeRef,
  computePath,
  filterOf,
  hasPrefix,
  parseComputePath,
  type Scope,
} from "../../shared/ports/compute.ts";
import { cloudErrorFromHttp } from "../../shared/ports/compute-errors.ts";
import type { ComputeResources, ManagedInstance, Operation } from "../../shared/ports/compute-types.ts";
import type { ComputeCall, ComputeService, JsonObject } from "./call.ts";
import { asNumber, asObject, asObjects, asText, without } from "./json.ts";
import { serviceOf } from "./services.ts";

/** The name of a kind's path parameter; verbs that say `resource` instead are listed below. */
const NOUNS: Readonly<Record<string, string>> = {
  networks: "network",
  subnetworks: "subnetwork",
  routers: "router",
  firewalls: "firewall",
  healthChecks: "healthCheck",
  instanceGroups: "instanceGroup",
  backendServices: "backendService",
  addresses: "address",
  forwardingRules: "forwardingRule",
  disks: "disk",
  resourcePolicies: "resourcePolicy",
  instances: "instance",
  instanceTemplates: "instanceTemplate",
  instanceGroupManagers: "instanceGroupManager",
  images: "image",
  snapshots: "snapshot",
};
/** A global kind has no aggregated list: its plain list is already everywhere. */
const GLOBAL_ONLY = new Set(["networks", "firewalls", "images", "snapshots"]);
/** Verbs whose path parameter is `resource`. */
const ON_RESOURCE = new Set([
  "addresses.setLabels",
  "disks.setLabels",
  "forwardingRules.setLabels",
  "instances.setDeletionProtection",
]);
/** Verbs that take what the port calls their body as query parameters. */
const IN_QUERY = new Set([
  "instances.detachDisk",
  "instances.setDeletionProtection",
  "instanceGroupManagers.resize",
]);

function placeParams(project: string, scope: Scope): Record<string, string> {
  const [kind, name = ""] = scope.split("/");
  if (kind === "regions") return { project, region: name };
  if (kind === "zones") return { project, zone: name };
  return { project };
}
function service(kind: string, scope: Scope): string {
  const found = serviceOf(kind, scope);
  if (found === undefined) throw new CloudError("invalid", `There are no ${kind} in ${scope}.`);
  return found;
}
function operationsService(scope: string): string {
  const kind = scope.startsWith("regions") ? "Region" : scope.startsWith("zones") ? "Zone" : "Global";
  return `${kind}Operations`;
}
/** As many as the deployed adapter asks for at once (compute-operations.ts). */
const NAMES_IN_FILTER_MAX = 50;
/** Most scopes hold a warning that they have none. */
function inScopes(scopes: JsonObject, kind: string): readonly JsonObject[] {
  const found: JsonObject[] = [];
  for (const scope in scopes) {
    const own = (scopes[scope] as JsonObject)[kind];
    if (own !== undefined) found.push(...asObjects(own));
  }
  return found;
}
const upperFirst = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** @throws CloudError from all of it */
export function computePort(ask: ComputeService): Compute {
  /** One call; errors are thrown as the adapter of the real API throws them. */
  function answer(request: ComputeCall, target: string): JsonObject {
    const { status, body, lost } = ask(request);
    if (lost === true)
      throw new CloudError("unknown-outcome", "The response was lost: it may have happened.", { target });
    if (status >= 400) throw cloudErrorFromHttp(status, body, target);
    return body;
  }
  async function call(request: ComputeCall, target: string): Promise<JsonObject> {
    return answer(request, target);
  }
  async function onResource(
    ref: ComputeRef,
    method: string,
    more: Partial<ComputeCall> = {},
    param = NOUNS[ref.kind] ?? "resource",
  ) {
    const params = { ...placeParams(ref.project, ref.scope), [param]: ref.name, ...more.params };
    return call({ ...more, service: service(ref.kind, ref.scope), method, params }, computePath(ref));
  }
  function pages(request: ComputeCall, target: string, take: (body: JsonObject) => readonly JsonObject[]) {
    const first = answer(request, target);
    let found = take(first);
    let pageToken = asText(first["nextPageToken"]);
    while (pageToken !== undefined) {
      const body = answer({ ...request, params: { ...request.params, pageToken } }, target);
      found = found.concat(take(body));
      pageToken = asText(body["nextPageToken"]);
    }
    return found;
  }
  const operationOf = (body: JsonObject) => body as unknown as Operation;
  const asBody = (value: unknown) => value as JsonObject;

  async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
      return await answer;
    } catch (error) {
      if (isCloudError(error, "not-found")) return undefined;
      throw error;
    }
  }
  /** One list a scope for each so many; what is gone is in none. */
  async function listOperations(project: string, paths: readonly string[]): Promise<readonly Operation[]> {
    const byScope = Map.groupBy(paths, (path) => parseComputePath(path).scope);
    const found: Operation[] = [];
    for (const [scope, some] of byScope)
      for (let at = 0; at < some.length; at += NAMES_IN_FILTER_MAX) {
        const names = some.slice(at, at + NAMES_IN_FILTER_MAX).map((path) => parseComputePath(path).name);
        const filter = names.map((name) => `(name = "${name}")`).join(" OR ");
        const params = { ...placeParams(project, scope), filter };
        const listing = { service: operationsService(scope), method: "List", params };
        const items = pages(listing, `projects/${project}/operations`, (body) => asObjects(body["items"]));
        found.push(...items.map(operationOf));
      }
    return found;
  }
  return {
    async list(request) {
      const { kind, project, scope } = request;
      const filter = filterOf(request);
      const only = <T>(items: readonly T[]) =>
        items.filter((item) => hasPrefix(request, (item as { readonly name: string }).name));
      const query: Record<string, string> = filter === undefined ? {} : { filter };
      if (scope === "everywhere" && !GLOBAL_ONLY.has(kind)) {
        // The aggregated list of all forms of a kind belongs to the service that bears its name.
        const listing = {
          service: upperFirst(kind),
          method: "AggregatedList",
          params: { project, ...query },
        };
        const items = pages(listing, `projects/${project}/aggregated/${kind}`, (body) =>
          inScopes(asObject(body["items"]), kind),
        );
        return only(items) as unknown as ComputeResources[typeof kind][];
      }
      const place = scope === "everywhere" ? "global" : scope;
      const params = { ...placeParams(project, place), ...query };
      const listing = { service: service(kind, place), method: "List", params };
      const items = pages(listing, `projects/${project}/${place}/${kind}`, (body) =>
        asObjects(body["items"]),
      );
      return only(items) as unknown as ComputeResources[typeof kind][];
    },
    async get(ref) {
      const found = await orNothing(onResource(ref, "Get"));
      return found as unknown as ComputeResources[typeof ref.kind] | undefined;
    },
    async imageFromFamily(project, family) {
      const target = `projects/${project}/global/images/family/${family}`;
      const found = await call(
        { service: "Images", method: "GetFromFamily", params: { project, family } },
        target,
      );
      return found as unknown as ComputeResources["images"];
    },
    async groupMembers(group) {
      const params = { ...placeParams(group.project, group.scope), instanceGroup: group.name };
      const request = {
        service: service(group.kind, group.scope),
        method: "ListInstances",
        params,
        body: {},
      };
      const items = pages(request, computePath(group), (body) => asObjects(body["items"]));
      return items.map((item) => asText(item["instance"]) ?? "");
    },
    async managedInstances(group) {
      const params = { ...placeParams(group.project, group.scope), instanceGroupManager: group.name };
      const request = { service: service(group.kind, group.scope), method: "ListManagedInstances", params };
      const items = pages(request, computePath(group), (body) => asObjects(body["managedInstances"]));
      return items as unknown as ManagedInstance[];
    },
    async serialOutput(instance, start = 0) {
      const body = await onResource(instance, "GetSerialPortOutput", {
        params: { start: String(start), port: "1" },
      });
      return { contents: asText(body["contents"]) ?? "", next: asNumber(body["next"]) ?? start };
    },
    /** As the deployed adapter: one by its name, several by a list. */
    async operations(project, paths) {
      if (paths.length > 1) return listOperations(project, paths);
      const asked = paths.map((path) => {
        const match = /(global|regions\/[^/]+|zones\/[^/]+)\/operations\/([^/]+)$/.exec(path);
        const [, scope = "global", operation = ""] = match ?? [];
        const params = { ...placeParams(project, scope as Scope), operation };
        return orNothing(call({ service: operationsService(scope), method: "Get", params }, path));
      });
      const found = await Promise.all(asked);
      return found.filter((body) => body !== undefined).map(operationOf);
    },
    async insert(ref, body, requestId) {
      const params = { ...placeParams(ref.project, ref.scope), requestId };
      const request = {
        service: service(ref.kind, ref.scope),
        method: "Insert",
        params,
        body: asBody({ ...body, name: ref.name }),
      };
      return operationOf(await call(request, computePath(ref)));
    },
    async patch(ref, body, requestId) {
      return operationOf(await onResource(ref, "Patch", { params: { requestId }, body: asBody(body) }));
    },
    async delete(ref, requestId) {
      return operationOf(await onResource(ref, "Delete", { params: { requestId } }));
    },
    async call(verb, ref, body, requestId) {
      const method = upperFirst(verb.split(".")[1] ?? "");
      const fields = asBody(body);
      const query = IN_QUERY.has(verb)
        ? Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, String(value)]))
        : {};
      const more = {
        params: { requestId, ...query },
        ...(IN_QUERY.has(verb) ? {} : { body: without(fields, []) }),
      };
      return operationOf(
        await onResource(ref, method, more, ON_RESOURCE.has(verb) ? "resource" : NOUNS[ref.kind]),
      );
    },
  };
}
