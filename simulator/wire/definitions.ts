/** Reads the API definitions that Google's client packages ship, pruned to the services that are served. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { additionalEnumValues } from "./enum-comments.ts";

/** A field of a message. `type` is a scalar's name or the full name of a message or enum in the same API. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly repeated: boolean;
  readonly map: boolean;
  readonly required: boolean;
}
export interface MessageType {
  readonly name: string;
  readonly fields: ReadonlyMap<string, Field>;
}
export interface HttpRule {
  readonly verb: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  /** `*`, the JSON name of the request's field that is the body, or nothing. */
  readonly body: string | undefined;
}
export interface Method {
  readonly service: string;
  readonly name: string;
  readonly rules: readonly HttpRule[];
  /** Absent for a method of a service that is defined but not served. */
  readonly request: string | undefined;
}
export interface ApiDefinition {
  /** E.g. `google.cloud.compute.v1`. */
  readonly namespace: string;
  readonly methods: readonly Method[];
  readonly messages: ReadonlyMap<string, MessageType>;
  /** Full enum name to its values and their numbers; those that only comments name have none. */
  readonly enums: ReadonlyMap<string, ReadonlyMap<string, number | undefined>>;
}

interface RawField {
  readonly rule?: string;
  readonly type: string;
  readonly keyType?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly parsedOptions?: unknown;
}
interface RawMethod {
  readonly requestType: string;
  readonly parsedOptions?: readonly Readonly<Record<string, unknown>>[];
}
/** A part of a protos.json. */
export interface RawNode {
  readonly nested?: Readonly<Record<string, RawNode>>;
  readonly fields?: Readonly<Record<string, RawField>>;
  readonly values?: Readonly<Record<string, number>>;
  readonly methods?: Readonly<Record<string, RawMethod>>;
}

const SCALARS: ReadonlySet<string> = new Set([
  "double",
  "float",
  "int32",
  "uint32",
  "sint32",
  "fixed32",
  "sfixed32",
  "int64",
  "uint64",
  "sint64",
  "fixed64",
  "sfixed64",
  "bool",
  "string",
  "bytes",
]);
const VERBS = ["get", "post", "put", "patch", "delete"] as const;

export interface ApiSource {
  /** npm package that ships the definitions, e.g. `@google-cloud/compute`; or the definitions themselves. */
  readonly package: string | RawNode;
  readonly namespace: string;
  /** The services whose requests are served; the methods of all others are routed, so that they can answer 501. */
  readonly services: readonly string[];
  /** A .proto file of the package whose comments name enum values that the definitions leave out. */
  readonly enumComments?: string;
}

const loaded = new Map<string, ApiDefinition>();

/** Kept in memory: the second call for the same source costs nothing. */
export function loadDefinition(source: ApiSource): ApiDefinition {
  const known = loaded.get(source.namespace);
  if (known !== undefined) return known;
  const definition =
    typeof source.package === "string"
      ? fromPackage(source.package, source)
      : prune(source.package, source, new Map());
  loaded.set(source.namespace, definition);
  return definition;
}

function fromPackage(name: string, source: ApiSource): ApiDefinition {
  const folder = join(packageFolder(name), "build", "protos");
  const root = JSON.parse(readFileSync(join(folder, "protos.json"), "utf8")) as RawNode;
  const additional =
    source.enumComments === undefined
      ? new Map<string, readonly string[]>()
      : additionalEnumValues(readFileSync(join(folder, source.enumComments), "utf8"), source.namespace);
  return prune(root, source, additional);
}

/** Some packages export their entry alone, so their folder is found by it. */
function packageFolder(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name);
  const folder = join("node_modules", ...name.split("/"));
  return entry.slice(0, entry.lastIndexOf(folder) + folder.length);
}

/** Pure. What the served services need, and the routes of everything else. */
function prune(
  root: RawNode,
  source: ApiSource,
  additional: ReadonlyMap<string, readonly string[]>,
): ApiDefinition {
  const space = nodeAt(root, source.namespace)?.nested ?? {};
  const messages = new Map<string, MessageType>();
  const enums = new Map<string, ReadonlyMap<string, number | undefined>>();
  const methods: Method[] = [];
  const pending: string[] = [];
  for (const [service, node] of Object.entries(space)) {
    if (node.methods === undefined) continue;
    const served = source.services.includes(service);
    for (const [name, method] of Object.entries(node.methods)) {
      const request = served ? resolveName(root, method.requestType, source.namespace) : undefined;
      if (request !== undefined) pending.push(request);
      methods.push({ service, name, rules: httpRules(method), request });
    }
  }
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (messages.has(name) || enums.has(name)) continue;
    const node = nodeAt(root, name);
    if (node?.values !== undefined) enums.set(name, enumValues(node.values, additional.get(name)));
    if (node?.fields === undefined) continue;
    const message = messageType(root, name, node.fields, node.nested ?? {});
    messages.set(name, message);
    for (const field of message.fields.values()) if (!SCALARS.has(field.type)) pending.push(field.type);
    for (const [nestedName, nested] of Object.entries(node.nested ?? {}))
      if (nested.values !== undefined) pending.push(`${name}.${nestedName}`);
  }
  return { namespace: source.namespace, methods, messages, enums };
}

