/** The Compute port through Google's official client. */

import type { Clock } from "../../ports/clock.ts";
import { CloudError, isCloudError } from "../../ports/cloud-error.ts";
import {
  type Compute,
  type ComputeKind,
  type ComputeRef,
  computePath,
  filterOf,
  hasPrefix,
  type ListRequest,
  type Scope,
} from "../../ports/compute.ts";
import type { ComputeResources, ManagedInstance, Operation } from "../../ports/compute-types.ts";
import { type ApiCall, aggregatedPages, type CallApi, pagesOf } from "./api-call.ts";
import { type CallMeter, createCallMeter } from "./call-meter.ts";
import { cloudErrorFromCall } from "./compute-call-errors.ts";
import { type ComputeClients, createComputeClients, type MethodShape } from "./compute-clients.ts";
import { checkSendable, toRestJson } from "./compute-json.ts";
import { readOperations } from "./compute-operations.ts";
import {
  aggregatedServiceFor,
  type ComputeServiceName,
  regionOf,
  scopeType,
  serviceFor,
} from "./compute-services.ts";

const SERIAL_PORT = 1;

export interface GoogleComputeOptions {
  readonly clock: Clock;
  /** `http://127.0.0.1:PORT` for a local cloud; Google's own when absent. */
  readonly endpoint?: string;
  /** One for all users of a project's quota; one of its own when absent. */
  readonly meter?: CallMeter;
}
export interface GoogleCompute extends Compute {
  readonly meter: CallMeter;
  close(): Promise<void>;
}
export function createGoogleCompute(options: GoogleComputeOptions): GoogleCompute {
  const clients = createComputeClients(options.endpoint === undefined ? {} : { endpoint: options.endpoint });
  const meter = options.meter ?? createCallMeter(options.clock);
  const callApi: CallApi = (call) => {
    const location = regionOf(call.scope);
    const { project, service, method, target } = call;
    return meter.measure({ project, location, service, method, target }, async () => {
      try {
        const answer = await clients.call(service, method, call.request);
        return toRestJson(answer) as Readonly<Record<string, unknown>>;
      } catch (error) {
        throw cloudErrorFromCall(error, target, method);
      }
    });
  };
  return {
    meter,
    close: () => clients.close(),
    list: (request) => listResources(callApi, request),
    get: (ref) => getResource(clients, callApi, ref),
    async imageFromFamily(project, family) {
      const target = `projects/${project}/global/images/family/${family}`;
      const request = { project, family };
      const image = await callApi({
        service: "Images",
        method: "getFromFamily",
        project,
        scope: "global",
        target,
        request,
      });
      return image as unknown as ComputeResources["images"];
    },
    async groupMembers(group) {
      const members = await pagesOf(callApi, await namedCall(clients, group, "listInstances"), "items");
      return members.flatMap(({ instance }) => (typeof instance === "string" ? [instance] : []));
    },
    async managedInstances(group) {
      const call = await namedCall(clients, group, "listManagedInstances");
      const instances = await pagesOf(callApi, call, "managedInstances");
      return instances as unknown as readonly ManagedInstance[];
    },
    async serialOutput(instance, start = 0) {
      const call = await namedCall(clients, instance, "getSerialPortOutput");
      const answer = await callApi({ ...call, request: { ...call.request, port: SERIAL_PORT, start } });
      const next = Number(answer["next"] ?? start);
      return { contents: typeof answer["contents"] === "string" ? answer["contents"] : "", next };
    },
    operations: (project, paths) => readOperations(callApi, project, paths),
    insert: (ref, body, requestId) => mutate(clients, callApi, ref, "insert", { ...body }, requestId),
    patch: (ref, body, requestId) => mutate(clients, callApi, ref, "patch", { ...body }, requestId),
    delete: (ref, requestId) => mutate(clients, callApi, ref, "delete", {}, requestId),
    call: (verb, ref, body, requestId) =>
      mutate(clients, callApi, ref, verb.slice(verb.indexOf(".") + 1), body, requestId),
  };
}

async function getResource<K extends ComputeKind>(
  clients: ComputeClients,
  callApi: CallApi,
  ref: ComputeRef<K>,
): Promise<ComputeResources[K] | undefined> {
  try {
    return (await callApi(await namedCall(clients, ref, "get"))) as unknown as ComputeResources[K];
  } catch (error) {
    if (isCloudError(error, "not-found")) return undefined;
    throw error;
  }
}

