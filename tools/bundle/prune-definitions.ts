/** Cuts published API definitions (protobuf.js JSON) down to some methods of some services and the types that they reach. Pure. */
import { conciseMessage, type Message } from "../../shared/adapters/google/concise-definitions.ts";
import { isPackage } from "../../shared/adapters/google/lazy-definitions.ts";

export interface Definition {
  readonly nested?: Readonly<Record<string, Definition>>;
  readonly fields?: Message["fields"];
  readonly methods?: Readonly<Record<string, Method>>;
  readonly options?: Options;
  readonly values?: object;
  readonly [more: string]: unknown;
}
type Options = Readonly<Record<string, unknown>>;
interface Method {
  readonly requestType: string;
  readonly responseType: string;
  readonly parsedOptions?: readonly Options[];
  readonly [more: string]: unknown;
}
/** Methods as clients call them (`aggregatedList`) by the full name of their service; those that it lacks are left out. */
export type Called = Readonly<Record<string, readonly string[]>>;
/** Packages as they were, and in them each message, enum or service as its JSON text, messages concise. */
export interface PrunedDefinitions {
  readonly nested: Readonly<Record<string, PrunedDefinitions | string>>;
}

/** @throws RangeError when a service is not there, or has none of the methods */
export function pruneDefinitions(root: Definition, called: Called): PrunedDefinitions {
  const kept = new Map<string, Definition>();
  const queue: (readonly [path: string, definition: Definition])[] = [];
  const keep = (path: string, definition: Definition): void => {
    if (kept.has(path)) return;
    kept.set(path, definition);
    queue.push([path, definition]);
  };
  for (const [path, methods] of Object.entries(called)) keep(path, serviceWith(root, path, methods));
  for (let next = queue.pop(); next !== undefined; next = queue.pop())
    for (const type of typesOf(next[1])) {
      const path = resolve(root, next[0], type);
      if (path !== undefined) keep(path, withoutNested(at(root, path) as Definition));
    }
  return inPackages(root, "", kept);
}

function serviceWith(root: Definition, path: string, called: readonly string[]): Definition {
  const service = at(root, path);
  if (service?.methods === undefined) throw new RangeError(`there is no service ${path}`);
  const wanted = new Set(called.map((name) => name.charAt(0).toUpperCase() + name.slice(1)));
  const methods = Object.entries(service.methods).filter(([name]) => wanted.has(name));
  if (methods.length === 0) throw new RangeError(`${path} has none of the methods ${called.join(", ")}`);
  return {
    options: onlyOption(service.options, HOST),
    methods: Object.fromEntries(methods.map(([name, method]) => [name, overHttp(method)])),
  };
}

/** Of the options, which stand there twice, a client reads where and how it calls. */
function overHttp({ options: _same, parsedOptions = [], ...method }: Method): Method {
  return { ...method, parsedOptions: parsedOptions.filter((option) => HTTP in option) };
}
function onlyOption(options: Options = {}, name: string): Options {
  return name in options ? { [name]: options[name] } : {};
}
const HOST = "(google.api.default_host)";
const HTTP = "(google.api.http)";

function withoutNested({ nested: _apart, ...definition }: Definition): Definition {
  return definition;
}

function typesOf({ fields = {}, methods = {} }: Definition): readonly string[] {
  return [
    ...Object.values(fields).map(({ type }) => type),
    ...Object.values(methods).flatMap(({ requestType, responseType }) => [requestType, responseType]),
  ];
}

/** A name as protobuf reads it: within its own scope first, then outwards. Nothing for scalars. */
function resolve(root: Definition, from: string, type: string): string | undefined {
  if (type.startsWith(".")) return type.slice(1);
  for (let scope = from; ; scope = scope.slice(0, Math.max(0, scope.lastIndexOf(".")))) {
    const path = scope === "" ? type : `${scope}.${type}`;
    if (at(root, path) !== undefined) return path;
    if (scope === "") return undefined;
  }
}

function at(root: Definition, path: string): Definition | undefined {
  return path.split(".").reduce<Definition | undefined>((node, part) => node?.nested?.[part], root);
}

/** What is kept of a package, in the order that it had. */
function inPackages(
  node: Definition,
  path: string,
  kept: ReadonlyMap<string, Definition>,
): PrunedDefinitions {
  const nested: Record<string, PrunedDefinitions | string> = {};
  for (const [name, child] of Object.entries(node.nested ?? {})) {
    const below = path === "" ? name : `${path}.${name}`;
    if (isPackage(child)) {
      const inner = inPackages(child, below, kept);
      if (Object.keys(inner.nested).length > 0) nested[name] = inner;
    } else {
      const whole = withKept(child, below, kept);
      if (whole !== undefined)
        nested[name] = JSON.stringify("fields" in whole ? conciseMessage(whole as Message) : whole);
    }
  }
  return { nested };
}

/** With what is kept of what lies in it. */
function withKept(
  node: Definition,
  path: string,
  kept: ReadonlyMap<string, Definition>,
): Definition | undefined {
  const nested = Object.entries(node.nested ?? {}).flatMap(([name, child]) => {
    const inner = withKept(child, `${path}.${name}`, kept);
    return inner === undefined ? [] : [[name, inner] as const];
  });
  const own = kept.get(path);
  if (nested.length === 0) return own;
  return { ...(own ?? { fields: {} }), nested: Object.fromEntries(nested) };
}