function messageType(
  root: RawNode,
  name: string,
  raw: Readonly<Record<string, RawField>>,
  nested: Readonly<Record<string, RawNode>>,
): MessageType {
  const fields = new Map<string, Field>();
  for (const [fieldName, field] of Object.entries(raw)) {
    fields.set(fieldName, {
      name: fieldName,
      type: fieldType(root, name, fieldName, field, nested),
      repeated: field.rule === "repeated",
      map: field.keyType !== undefined,
      required: isRequired(field),
    });
  }
  return { name, fields };
}

/** Compute declares enums as strings beside a nested enum of the capitalised name. */
function fieldType(
  root: RawNode,
  message: string,
  name: string,
  field: RawField,
  nested: Readonly<Record<string, RawNode>>,
): string {
  if (field.type === "string") {
    const companion = name.charAt(0).toUpperCase() + name.slice(1);
    return nested[companion]?.values === undefined ? "string" : `${message}.${companion}`;
  }
  return SCALARS.has(field.type) ? field.type : (resolveName(root, field.type, message) ?? field.type);
}

function isRequired(field: RawField): boolean {
  const behaviour = field.options?.["(google.api.field_behavior)"];
  return behaviour === "REQUIRED" || (Array.isArray(behaviour) && behaviour.includes("REQUIRED"));
}

function enumValues(
  values: Readonly<Record<string, number>>,
  more: readonly string[] = [],
): ReadonlyMap<string, number | undefined> {
  const numbers = new Map<string, number | undefined>();
  for (const [name, number] of Object.entries(values))
    if (!name.startsWith("UNDEFINED_")) numbers.set(name, number);
  for (const name of more) numbers.set(name, undefined);
  return numbers;
}

function httpRules(method: RawMethod): readonly HttpRule[] {
  const rules: HttpRule[] = [];
  for (const option of method.parsedOptions ?? []) {
    const http = option["(google.api.http)"] as Readonly<Record<string, unknown>> | undefined;
    if (http === undefined) continue;
    const more = http["additional_bindings"] ?? [];
    for (const rule of [http, ...(Array.isArray(more) ? more : [more])]) rules.push(...httpRule(rule));
  }
  return rules;
}

function httpRule(rule: Readonly<Record<string, unknown>>): readonly HttpRule[] {
  const body = typeof rule["body"] === "string" ? camelCase(rule["body"]) : undefined;
  return VERBS.flatMap((verb) => {
    const path = rule[verb];
    return typeof path === "string"
      ? [{ verb: verb.toUpperCase() as HttpRule["verb"], path: camelCasePath(path), body }]
      : [];
  });
}

/** The JSON name of a field, as protobuf makes it. */
export function camelCase(name: string): string {
  return name.replaceAll(/_([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
function camelCasePath(path: string): string {
  return path.replaceAll(
    /\{([^}=]+)(=[^}]+)?\}/g,
    (_, name: string, pattern = "") => `{${camelCase(name)}${pattern}}`,
  );
}

function nodeAt(root: RawNode, fullName: string): RawNode | undefined {
  let node: RawNode | undefined = root;
  for (const part of fullName.split(".")) node = node?.nested?.[part];
  return node;
}

/** As protobuf resolves a name: from the innermost scope outwards. */
function resolveName(root: RawNode, name: string, scope: string): string | undefined {
  const absolute = name.startsWith(".") ? name.slice(1) : undefined;
  if (absolute !== undefined) return nodeAt(root, absolute) === undefined ? undefined : absolute;
  const parts = scope.split(".");
  for (let depth = parts.length; depth >= 0; depth--) {
    const candidate = [...parts.slice(0, depth), name].join(".");
    if (nodeAt(root, candidate) !== undefined) return candidate;
  }
  return undefined;
}
