/** Lists of the world's rows: chooses between walking a scope and looking up a label, then pages. */
import type { JsonObject } from "./call.ts";
import type { Catalogue } from "./catalogue.ts";
import { LAG_MS_DEFAULT } from "./faults.ts";
import type { Scope } from "./links.ts";
import { aggregatedBody, type Lister, type ListParams, listBody, readListParams, takePage } from "./lists.ts";
import { upsert } from "./map-of.ts";
import { renderRow } from "./render.ts";
import type { Row } from "./row.ts";
import type { Kind, Request, World } from "./world.ts";

/** Kinds whose aggregated list is not named after the singular. Source: compute.proto, `kind` of the list messages. */
const AGGREGATED_TYPES: Readonly<Record<string, string>> = { healthChecks: "healthChecksAggregatedList" };

function listerOf(world: World): Lister<Row> {
  return { render: (row) => renderRow(world, row), labels: (row) => row.body["labels"] };
}

function byScopeAndName(left: Row, right: Row): number {
  if (left.scope !== right.scope) return left.scope < right.scope ? -1 : 1;
  return left.name < right.name ? -1 : 1;
}

function candidates(request: Request, scopes: readonly Scope[], params: ListParams): Iterable<Row> {
  const { world, project, kind } = request;
  const { label, namePrefix } = params.filter?.hints ?? {};
  if (label !== undefined) {
    const rows = world.rows.labelled(project, kind.collection, label.key, label.value);
    return [...rows].filter((row) => scopes.includes(row.scope)).sort(byScopeAndName);
  }
  const inScope = (scope: Scope) => {
    const after = params.after?.scope === scope && !params.newestFirst ? params.after.name : undefined;
    return world.rows.inScope(project, kind.collection, scope, namePrefix, after);
  };
  const [only] = scopes;
  return only !== undefined && scopes.length === 1 ? inScope(only) : inAll(scopes, inScope);
}
function* inAll(scopes: readonly Scope[], inScope: (scope: Scope) => Iterable<Row>): Generator<Row> {
  for (const scope of scopes) yield* inScope(scope);
}

function visible(request: Request, scopes: readonly Scope[], params: ListParams): Iterable<Row> {
  const { world, call } = request;
  const aim = {
    service: call.service,
    method: call.method,
    get target() {
      return `projects/${request.project}/${request.scope}/${request.kind.collection}`;
    },
  };
  const lag = world.faults.strike(aim, ["lag"]);
  const rows = candidates(request, scopes, params);
  if (lag === undefined) return rows;
  const youngest = world.clock.nowMs() - (lag.lagMs ?? LAG_MS_DEFAULT);
  return [...rows].filter((row) => row.createdMs <= youngest);
}

export function listRows(request: Request): JsonObject {
  const { world, project, scope, kind, call } = request;
  const params = readListParams(request.params);
  const page = takePage(visible(request, [scope], params), params, listerOf(world));
  const regional = call.service.startsWith("RegionInstanceGroup") ? "regionI" : "";
  const type = regional === "" ? kind.noun : `${regional}${kind.noun.slice(1)}`;
  return listBody(`${type}List`, `projects/${project}/${scope}/${kind.collection}`, page, world.link);
}

export function aggregatedListRows(request: Request): JsonObject {
  const { world, project, kind } = request;
  const params = readListParams(request.params);
  const present = world.rows.scopes(project, kind.collection);
  const page = takePage(visible(request, present, params), params, listerOf(world));
  const type = AGGREGATED_TYPES[kind.collection] ?? `${kind.noun}AggregatedList`;
  return aggregatedBody({ type, collection: kind.collection, project }, allScopes(request), page, world.link);
}

const scopesOf = new WeakMap<Catalogue, Map<Kind, readonly Scope[]>>();
/** Every scope that resources of the kind can have, in order. */
function allScopes({ world, kind }: Request): readonly Scope[] {
  const { catalogue } = world;
  const known = scopesOf.get(catalogue) ?? new Map<Kind, readonly Scope[]>();
  scopesOf.set(catalogue, known);
  return upsert(known, kind, () => [
    ...(kind.scopes.includes("global") ? ["global"] : []),
    ...(kind.scopes.includes("regions") ? catalogue.regions.map((region) => `regions/${region}`) : []),
    ...(kind.scopes.includes("zones") ? catalogue.zones.map((zone) => `zones/${zone}`) : []),
  ]);
}
