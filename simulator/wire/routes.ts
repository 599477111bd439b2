/** Finds the method that a request's verb and path mean, from the `(google.api.http)` rules. */
import type { ApiDefinition, HttpRule, Method } from "./definitions.ts";

export interface Route {
  readonly api: ApiDefinition;
  readonly method: Method;
  readonly rule: HttpRule;
}
export interface Match extends Route {
  /** By JSON name, decoded; dotted for a field within a field (`secret.name`). */
  readonly pathParams: Readonly<Record<string, string>>;
}
interface CompiledRoute extends Route {
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly literals: number;
}
export type Routes = ReadonlyMap<string, readonly CompiledRoute[]>;

/** Pure. Routes by verb and number of segments; the one with the most literal text wins. */
export function compileRoutes(apis: readonly ApiDefinition[]): Routes {
  const routes = new Map<string, CompiledRoute[]>();
  for (const api of apis)
    for (const method of api.methods)
      for (const rule of method.rules) {
        const compiled = compileRoute({ api, method, rule });
        const key = bucket(rule.verb, expandedPath(rule.path));
        const list = routes.get(key);
        if (list === undefined) routes.set(key, [compiled]);
        else list.push(compiled);
      }
  for (const list of routes.values()) list.sort((a, b) => b.literals - a.literals);
  return routes;
}

export function matchRoute(routes: Routes, verb: string, path: string): Match | undefined {
  for (const route of routes.get(bucket(verb, path)) ?? []) {
    const match = route.pattern.exec(path);
    if (match === null) continue;
    const pathParams: Record<string, string> = {};
    for (const [index, name] of route.names.entries()) pathParams[name] = decode(match[index + 1] ?? "");
    return { api: route.api, method: route.method, rule: route.rule, pathParams };
  }
  return undefined;
}

function compileRoute(route: Route): CompiledRoute {
  const names: string[] = [];
  const { path } = route.rule;
  // A project may be `example.com:name`, so only APIs with `:verb` at the end treat the colon as an end.
  const segment = path.startsWith("/compute/") ? "[^/]+" : "[^/:]+";
  const source = path.replaceAll(/\{([^}=]+)(?:=([^}]+))?\}|[^{}]+/g, (text, name?: string, shape = "*") => {
    if (name === undefined) return text.replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`);
    names.push(name);
    return `(${String(shape).replaceAll("**", "\0").replaceAll("*", segment).replaceAll("\0", ".+")})`;
  });
  return {
    ...route,
    names,
    pattern: new RegExp(`^${source}$`),
    literals: path.replaceAll(/\{[^}=]+(=[^}]+)?\}/g, (_, shape = "") => String(shape).replaceAll("*", ""))
      .length,
  };
}

function expandedPath(path: string): string {
  return path.replaceAll(/\{[^}=]+(?:=([^}]+))?\}/g, (_, shape = "*") => String(shape));
}
function bucket(verb: string, path: string): string {
  return `${verb} ${path.split("/").length}`;
}
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
