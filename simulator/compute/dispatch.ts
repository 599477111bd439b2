/** From a call to an answer: place, faults, rate, request id, then the method; errors become bodies here alone. */
import { ApiError, errorAnswer, invalid, notFound, notModelled, notReady } from "./api-error.ts";
import type { ComputeAnswer, ComputeCall, ComputeService, JsonObject } from "./call.ts";
import { type CatalogueService, createCatalogueServices } from "./catalogue-services.ts";
import { refusal, type Strikable } from "./faults.ts";
import { getFromFamily } from "./kinds/images.ts";
import { pathOf, type Scope } from "./links.ts";
import { insert, patch, remove, setLabels, update } from "./mutations.ts";
import { operationServices } from "./operation-services.ts";
import { renderOperation, type Started } from "./operations.ts";
import { type RateLimits, rateGroup } from "./rate-limits.ts";
import { renderRow } from "./render.ts";
import { aggregatedListRows, listRows } from "./row-lists.ts";
import { ROW_SERVICES, type ScopeKind } from "./services.ts";
import type { SnapshotSchedule } from "./snapshot-schedule.ts";
import type { GenericMethod, Kind, Request, ResourceRequest, Verb, World } from "./world.ts";

/** Faults that strike a mutation after it was accepted. */
const LATE_FAULTS = ["operation", "quota"] as const;

export function createDispatch(
  world: World,
  options: {
    readonly projects: ReadonlySet<string>;
    readonly rates: RateLimits;
    readonly snapshots: SnapshotSchedule;
  },
): ComputeService {
  const catalogue = createCatalogueServices(world);
  const operations = operationServices(world);

  function answer(call: ComputeCall): ComputeAnswer {
    const aim = aimOf(call);
    const early = world.faults.strike(aim, ["http"]);
    if (early !== undefined) throw refusal(early, aim.target);
    const project = call.params["project"] ?? "";
    if (!options.projects.has(project)) throw notFound(`projects/${project}`);
    const region = call.params["region"] ?? call.params["zone"]?.replace(/-[a-z]$/, "") ?? "global";
    options.rates.count(project, region, rateGroup(call.service, call.method));
    const body = perform(call, project, aim);
    const lost = world.faults.strike(aim, ["lost-response"]);
    if (lost === undefined) return { status: 200, body };
    return {
      ...errorAnswer(new ApiError(504, "lostResponse", "The response was lost on the way.")),
      lost: true,
    };
  }

  function perform(call: ComputeCall, project: string, aim: Strikable): JsonObject {
    const other: CatalogueService | undefined = catalogue[call.service] ?? operations[call.service];
    if (other !== undefined) return answerOther(other, call);
    const entry = ROW_SERVICES[call.service];
    if (entry === undefined) throw notModelled(`the service ${call.service}`);
    const kind = world.kind(entry.collection);
    if (entry.collection === "snapshots") options.snapshots.catchUp(project);
    const scope = call.method === "AggregatedList" ? "aggregated" : scopeOf(call, entry.scope);
    const request: Request = {
      world,
      kind,
      project,
      scope,
      call,
      params: call.params,
      body: call.body ?? {},
    };
    return answerKind(request, aim);
  }

  function answerOther(service: CatalogueService, call: ComputeCall): JsonObject {
    const method = service[call.method];
    if (method === undefined) throw notModelled(`${call.service}.${call.method}`);
    for (const scope of ["zones", "regions"] as const) {
      const param = scope === "zones" ? "zone" : "region";
      const named = call.service === (scope === "zones" ? "Zones" : "Regions");
      if (call.params[param] !== undefined && !named && call.params[param] !== "-") scopeOf(call, scope);
    }
    return method(call);
  }

  function scopeOf(call: ComputeCall, kind: ScopeKind): Scope {
    if (kind === "global") return "global";
    const param = kind === "zones" ? "zone" : "region";
    const name = call.params[param] ?? "";
    const known = kind === "zones" ? world.catalogue.zones : world.catalogue.regions;
    if (!known.includes(name)) throw invalid(param, name, `Unknown ${param}.`);
    return `${kind}/${name}`;
  }

  function answerKind(request: Request, aim: Strikable): JsonObject {
    const { kind, call, scope } = request;
    const generic = kind.methods.includes(call.method as GenericMethod);
    if (generic && call.method === "List") return listRows(request);
    if (generic && call.method === "AggregatedList") return aggregatedListRows(request);
    if (generic && call.method === "Insert") return accept(request, aim, () => insert(request));
    if (call.service === "Images" && call.method === "GetFromFamily") {
      return getFromFamily(world, request.project, call.params["family"] ?? "");
    }
    const verb = verbOf(kind, call.method);
    if (!generic && verb === undefined) throw notModelled(`${call.service}.${call.method}`);
    const name = call.params[kind.noun] ?? call.params["resource"] ?? "";
    const located = { project: request.project, scope, collection: kind.collection, name };
    if (generic && call.method === "Get") return renderRow(world, found(located));
    if (isRead(call.method) && verb !== undefined) return answerOf(verb({ ...request, row: found(located) }));
    return accept(request, aim, () => {
      const resource: ResourceRequest = { ...request, row: found(located) };
      if (call.method === "Delete") return remove(resource);
      if (call.method === "Patch" && generic) return patch(resource);
      if (call.method === "Update" && generic) return update(resource);
      if (resource.row.state !== "ready" && kind.collection !== "instances")
        throw notReady(resource.row.path);
      return verb?.(resource) ?? notModelledNow(call);
    });
  }

  function found(located: { project: string; scope: Scope; collection: string; name: string }) {
    const row = world.rows.find(located);
    if (row === undefined) throw notFound(pathOf(located));
    return row;
  }

  /** Runs a mutation once for its request id, and answers its operation. */
  function accept(
    request: Request,
    aim: Strikable,
    mutate: () => Started | { readonly answer: JsonObject },
  ): JsonObject {
    const { call } = request;
    const earlier = world.operations.repeated(call);
    if (earlier !== undefined) return renderOperation(earlier, world.link);
    const outcome = mutate();
    if ("answer" in outcome) return outcome.answer;
    const rule = world.faults.strike(aim, LATE_FAULTS);
    const failure = rule === undefined ? undefined : refusal(rule, aim.target);
    const operation = world.operations.start(request, outcome, {
      call,
      ...(failure === undefined ? {} : { failure }),
    });
    return renderOperation(operation, world.link);
  }

  return (call) => {
    try {
      return answer(call);
    } catch (error) {
      if (error instanceof ApiError) return errorAnswer(error);
      throw error;
    }
  };
}