/** Every mutation has the same form: path fields from the reference, a body or query fields, and the request id. */
async function mutate(
  clients: ComputeClients,
  callApi: CallApi,
  ref: ComputeRef,
  method: string,
  body: Readonly<Record<string, unknown>>,
  requestId: string,
): Promise<Operation> {
  const call = await namedCall(clients, ref, method);
  const shape = await clients.shape(call.service, method);
  const bodyField = shape?.bodyField;
  const bodyType =
    bodyField === undefined ? undefined : shape?.requestType.fields[bodyField]?.resolve().resolvedType;
  if (bodyType !== null && bodyType !== undefined && "fields" in bodyType)
    checkSendable(bodyType, body, bodyField ?? "", { patch: method === "patch" });
  const sent = bodyField === undefined ? body : { [bodyField]: body };
  const request = { ...sent, ...call.request, requestId };
  if (shape !== undefined && bodyField === undefined)
    checkSendable(shape.requestType, request, method, { patch: false });
  return (await callApi({ ...call, request })) as unknown as Operation;
}

/** A call on one resource. @throws CloudError invalid when the API has no such method for the kind */
async function namedCall(clients: ComputeClients, ref: ComputeRef, method: string): Promise<ApiCall> {
  const service = serviceFor(ref.kind, ref.scope);
  const shape = await shapeOf(clients, service, method, computePath(ref));
  const request: Record<string, unknown> = {};
  for (const field of shape.pathFields) request[field] = pathValue(field, ref);
  return { service, method, project: ref.project, scope: ref.scope, target: computePath(ref), request };
}

async function shapeOf(
  clients: ComputeClients,
  service: ComputeServiceName,
  method: string,
  target: string,
): Promise<MethodShape> {
  let shape: MethodShape | undefined;
  try {
    shape = await clients.shape(service, method);
  } catch (error) {
    throw cloudErrorFromCall(error, target, "get");
  }
  if (shape !== undefined) return shape;
  throw new CloudError(
    "invalid",
    `${service} has no method ${method} in the Compute API, or none that compute-services.ts lists as called.`,
    { target },
  );
}

function pathValue(field: string, ref: ComputeRef): string {
  if (field === "project") return ref.project;
  if (field === "zone" || field === "region") return ref.scope.slice(ref.scope.indexOf("/") + 1);
  return ref.name;
}

/** @throws CloudError unavailable when a part of the cloud did not answer: what is missing there is not known */
async function listResources<K extends ComputeKind>(
  callApi: CallApi,
  request: ListRequest<K>,
): Promise<readonly ComputeResources[K][]> {
  const { kind, project } = request;
  const filter = filterOf(request);
  const filtered = filter === undefined ? {} : { filter };
  const aggregated = request.scope === "everywhere" ? aggregatedServiceFor(kind) : undefined;
  const target = `projects/${project}/${request.scope}/${kind}`;
  if (request.scope === "everywhere" && aggregated !== undefined) {
    const call: ApiCall = {
      service: aggregated,
      method: "aggregatedList",
      project,
      scope: "everywhere",
      target,
      // Without returnPartialSuccess (which the client's definitions lack) a zone that is down fails the whole call,
      // which is what is wanted: a list that is not whole is no list.
      request: { project, ...filtered },
    };
    return only(request, await aggregatedPages(callApi, call, kind));
  }
  const scope: Scope = request.scope === "everywhere" ? "global" : request.scope;
  const place = scopeType(scope) === "global" ? {} : { [scopeType(scope).slice(0, -1)]: scope.split("/")[1] };
  const call: ApiCall = {
    service: serviceFor(kind, scope),
    method: "list",
    project,
    scope,
    target,
    request: { project, ...place, ...filtered },
  };
  return only(request, await pagesOf(callApi, call, "items"));
}

/** A filter may let more through than was asked for. */
function only<K extends ComputeKind>(
  request: ListRequest<K>,
  items: readonly unknown[],
): readonly ComputeResources[K][] {
  return (items as readonly ComputeResources[K][]).filter(({ name }) => hasPrefix(request, name));
}
