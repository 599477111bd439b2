/** The official clients of the Compute API: made when first used, sharing one set of definitions and one credential. */
import { GoogleAuth, PassThroughClient } from "google-auth-library";
import type { protobuf } from "google-gax/fallback";
import { CALLED_METHODS, CLIENT_MODULES, type ComputeServiceName } from "./compute-services.ts";
import { restGax } from "./rest-gax.ts";

const SCOPE = "https://www.googleapis.com/auth/cloud-platform";
/** No answer after this long leaves the outcome unknown. Inserts and lists answer within seconds. */
export const CALL_TIMEOUT_MS = 30_000;
const NAMESPACE = "google.cloud.compute.v1";

export interface MethodShape {
  /** Names of the fields that the path carries, in order. */
  readonly pathFields: readonly string[];
  /** The field that is the HTTP body. */
  readonly bodyField: string | undefined;
  readonly requestType: protobuf.Type;
}
export interface ComputeClients {
  /** Calls once: no retry in the client. `method` as the client names it: `insert`, `aggregatedList`. */
  call(
    service: ComputeServiceName,
    method: string,
    request: Readonly<Record<string, unknown>>,
  ): Promise<unknown>;
  /** Nothing when the service has no such method. */
  shape(service: ComputeServiceName, method: string): Promise<MethodShape | undefined>;
  close(): Promise<void>;
}
export interface ComputeClientsOptions {
  /** `http://127.0.0.1:PORT` for a local cloud: plain HTTP, no credentials. Google's own when absent. */
  readonly endpoint?: string;
}

/** The parts of the generated clients that are used here. */
interface GeneratedClient {
  initialize(): Promise<unknown>;
  close(): Promise<void>;
  readonly innerApiCalls: Readonly<
    Record<string, (request: object, options: object) => Promise<readonly unknown[]>>
  >;
}
type ClientConstructor = new (options: object, gaxInstance: object) => GeneratedClient;

export function createComputeClients(options: ComputeClientsOptions): ComputeClients {
  const clients = new Map<ComputeServiceName, Promise<GeneratedClient>>();
  const shapes = new Map<string, MethodShape | undefined>();
  const definitions: { root?: protobuf.Root } = {};
  const gax = gaxThatTells(definitions);
  const connection = connectionOptions(options.endpoint);

  const make = async (service: ComputeServiceName): Promise<GeneratedClient> => {
    const Client = (await CLIENT_MODULES[service]()) as unknown as ClientConstructor;
    const client = new Client(connection, gax);
    await client.initialize();
    return client;
  };
  const clientOf = (service: ComputeServiceName): Promise<GeneratedClient> => {
    const known = clients.get(service);
    if (known !== undefined) return known;
    const made = make(service);
    clients.set(service, made);
    // A client that could not be made (no credentials yet) is tried again.
    made.catch(() => clients.delete(service));
    return made;
  };
  return {
    async call(service, method, request) {
      const client = await clientOf(service);
      // Not the client's public method: that one drops a rejected initialize() as an unhandled rejection.
      const run = isCalled(service, method) ? client.innerApiCalls[method] : undefined;
      if (run === undefined) throw new RangeError(`${service} has no method ${method} that is ever called`);
      const result = await run(request, { timeout: CALL_TIMEOUT_MS, retry: null, autoPaginate: false });
      // A paged call answers [items, next request, response], any other [response, …].
      return result[2] ?? result[0];
    },
    async shape(service, method) {
      const key = `${service}.${method}`;
      if (shapes.has(key)) return shapes.get(key);
      await clientOf(service);
      const { root } = definitions;
      const shape =
        root !== undefined && isCalled(service, method) ? methodShape(root, service, method) : undefined;
      shapes.set(key, shape);
      return shape;
    },
    async close() {
      const open = await Promise.allSettled(clients.values());
      await Promise.all(
        open.map((client) => (client.status === "fulfilled" ? client.value.close() : undefined)),
      );
      clients.clear();
    },
  };
}

/** The deployed bundle has no other methods; so none works elsewhere either. */
function isCalled(service: ComputeServiceName, method: string): boolean {
  return CALLED_METHODS.get(service)?.includes(method) ?? false;
}

function connectionOptions(endpoint: string | undefined): object {
  if (endpoint === undefined) return { auth: new GoogleAuth({ scopes: [SCOPE] }) };
  const url = new URL(endpoint);
  const secure = url.protocol === "https:";
  return {
    apiEndpoint: url.hostname,
    port: Number(url.port) || (secure ? 443 : 80),
    protocol: secure ? "https" : "http",
    authClient: new PassThroughClient(),
  };
}

/** The clients keep their definitions to themselves. */
function gaxThatTells(definitions: { root?: protobuf.Root }): object {
  class Telling extends restGax.GrpcClient {
    override loadProtoJSON(json: object): protobuf.Root {
      definitions.root = super.loadProtoJSON(json);
      return definitions.root;
    }
  }
  return { fallback: { ...restGax.fallback, GrpcClient: Telling } };
}

function methodShape(root: protobuf.Root, service: string, method: string): MethodShape | undefined {
  const rpc = root.lookupService(`${NAMESPACE}.${service}`).methods[
    method.charAt(0).toUpperCase() + method.slice(1)
  ];
  if (rpc === undefined) return undefined;
  rpc.resolve();
  const options = (rpc as unknown as { parsedOptions?: readonly Readonly<Record<string, unknown>>[] })
    .parsedOptions;
  const http = options?.find((option) => "(google.api.http)" in option)?.["(google.api.http)"] as
    | Readonly<Record<string, string>>
    | undefined;
  if (http === undefined || rpc.resolvedRequestType === null) return undefined;
  const path = http["get"] ?? http["post"] ?? http["patch"] ?? http["put"] ?? http["delete"] ?? "";
  return {
    pathFields: [...path.matchAll(/\{([^}]+)\}/g)].map((match) => camelCase(match[1] ?? "")),
    bodyField: http["body"] === undefined ? undefined : camelCase(http["body"]),
    requestType: rpc.resolvedRequestType,
  };
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
