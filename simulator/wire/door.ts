/** Answers one request to the simulated cloud: finds its method, checks it, hands it over, writes the answer. */
import type { ComputeAnswer, ComputeService, JsonObject } from "../compute/call.ts";
import { Refusal } from "../refusal.ts";
import type { Service } from "../service.ts";
import { COMPUTE_NAMESPACE } from "./apis.ts";
import { checkBody, checkRequired } from "./body.ts";
import { errorBody } from "./errors.ts";
import { queryParams } from "./params.ts";
import { type Match, matchRoute, type Routes } from "./routes.ts";

export interface WireRequest {
  readonly verb: string;
  /** Path and query as they came. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** Aborted when the caller is gone. */
  readonly gone?: AbortSignal;
}
export interface WireAnswer {
  readonly status: number;
  readonly body: JsonObject;
  /** It happened, but the caller is to get no answer. */
  readonly lost?: boolean;
}
export interface DoorOptions {
  readonly routes: Routes;
  readonly compute: ComputeService;
  /** Holds `operations.wait` back until the operation is done; it answers at once when absent. */
  readonly hold?: HoldWait;
  /** By namespace of the published definitions. */
  readonly services: ReadonlyMap<string, Service>;
  /** The email behind an access token, or nothing when the token is not one of ours. */
  readonly callerOf: (token: string) => string | undefined;
}
/** Resolves when the operation at this path is done, unknown, or has been waited for long enough. */
export type HoldWait = (operationPath: string, gone: AbortSignal | undefined) => Promise<void>;
export type Door = (request: WireRequest) => Promise<WireAnswer>;

export function createDoor(options: DoorOptions): Door {
  return async (request) => {
    const url = URL.parse(`http://local.invalid${request.url}`);
    if (url === null) return notServed(request.verb, request.url);
    const match = matchRoute(options.routes, request.verb, url.pathname);
    if (match === undefined) return notServed(request.verb, url.pathname);
    const style = match.api.namespace === COMPUTE_NAMESPACE ? "compute" : "plain";
    try {
      return await callMethod(options, match, url.searchParams, request);
    } catch (error) {
      if (error instanceof Refusal) return { status: error.httpStatus, body: errorBody(error, style) };
      throw error;
    }
  };
}

async function callMethod(
  options: DoorOptions,
  match: Match,
  query: URLSearchParams,
  request: WireRequest,
): Promise<ComputeAnswer> {
  const { method, api, rule } = match;
  if (method.request === undefined)
    throw new Refusal(
      501,
      `${method.service}.${method.name} exists in ${api.namespace}, but the simulated cloud does not model it.`,
    );
  const params = queryParams(api, method.request, rule, match.pathParams, query);
  const body = requestBody(match, method.request, request);
  if (api.namespace === COMPUTE_NAMESPACE) {
    const call = { service: method.service, method: method.name, params };
    if (method.name === "Wait") await options.hold?.(operationPath(params), request.gone);
    return options.compute(body === undefined ? call : { ...call, body });
  }
  const service = options.services.get(api.namespace);
  if (service === undefined) throw new Refusal(501, `${api.namespace} is not part of this simulated cloud.`);
  const caller = callerOf(options, request);
  return await service({
    service: method.service,
    method: method.name,
    params,
    body: body ?? {},
    caller,
  });
}

function operationPath(params: Readonly<Record<string, string>>): string {
  const { project = "", zone, region, operation = "" } = params;
  const regional = region === undefined ? "global" : `regions/${region}`;
  return `projects/${project}/${zone === undefined ? regional : `zones/${zone}`}/operations/${operation}`;
}

/** The owner of the project calls without a token; a token must be one that the simulated cloud gave out. */
function callerOf(options: DoorOptions, request: WireRequest): string | undefined {
  const bearer = /^Bearer\s+(.+)$/i.exec(request.headers["authorization"] ?? "")?.[1];
  if (bearer === undefined) return undefined;
  const caller = options.callerOf(bearer);
  if (caller === undefined)
    throw new Refusal(
      401,
      "Request had invalid authentication credentials: this access token is not one of the simulated cloud's, or expired.",
    );
  return caller;
}

/** @throws Refusal */
function requestBody(match: Match, requestType: string, request: WireRequest): JsonObject | undefined {
  const { api, rule } = match;
  if (rule.body === undefined) return undefined;
  const field = rule.body === "*" ? undefined : api.messages.get(requestType)?.fields.get(rule.body);
  const type = rule.body === "*" ? requestType : field?.type;
  if (type === undefined) return undefined;
  const isCompute = api.namespace === COMPUTE_NAMESPACE;
  // Compute's REST API calls every body "resource"; the others name the field.
  const path = rule.body === "*" ? "" : isCompute ? "resource" : rule.body;
  const json = parseJson(request.body);
  if (json === undefined && field?.required === true && isCompute)
    throw new Refusal(400, `Required field '${path}' not specified`);
  const body = checkBody(api, type, json ?? {}, path, { keepNulls: request.verb === "PATCH" });
  if (request.verb !== "PATCH" && rule.body !== "*") checkRequired(api, type, body, path);
  return body;
}

/** Google's clients post `""` where a message has no field set. */
function parseJson(text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  if (trimmed === '""') return {};
  try {
    return JSON.parse(trimmed);
  } catch {
    throw new Refusal(400, `Invalid JSON payload received. Unexpected token.\n${trimmed.slice(0, 60)}`);
  }
}

function notServed(verb: string, path: string): WireAnswer {
  const refusal = new Refusal(
    404,
    `The requested URL ${path} was not found on this server (${verb}). The simulated cloud serves Compute Engine v1, ` +
      "Secret Manager v1, Cloud Tasks v2 and IAM Service Account Credentials v1.",
  );
  return { status: 404, body: errorBody(refusal, "compute") };
}
