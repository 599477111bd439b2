/** What goes into a cluster's API and what comes out, whichever door it came through; and how paths name resources. */
import { remembered } from "../../remembered.ts";
import type { ResourceDefinition, ResourceRegistry } from "../objects/resources.ts";
import { methodNotAllowed, noSuchPath } from "../objects/status.ts";

export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}
/** Who sends no credentials. */
export const ANONYMOUS: User = { name: "system:anonymous", groups: ["system:unauthenticated"] };

export interface ApiRequest {
  readonly method: string;
  /** From the root, with query. */
  readonly path: string;
  /** Lower-case names: `accept`, `content-type`, `user-agent`. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Parsed JSON or YAML, or its text. */
  readonly body?: unknown;
  readonly user: User;
}

/** A running watch: events as they are to be written, one JSON document a line. */
export interface WatchStream extends AsyncIterable<unknown> {
  /** Ends it; harmless when it has ended. */
  close(): void;
}
export interface ApiAnswer {
  readonly status: number;
  /** `application/json` unless it says otherwise. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or a string when the content type is plain text. */
  readonly body?: unknown;
  readonly watch?: WatchStream;
}

export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | "deletecollection";

export interface ResourceRequest {
  readonly definition: ResourceDefinition;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  readonly verb: Verb;
  readonly query: URLSearchParams;
  readonly accept: string;
  readonly contentType: string;
  readonly userAgent: string;
  readonly body: unknown;
  readonly user: User;
}

// `/api/v1/namespaces/x/status` is the namespace's subresource, not a resource called "status".
const NAMESPACE_SUBRESOURCES = new Set(["status", "finalize"]);

interface Place {
  readonly group: string;
  readonly version: string;
  readonly namespace: string | undefined;
  readonly resource: string;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** Reads `/apis/apps/v1/namespaces/n/deployments/web/scale`; undefined when the path names no resource. */
export function placeOf(pathname: string): Place | undefined {
  const written = pathname.split("/").filter((part) => part !== "");
  const core = written[0] === "api";
  if (!core && written[0] !== "apis") return undefined;
  const parts = written.map(decodeURIComponent);
  const [group, version] = core ? ["", parts[1]] : [parts[1], parts[2]];
  const rest = parts.slice(core ? 2 : 3);
  const [first, second, third] = rest;
  if (group === undefined || version === undefined || first === undefined) return undefined;
  const ofNamespaceItself =
    third === undefined || (rest.length === 3 && group === "" && NAMESPACE_SUBRESOURCES.has(third));
  if (first !== "namespaces" || ofNamespaceItself) {
    const subresource = rest.length > 2 ? rest.slice(2).join("/") : undefined;
    return { group, version, namespace: undefined, resource: first, name: second, subresource };
  }
  const subresource = rest.length > 4 ? rest.slice(4).join("/") : undefined;
  return { group, version, namespace: second, resource: third, name: rest[3], subresource };
}

const ANY_BASE = "https://kubernetes.invalid";
/** Where a request goes: its path and query taken apart, and the resource that they name, if they do. */
export interface Target {
  readonly url: URL;
  readonly query: URLSearchParams;
  readonly place: Place | undefined;
}
export const targetOf = remembered((path): Target => {
  const url = new URL(path, ANY_BASE);
  return { url, query: url.searchParams, place: placeOf(url.pathname) };
});

function verbOf(method: string, named: boolean, watching: boolean): Verb {
  if (method === "GET" || method === "HEAD") return watching ? "watch" : named ? "get" : "list";
  if (method === "POST") return "create";
  if (method === "PUT" && named) return "update";
  if (method === "PATCH" && named) return "patch";
  if (method === "DELETE") return named ? "delete" : "deletecollection";
  throw methodNotAllowed();
}

/** @throws ApiError when nothing is served there. */
export function resourceRequest(
  request: ApiRequest,
  { place, query }: Target,
  registry: ResourceRegistry,
): ResourceRequest {
  const definition = place && registry.find(place.group, place.version, place.resource);
  if (place === undefined || definition === undefined) throw noSuchPath();
  const { namespace, name, subresource } = place;
  if (namespace !== undefined && !definition.namespaced) throw noSuchPath();
  if (subresource !== undefined && !definition.subresources.includes(subresource)) throw noSuchPath();
  if (namespace === undefined && name !== undefined && definition.namespaced) throw noSuchPath();
  const watching = ["true", "1"].includes(query.get("watch") ?? "");
  const verb = verbOf(request.method, name !== undefined, watching);
  if (subresource === undefined && !definition.verbs.includes(verb)) throw methodNotAllowed();
  const headers = request.headers ?? {};
  return {
    definition,
    namespace,
    name,
    subresource,
    verb,
    query,
    accept: headers["accept"] ?? "",
    contentType: (headers["content-type"] ?? "application/json").split(";")[0]?.trim() ?? "",
    userAgent: headers["user-agent"] ?? "unknown",
    body: request.body,
    user: request.user,
  };
}