function verbOf(kind: Kind, method: string): Verb | undefined {
  return (
    kind.verbs?.[method] ?? (method === "SetLabels" && kind.labels !== undefined ? setLabels : undefined)
  );
}
/** Verbs that read: they take no request id and start nothing. */
function isRead(method: string): boolean {
  return /^(Get|List)/.test(method);
}
function answerOf(outcome: Started | { readonly answer: JsonObject }): JsonObject {
  if ("answer" in outcome) return outcome.answer;
  throw new Error("a verb that reads must not start an operation");
}
function notModelledNow(call: ComputeCall): never {
  throw notModelled(`${call.service}.${call.method}`);
}

function aimOf(call: ComputeCall): Strikable {
  const { service, method } = call;
  return {
    service,
    method,
    get target() {
      return targetOf(call);
    },
  };
}

/** The path that a call is about, for faults: exact for rows, with the service's name for the rest. */
function targetOf(call: ComputeCall): string {
  const { project = "", zone, region } = call.params;
  const entry = ROW_SERVICES[call.service];
  const scope = zone !== undefined ? `zones/${zone}` : region !== undefined ? `regions/${region}` : "global";
  const collection = entry?.collection ?? call.service;
  const noun = collection
    .replace(/ies$/, "y")
    .replace(/(x|ss)es$/, "$1")
    .replace(/s$/, "");
  const name = call.params[noun] ?? call.params["resource"] ?? call.body?.["name"] ?? "";
  return `projects/${project}/${scope}/${collection}/${String(name)}`;
}
