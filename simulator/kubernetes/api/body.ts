/** Request bodies: JSON or YAML text to an object that fits the resource it was sent to. */
import { parse } from "yaml";
import { isDict } from "../apply/patches.ts";
import { common } from "../objects/common.ts";
import type { Dict, KubeObject } from "../objects/object.ts";
import { groupVersion } from "../objects/resources.ts";
import { badRequest, unsupportedMediaType } from "../objects/status.ts";
import type { ResourceRequest } from "./request.ts";

const YAML_TYPES = new Set(["application/yaml", "application/apply-patch+yaml"]);
const JSON_TYPES = new Set([
  "application/json",
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "",
]);

/** Parsed, or a copy when the door has parsed it: what is stored of it must not change with the client's own. @throws ApiError 400 or 415 */
export function parseBody(body: unknown, contentType: string): unknown {
  const read = readBody(body, contentType);
  return read === body && body !== undefined ? JSON.parse(JSON.stringify(body)) : read;
}
function readBody(body: unknown, contentType: string): unknown {
  if (!JSON_TYPES.has(contentType) && !YAML_TYPES.has(contentType)) throw unsupportedMediaType(contentType);
  if (typeof body !== "string") return body;
  if (body === "") return undefined;
  try {
    return YAML_TYPES.has(contentType) ? parse(body) : JSON.parse(body);
  } catch (error) {
    throw badRequest(`the object provided is unrecognized (must be of type JSON or YAML): ${String(error)}`);
  }
}

/** Not common: each of them is another text. */
const UNCOMMON = new Set(["secrets", "configmaps", "certificatesigningrequests"]);
function shared(request: ResourceRequest, body: Dict): Dict {
  const each = UNCOMMON.has(request.definition.resource) ? copied : common;
  return Object.fromEntries(
    Object.entries(body).map(([field, value]) => [field, field === "metadata" ? copied(value) : each(value)]),
  );
}
const copied = (value: unknown): unknown =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value));

/** The object in a create, update or apply. @throws ApiError 400 when it is not of the path's kind */
export function objectBody(request: ResourceRequest): KubeObject {
  const read = readBody(request.body, request.contentType);
  const body = isDict(read) ? shared(request, read) : read;
  if (!isDict(body)) throw badRequest("the body of the request must be an object");
  const { definition } = request;
  const apiVersion = groupVersion(definition);
  const kind = body["kind"] ?? definition.kind;
  if (kind !== definition.kind)
    throw badRequest(
      `${kind} in version "${body["apiVersion"]}" cannot be handled as a ${definition.kind}: no kind "${kind}" is registered for ${apiVersion}`,
    );
  if (body["apiVersion"] !== undefined && body["apiVersion"] !== apiVersion)
    throw badRequest(
      `the API version in the data (${body["apiVersion"]}) does not match the expected API version (${apiVersion})`,
    );
  const metadata = { ...((body["metadata"] as Dict | undefined) ?? {}) };
  const said = metadata["namespace"];
  if (request.namespace !== undefined && said !== undefined && said !== "" && said !== request.namespace)
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  if (definition.namespaced) metadata["namespace"] = request.namespace;
  else delete metadata["namespace"];
  metadata["name"] ??= request.name ?? "";
  if (request.name !== undefined && metadata["name"] !== request.name)
    throw badRequest(
      `the name of the object (${metadata["name"]}) does not match the name on the URL (${request.name})`,
    );
  return { ...body, apiVersion, kind: definition.kind, metadata } as unknown as KubeObject;
}

/** DeleteOptions, from the body or the query. */
export function deleteOptions(request: ResourceRequest): Dict {
  const body = parseBody(request.body, request.contentType);
  const { query } = request;
  const options: Dict = isDict(body) ? { ...body } : {};
  const grace = query.get("gracePeriodSeconds");
  if (grace !== null) options["gracePeriodSeconds"] = Number(grace);
  const propagation = query.get("propagationPolicy");
  if (propagation !== null) options["propagationPolicy"] = propagation;
  return options;
}

export function isDryRun(request: ResourceRequest, options: Dict = {}): boolean {
  const asked = options["dryRun"];
  return request.query.get("dryRun") === "All" || (Array.isArray(asked) && asked.includes("All"));
}
