/** /v1/clusters/{id}/disruptions: which nodes are out of service, and why; with `?ended=true` also which were, newest first. */
import { Hono } from "hono";
import type { Engine } from "../../shared/engine/engine.ts";
import { disruptionPath, disruptionsPath, statusPath } from "../../shared/engine/paths.ts";
import type { ClusterStatus } from "../../shared/status/cluster-status.ts";
import type { DisruptionRecord } from "../../shared/status/disruption.ts";
import { fail } from "../answers.ts";
import { newest } from "./records.ts";
import type { ApiVariables } from "./variables.ts";

export function disruptionRoutes(engine: Engine): Hono<ApiVariables> {
  const app = new Hono<ApiVariables>();
  app.get("/:id/disruptions", async (context) => {
    const id = context.req.param("id");
    if (context.req.query("ended") === "true") {
      const page = await newest<DisruptionRecord>(engine, context, disruptionsPath(id), "changedMs");
      return context.json({ disruptions: page.records, ...page.next });
    }
    const status = (await engine.store.get<ClusterStatus>(statusPath(id)))?.data;
    if (status === undefined) return fail(context, 404, `there is no cluster ${id}`);
    return context.json({ disruptions: await open(engine, id, status) });
  });
  return app;
}

/** The status knows which entries are open: no query, and none of another cluster that had the name before. */
async function open(
  engine: Engine,
  id: string,
  { uid, care }: ClusterStatus,
): Promise<readonly DisruptionRecord[]> {
  const nodes = (care?.ledger ?? []).map(({ node }) => node).toSorted();
  const found = await Promise.all(
    nodes.map((node) => engine.store.get<DisruptionRecord>(disruptionPath(id, node))),
  );
  return found
    .flatMap((document) => (document === undefined ? [] : [document.data]))
    .filter((record) => record.uid === uid && record.endedMs === null);
}
