/** /v1/clusters/{id}/explain/…: why something happened to a node, or in an operation, from the records. */
import { Hono } from "hono";
import type { Engine } from "../../shared/engine/engine.ts";
import { eventsPath, operationRecordPath, statusPath } from "../../shared/engine/paths.ts";
import { type Explanation, explainNode, explainOperation } from "../../shared/explain/explain.ts";
import type { ClusterStatus, EventRecord, OperationRecord } from "../../shared/status/cluster-status.ts";
import { fail } from "../answers.ts";
import type { ApiVariables } from "./variables.ts";

/** Passes that did something, newest first: days of a busy cluster. */
const RECORDS_MAX = 1_000;
const PAGE = 200;
/** Of Compute Engine's names, and of our operations. */
const NAME = /^[a-zA-Z0-9-]{1,80}$/;

export function explainRoutes(engine: Engine): Hono<ApiVariables> {
  const app = new Hono<ApiVariables>();
  app.get("/:id/explain/nodes/:name", async (context) => {
    const { id, name } = context.req.param();
    const status = await statusOf(engine, id);
    if (status === undefined) return fail(context, 404, `there is no cluster ${id}`);
    if (!NAME.test(name)) return fail(context, 400, "a node's name has letters, digits and dashes alone");
    const explanation: Explanation = explainNode(name, await records(engine, id, status.uid), status);
    return context.json(explanation);
  });
  app.get("/:id/explain/operations/:operation", async (context) => {
    const { id, operation } = context.req.param();
    const status = await statusOf(engine, id);
    if (status === undefined) return fail(context, 404, `there is no cluster ${id}`);
    if (!NAME.test(operation))
      return fail(context, 400, "an operation's id has letters, digits and dashes alone");
    const record = await engine.store.get<OperationRecord>(operationRecordPath(id, status.uid, operation));
    if (record === undefined)
      return fail(
        context,
        404,
        `cluster ${id} has no operation ${operation}; look at its operations for those there are`,
      );
    return context.json(explainOperation(record.data, await records(engine, id, status.uid)));
  });
  return app;
}

async function statusOf(engine: Engine, id: string): Promise<ClusterStatus | undefined> {
  return (await engine.store.get<ClusterStatus>(statusPath(id)))?.data;
}

/** Of this cluster alone: another one may have had its name before. */
async function records(engine: Engine, id: string, uid: string): Promise<readonly EventRecord[]> {
  const found: EventRecord[] = [];
  let page: string | undefined;
  do {
    const { documents, nextPage } = await engine.store.query<EventRecord>({
      collection: eventsPath(id),
      orderBy: { field: "atMs", direction: "descending" },
      limit: PAGE,
      ...(page === undefined ? {} : { page }),
    });
    found.push(...documents.map(({ data }) => data));
    page = nextPage;
  } while (page !== undefined && found.length < RECORDS_MAX);
  return found.filter((record) => record.uid === uid);
}
