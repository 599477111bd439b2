/** One request to a cluster's API: health, discovery, or a resource; authorized, performed, and refused as a Status. */
import { isAllowed, refusalText } from "../access/authorize.ts";
import { isReview, review } from "../access/reviews.ts";
import { ApiError, etcdTimedOut, forbidden } from "../objects/status.ts";
import { remove, removeCollection } from "./deletion.ts";
import { discovery } from "./discovery.ts";
import { health } from "./health.ts";
import { openapi } from "./openapi.ts";
import { get, list, watch } from "./read.ts";
import {
  type ApiAnswer,
  type ApiRequest,
  type ResourceRequest,
  resourceRequest,
  targetOf,
} from "./request.ts";
import type { ClusterState } from "./state.ts";
import { subresource } from "./subresources.ts";
import { create, patch, update } from "./write.ts";

// Roles that let everybody read what is below them: system:discovery and system:public-info-viewer.
const PUBLIC_PATHS = /^\/(healthz|livez|readyz|version)(\/|$)/;

function perform(state: ClusterState, request: ResourceRequest): ApiAnswer {
  if (isReview(request)) return review(state, request);
  if (request.subresource !== undefined) return subresource(state, request);
  switch (request.verb) {
    case "get":
      return get(state, request);
    case "list":
      return list(state, request);
    case "watch":
      return watch(state, request);
    case "create":
      return create(state, request);
    case "update":
      return update(state, request);
    case "patch":
      return patch(state, request);
    case "delete":
      return remove(state, request);
    case "deletecollection":
      return removeCollection(state, request);
  }
}

function authorizeResource(state: ClusterState, request: ResourceRequest): void {
  const { definition, verb, namespace, name } = request;
  const attributes = {
    verb,
    group: definition.group,
    resource: definition.resource,
    subresource: request.subresource,
    namespace,
    name,
  };
  if (!isAllowed(state, request.user, attributes))
    throw forbidden({ ...definition, name }, refusalText(request.user, attributes));
}
function authorizePath(request: ApiRequest, pathname: string): void {
  if (request.user.groups.includes("system:authenticated") || request.user.groups.includes("system:masters"))
    return;
  const path = `User "${request.user.name}" cannot ${request.method.toLowerCase()} path "${pathname}"`;
  throw new ApiError(403, "Forbidden", `forbidden: ${path}`, {});
}

/** What a path that names no resource answers, or undefined when it names one. */
function pathAnswer(state: ClusterState, request: ApiRequest, url: URL): ApiAnswer | undefined {
  const accept = request.headers?.["accept"] ?? "";
  if (PUBLIC_PATHS.test(url.pathname)) return health(state, url);
  const described =
    discovery(state.registry, url.pathname, accept) ??
    openapi(state.registry, state.version, url.pathname, accept);
  if (described !== undefined || url.pathname === "/") {
    authorizePath(request, url.pathname);
    return (
      described ?? {
        status: 200,
        body: {
          paths: ["/api", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"],
        },
      }
    );
  }
  return undefined;
}

function route(state: ClusterState, request: ApiRequest): ApiAnswer {
  const target = targetOf(request.path);
  const answer = target.place === undefined ? pathAnswer(state, request, target.url) : undefined;
  if (answer !== undefined) return answer;
  const resource = resourceRequest(request, target, state.registry);
  if (!state.etcd.hasQuorum()) throw etcdTimedOut();
  authorizeResource(state, resource);
  return perform(state, resource);
}

/** Answers at once under the cluster's clock; never throws for what a client did. */
export function handle(state: ClusterState, request: ApiRequest): ApiAnswer {
  try {
    return route(state, request);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { status } = error;
    const retry = status.details?.retryAfterSeconds;
    return {
      status: status.code,
      body: status,
      ...(retry === undefined || retry === 0 ? {} : { headers: { "retry-after": String(retry) } }),
    };
  }
}
