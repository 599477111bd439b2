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
 * One operation: one get. Several: one list for each 50 of them, of their scope if they share one. What a list does not
 * show is asked for by name, since a list may lag behind; what is gone is left out.
 * @throws CloudError
 */
export async function readOperations(
  callApi: CallApi,
  project: string,
  paths: readonly string[],
): Promise<readonly Operation[]> {
  const wanted = [...new Map(paths.map((path) => [path, parse(path)])).values()];
  const found = new Map<string, Operation>();
  if (wanted.length > 1)
    for (let at = 0; at < wanted.length; at += NAMES_IN_FILTER_MAX)
      for (const operation of await listOperations(
        callApi,
        project,
        wanted.slice(at, at + NAMES_IN_FILTER_MAX),
      ))
        found.set(operation.name, operation);
  for (const each of wanted) {
    if (found.has(each.name)) continue;
    const operation = await getOperation(callApi, project, each);
    if (operation !== undefined) found.set(each.name, operation);
  }
  return wanted.flatMap(({ name }) => found.get(name) ?? []);
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
