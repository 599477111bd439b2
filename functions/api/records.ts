/** /v1/clusters/{id}/events and /operations: what happened, newest first. */
import { type Context, Hono } from "hono";
import type { Engine } from "../../shared/engine/engine.ts";
import { eventsPath, operationRecordPath, operationsPath, statusPath } from "../../shared/engine/paths.ts";
import type { ClusterStatus, EventRecord, OperationRecord } from "../../shared/status/cluster-status.ts";
import { fail } from "../answers.ts";
import type { ApiVariables } from "./variables.ts";

const PAGE_DEFAULT = 50;
const PAGE_MAX = 200;

export function recordRoutes(engine: Engine): Hono<ApiVariables> {
  const app = new Hono<ApiVariables>();
  app.get("/:id/events", async (context) => {
    const page = await newest<EventRecord>(engine, context, eventsPath(context.req.param("id")), "atMs");
    return context.json({ events: page.records, ...page.next });
  });
  app.get("/:id/operations", async (context) => {
    const page = await newest<OperationRecord>(
      engine,
      context,
      operationsPath(context.req.param("id")),
      "startedMs",
    );
    return context.json({ operations: page.records, ...page.next });
  });
  app.get("/:id/operations/:operation", async (context) => {
    const { id, operation } = context.req.param();
    const uid = (await engine.store.get<ClusterStatus>(statusPath(id)))?.data.uid ?? "";
    const path = operationRecordPath(id, uid, operation);
    const found = (await engine.store.get<OperationRecord>(path))?.data;
    if (found === undefined) return fail(context, 404, `cluster ${id} has no operation ${operation}`);
    return context.json({ operation: found });
  });
  return app;
}

/** A page of records, newest first by a field of them. */
export async function newest<T>(engine: Engine, context: Context, collection: string, field: string) {
  const limit = Math.min(
    PAGE_MAX,
    Math.max(1, Number(context.req.query("limit") ?? PAGE_DEFAULT) || PAGE_DEFAULT),
  );
  const page = context.req.query("page");
  const { documents, nextPage } = await engine.store.query<T>({
    collection,
    orderBy: { field, direction: "descending" },
    limit,
    ...(page === undefined ? {} : { page }),
  });
  return {
    records: documents.map((document) => document.data),
    next: nextPage === undefined ? {} : { nextPage },
  };
}
