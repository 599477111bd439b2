/** GlobalOperations, RegionOperations and ZoneOperations: get, list, aggregatedList, wait and delete. */
import { notFound } from "./api-error.ts";
import type { ComputeCall, JsonObject } from "./call.ts";
import type { CatalogueService } from "./catalogue-services.ts";
import type { Scope } from "./links.ts";
import { aggregatedBody, type Listed, type Lister, listBody, readListParams, takePage } from "./lists.ts";
import { type Operation, operationName, renderOperation } from "./operations.ts";
import type { World } from "./world.ts";

interface ListedOperation extends Listed {
  readonly operation: Operation;
}

export function operationServices(world: World): Readonly<Record<string, CatalogueService>> {
  const listed = (operation: Operation): ListedOperation => ({
    name: operationName(operation),
    scope: operation.scope,
    createdMs: operation.insertedMs,
    operation,
  });
  const lister: Lister<ListedOperation> = {
    render: ({ operation }) => renderOperation(operation, world.link),
  };
  function* sorted(project: string, scopes: readonly Scope[]): Generator<ListedOperation> {
    for (const scope of scopes)
      for (const operation of world.operations.list(project, scope)) yield listed(operation);
  }
  function service(scopeOf: (call: ComputeCall) => Scope): CatalogueService {
    function find(call: ComputeCall): Operation {
      const { project = "", operation = "" } = call.params;
      const scope = scopeOf(call);
      const found = world.operations.find(project, scope, operation);
      if (found === undefined) throw notFound(`projects/${project}/${scope}/operations/${operation}`);
      return found;
    }
    return {
      Get: (call) => renderOperation(find(call), world.link),
      // The real one holds the call for up to two minutes or answers early; we always answer early.
      Wait: (call) => renderOperation(find(call), world.link),
      Delete(call) {
        world.operations.remove(find(call));
        return {};
      },
      List(call): JsonObject {
        const { project = "" } = call.params;
        const scope = scopeOf(call);
        const page = takePage(sorted(project, [scope]), readListParams(call.params), lister);
        return listBody("operationList", `projects/${project}/${scope}/operations`, page, world.link);
      },
    };
  }
  const everywhere = everyScope(world);
  const global = service(() => "global");
  return {
    GlobalOperations: {
      ...global,
      AggregatedList(call) {
        const { project = "" } = call.params;
        const present = world.operations.scopes(project);
        const page = takePage(sorted(project, present), readListParams(call.params), lister);
        const names = { type: "operationAggregatedList", collection: "operations", project };
        return aggregatedBody(names, everywhere, page, world.link);
      },
    },
    RegionOperations: service((call) => `regions/${call.params["region"] ?? ""}`),
    ZoneOperations: service((call) => `zones/${call.params["zone"] ?? ""}`),
  };
}

function everyScope(world: World): readonly Scope[] {
  const { regions, zones } = world.catalogue;
  return ["global", ...regions.map((region) => `regions/${region}`), ...zones.map((zone) => `zones/${zone}`)];
}
