/**
 * OpenAPI, as much as clients need: that writes take fieldValidation and dryRun, and which kinds exist. Schemas name only
 * the fields that every object has and say so; field by field descriptions are not modelled.
 */
import { groupVersion, type ResourceDefinition, type ResourceRegistry } from "../objects/resources.ts";
import { noSuchPath, notAcceptable } from "../objects/status.ts";
import type { ApiAnswer } from "./request.ts";

const WRITE_PARAMETERS = ["dryRun", "fieldManager", "fieldValidation", "pretty"];

function gvk({ group, version, kind }: ResourceDefinition) {
  return { group, version, kind };
}
function schemaName({ group, version, kind }: ResourceDefinition): string {
  return `io.k8s.api.${group === "" ? "core" : (group.split(".")[0] ?? group)}.${version}.${kind}`;
}
function pathOf(definition: ResourceDefinition): string {
  const root = definition.group === "" ? "/api/v1" : `/apis/${groupVersion(definition)}`;
  return `${root}${definition.namespaced ? "/namespaces/{namespace}" : ""}/${definition.resource}`;
}
function parameters(three: boolean) {
  return WRITE_PARAMETERS.map((name) => ({
    name,
    in: "query",
    ...(three ? { schema: { type: "string", uniqueItems: true } } : { type: "string", uniqueItems: true }),
  }));
}
function operations(definition: ResourceDefinition, three: boolean) {
  const operation = (action: string) => ({
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": gvk(definition),
    parameters: parameters(three),
    responses: { "200": { description: "OK" } },
  });
  const collection = { post: operation("post") };
  const item = { patch: operation("patch"), put: operation("put") };
  return [
    [pathOf(definition), collection],
    [`${pathOf(definition)}/{name}`, item],
  ] as const;
}
function schema(definition: ResourceDefinition) {
  const text = (description: string) => ({ type: "string", description });
  return {
    type: "object",
    description: `${definition.kind}. The simulated cluster describes only the fields that every object has.`,
    properties: {
      apiVersion: text("The versioned schema of this object."),
      kind: text("The REST resource that this object represents."),
      metadata: { type: "object", description: "Standard object's metadata." },
      spec: { type: "object", description: "What is wanted.", "x-kubernetes-preserve-unknown-fields": true },
      status: {
        type: "object",
        description: "What is observed.",
        "x-kubernetes-preserve-unknown-fields": true,
      },
    },
    "x-kubernetes-group-version-kind": [gvk(definition)],
  };
}

function groupPath(definition: ResourceDefinition): string {
  return definition.group === "" ? "api/v1" : `apis/${groupVersion(definition)}`;
}
const info = (version: string) => ({ title: "Kubernetes", version });

const PROTOBUF_V2 = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
/** `swagger: "2.0"`, an info with a title, and no paths: in gnostic's OpenAPI v2 message. */
const EMPTY_DOCUMENT = Buffer.from([
  ...[0x0a, 3, ...Buffer.from("2.0")],
  ...[0x12, 12, 0x0a, 10, ...Buffer.from("Kubernetes")],
  ...[0x42, 0],
]);
/** kubectl up to 1.29 wants a document in protobuf before it asks the server to validate; an empty one will do. */
function protobufDocument(pathname: string): ApiAnswer {
  if (pathname !== "/openapi/v2") throw notAcceptable("only application/json is served here");
  return { status: 200, contentType: PROTOBUF_V2, body: EMPTY_DOCUMENT };
}

/** The answer to an OpenAPI path, or undefined when the path is not one. */
export function openapi(
  registry: ResourceRegistry,
  version: string,
  pathname: string,
  accept: string,
): ApiAnswer | undefined {
  if (pathname !== "/openapi/v2" && !pathname.startsWith("/openapi/v3")) return undefined;
  if (accept.includes("protobuf") && !accept.includes("json")) return protobufDocument(pathname);
  const all = registry.all();
  if (pathname === "/openapi/v2") {
    const definitions = Object.fromEntries(all.map((each) => [schemaName(each), schema(each)]));
    const paths = Object.fromEntries(all.flatMap((each) => operations(each, false)));
    return { status: 200, body: { swagger: "2.0", info: info(version), paths, definitions } };
  }
  if (pathname === "/openapi/v3") {
    const keys = [...new Set(all.map(groupPath))];
    const paths = Object.fromEntries(
      keys.map((key) => [key, { serverRelativeURL: `/openapi/v3/${key}?hash=${all.length}` }]),
    );
    return { status: 200, body: { paths } };
  }
  const here = all.filter((each) => `/openapi/v3/${groupPath(each)}` === pathname);
  if (here.length === 0) throw noSuchPath();
  const paths = Object.fromEntries(here.flatMap((each) => operations(each, true)));
  const schemas = Object.fromEntries(here.map((each) => [schemaName(each), schema(each)]));
  return { status: 200, body: { openapi: "3.0.0", info: info(version), paths, components: { schemas } } };
}
