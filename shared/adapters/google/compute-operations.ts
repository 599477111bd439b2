/** Reads the state of several operations with as few calls as the API allows. */
import { isCloudError } from "../../ports/cloud-error.ts";
import { parseComputePath, type Scope } from "../../ports/compute.ts";
import type { Operation } from "../../ports/compute-types.ts";
import { aggregatedPages, type CallApi, pagesOf } from "./api-call.ts";
import { operationsServiceFor, scopeType } from "./compute-services.ts";

/** Names in one filter: some 60 bytes each, so that the URL stays below 8 KB. */
const NAMES_IN_FILTER_MAX = 50;

interface Wanted {
  readonly scope: Scope;
  readonly name: string;
  readonly path: string;
}

/**
 * One operation: one get. Several: one list; very many: lists of each scope, for aggregated ones are dear. What a list does
 * not show is asked for by name, since a list may lag behind; what is gone is left out.
 * @throws CloudError
 */
export async function readOperations(
  callApi: CallApi,
  project: string,
  paths: readonly string[],
): Promise<readonly Operation[]> {
  const wanted = [...new Map(paths.map((path) => [path, parse(path)])).values()];
  const found = new Map<string, Operation>();
  for (const some of wanted.length > 1 ? inLists(wanted) : [])
    for (const operation of await listOperations(callApi, project, some))
      found.set(operation.name, operation);
  for (const each of wanted) {
    if (found.has(each.name)) continue;
    const operation = await getOperation(callApi, project, each);
    if (operation !== undefined) found.set(each.name, operation);
  }
  return wanted.flatMap(({ name }) => found.get(name) ?? []);
}

function inLists(wanted: readonly Wanted[]): readonly (readonly Wanted[])[] {
  if (wanted.length <= NAMES_IN_FILTER_MAX) return [wanted];
  const lists: (readonly Wanted[])[] = [];
  for (const some of Map.groupBy(wanted, ({ scope }) => scope).values())
    for (let at = 0; at < some.length; at += NAMES_IN_FILTER_MAX)
      lists.push(some.slice(at, at + NAMES_IN_FILTER_MAX));
  return lists;
}

async function listOperations(
  callApi: CallApi,
  project: string,
  wanted: readonly Wanted[],
): Promise<readonly Operation[]> {
  const filter = wanted.map(({ name }) => `(name = "${name}")`).join(" OR ");
  const scopes = new Set(wanted.map(({ scope }) => scope));
  const [scope = "global"] = scopes;
  const common = { project, target: `projects/${project}/operations` };
  const operations =
    scopes.size === 1
      ? await pagesOf(
          callApi,
          {
            ...common,
            service: operationsServiceFor(scope),
            method: "list",
            scope,
            request: { project, ...place(scope), filter },
          },
          "items",
        )
      : await aggregatedPages(
          callApi,
          {
            ...common,
            service: "GlobalOperations",
            method: "aggregatedList",
            scope: "everywhere",
            request: { project, filter },
          },
          "operations",
        );
  return operations as unknown as readonly Operation[];
}

async function getOperation(
  callApi: CallApi,
  project: string,
  { scope, name, path }: Wanted,
): Promise<Operation | undefined> {
  try {
    const operation = await callApi({
      service: operationsServiceFor(scope),
      method: "get",
      project,
      scope,
      target: path,
      request: { project, ...place(scope), operation: name },
    });
    return operation as unknown as Operation;
  } catch (error) {
    if (isCloudError(error, "not-found")) return undefined;
    throw error;
  }
}

function parse(path: string): Wanted {
  const { scope, name } = parseComputePath(path);
  return { scope, name, path };
}
function place(scope: Scope): Readonly<Record<string, string>> {
  const type = scopeType(scope);
  return type === "global" ? {} : { [type.slice(0, -1)]: scope.slice(scope.indexOf("/") + 1) };
}
