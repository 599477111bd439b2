/** Cuts a generated client of Google's, and its settings, down to the methods that are called. Pure. */
import type { Called } from "./prune-definitions.ts";

/** As the generator's compiler indents a method of the class; getters and what is static are left alone. */
const METHOD = /^ {4}(\w+)\([^()]*\) \{\n(?: {8}.*\n|\n)*? {4}\}\n/gm;
/** What the rest of a client stands on. */
const ALWAYS: readonly string[] = ["constructor", "initialize", "getProjectId", "close"];
/** The list of methods for which a client makes a call when it is made itself. */
const CALLS = /(StubMethods = )\[([^\]]*)\]/;
const SERVICE = /lookupService\('([\w.]+)'\)/;

/**
 * @param own those of the client's own methods that are called
 * @throws RangeError when something is not there, so that another form of the code fails the build
 */
export function pruneClient(source: string, called: Called, own: readonly string[]): string {
  const service = SERVICE.exec(source)?.[1] ?? "";
  const methods = called[service];
  if (methods === undefined) throw new RangeError(`nothing is called of ${service || "this client"}`);
  if (!CALLS.test(source)) throw new RangeError(`the client of ${service} lists its methods in another way`);
  return withOwn(source, own).replace(CALLS, (_all, start: string, names: string) => {
    const kept = [...names.matchAll(/'(\w+)'/g)]
      .map(([, name]) => name ?? "")
      .filter((name) => methods.includes(name));
    return `${start}${JSON.stringify(kept)}`;
  });
}

function withOwn(source: string, own: readonly string[]): string {
  const found = new Set<string>();
  const pruned = source.replace(METHOD, (whole, name: string) => {
    found.add(name);
    return own.includes(name) || ALWAYS.includes(name) ? whole : "";
  });
  const missing = [...ALWAYS, ...own].filter((name) => !found.has(name));
  if (missing.length > 0) throw new RangeError(`the client has no method ${missing.join(", ")}`);
  return pruned;
}

interface Service {
  readonly methods: Readonly<Record<string, unknown>>;
}
/** Timeouts and retries by method. */
export interface ClientConfig {
  readonly interfaces: Readonly<Record<string, Service>>;
}

export function pruneConfig({ interfaces }: ClientConfig, called: Called): ClientConfig {
  return {
    interfaces: Object.fromEntries(
      Object.entries(interfaces).map(([name, service]) => [name, pruneService(service, called[name] ?? [])]),
    ),
  };
}
function pruneService({ methods, ...service }: Service, called: readonly string[]): Service {
  const kept = Object.entries(methods).filter(([name]) => called.includes(lowerFirst(name)));
  return { ...service, methods: Object.fromEntries(kept) };
}
function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
