/** /v1/clusters: read, write with ETag, and ask for deletion. Writing a document is all it takes: its trigger does the rest. */
import { type Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { acceptSpec } from "../../shared/engine/accept.ts";
import type { Engine } from "../../shared/engine/engine.ts";
import { CLUSTERS, clusterOf, clusterPath, statusPath } from "../../shared/engine/paths.ts";
import type { Document } from "../../shared/ports/store.ts";
import { findForeign } from "../../shared/spec/plain-json.ts";
import type { ClusterDocument, ClusterStatus } from "../../shared/status/cluster-status.ts";
import { fail, unavailable } from "../answers.ts";
import { publicStatus } from "./public-status.ts";
import type { ApiVariables } from "./variables.ts";

const PAGE_DEFAULT = 100;
const PAGE_MAX = 500;

export function clusterRoutes(engine: Engine): Hono<ApiVariables> {
  const app = new Hono<ApiVariables>();
  app.get("/", async (context) => context.json(await list(engine, context)));
  app.get("/:id", async (context) => {
    const id = context.req.param("id");
    const found = await read(engine, id);
    if (found.document === undefined && found.status === undefined) throw absent(id);
    if (found.document !== undefined) context.header("ETag", etag(found.document.version));
    return context.json(present(id, found));
  });
  app.put("/:id", (context) => write(engine, context));
  app.delete("/:id", (context) => remove(engine, context));
  return app;
}

interface Found {
  readonly document: Document<ClusterDocument> | undefined;
  readonly status: ClusterStatus | undefined;
}

async function read(engine: Engine, id: string): Promise<Found> {
  const document = await engine.store.get<ClusterDocument>(clusterPath(id));
  const status = await engine.store.get<ClusterStatus>(statusPath(id));
  return { document, status: status?.data };
}

function present(id: string, { document, status }: Found): object {
  return {
    id,
    ...(document === undefined ? {} : { spec: document.data.spec, version: document.version }),
    ...(document?.data.deletion === undefined ? {} : { deletion: document.data.deletion }),
    ...(status === undefined ? {} : { status: publicStatus(status) }),
  };
}

async function list(engine: Engine, context: Context): Promise<object> {
  const limit = Math.min(
    PAGE_MAX,
    Math.max(1, Number(context.req.query("limit") ?? PAGE_DEFAULT) || PAGE_DEFAULT),
  );
  const page = context.req.query("page");
  const query = { collection: CLUSTERS, limit, ...(page === undefined ? {} : { page }) };
  const { documents, nextPage } = await engine.store.query<ClusterDocument>(query);
  const clusters = await Promise.all(
    documents.map(async (document) => {
      const id = clusterOf(document.path) ?? "";
      const status = (await engine.store.get<ClusterStatus>(statusPath(id)))?.data;
      return present(id, { document, status });
    }),
  );
  return { clusters, ...(nextPage === undefined ? {} : { nextPage }) };
}

/** `If-Match: <etag>` replaces just that version, `If-None-Match: *` only creates; `?dryRun=true` checks and writes nothing. */
async function write(engine: Engine, context: Context<ApiVariables>): Promise<Response> {
  const id = context.req.param("id") ?? "";
  const body = await context.req.json<ClusterDocument>().catch(() => undefined);
  if (body === undefined || body === null || typeof body !== "object" || body.spec === undefined) {
    return fail(context, 400, "send JSON: { spec: { … } }");
  }
  const foreign = findForeign(body.spec);
  if (foreign.length > 0) {
    return fail(context, 422, "the spec is not accepted; nothing was written", foreign);
  }
  const found = await read(engine, id);
  if (found.status?.deleting === true) {
    return fail(context, 409, `cluster ${id} is being deleted; wait until it is gone, then create it anew`);
  }
  const { clock, sharedNetworkProjects } = engine;
  const acceptance = acceptSpec(id, { spec: body.spec }, found.status, clock.nowMs(), sharedNetworkProjects);
  if (acceptance.verdict === "refused") {
    return fail(context, 422, "the spec is not accepted; nothing was written", acceptance.errors);
  }
  if (context.req.query("dryRun") === "true") return context.json({ id, verdict: acceptance.verdict });
  const conditions = {
    match: context.req.header("If-Match"),
    noneMatch: context.req.header("If-None-Match"),
  };
  const created = await engine.store.transact(async (transaction) => {
    const current = await transaction.get<ClusterDocument>(clusterPath(id));
    checkVersion(id, current, conditions);
    const deletion = current?.data.deletion;
    transaction.set(clusterPath(id), { spec: body.spec, ...(deletion === undefined ? {} : { deletion }) });
    return current === undefined;
  });
  const written = await read(engine, id);
  if (written.document !== undefined) context.header("ETag", etag(written.document.version));
  return context.json(present(id, written), created ? 201 : 200);
}

/** @throws HTTPException 409, 412 */
function checkVersion(
  id: string,
  current: Document<ClusterDocument> | undefined,
  { match, noneMatch }: { readonly match: string | undefined; readonly noneMatch: string | undefined },
): void {
  if (noneMatch === "*" && current !== undefined) {
    throw new HTTPException(409, {
      message: `cluster ${id} exists; to change it, send If-Match with its ETag`,
    });
  }
  if (match !== undefined && match !== "*" && (current === undefined || etag(current.version) !== match)) {
    throw new HTTPException(412, {
      message: `cluster ${id} was changed since you read it; read it again and repeat`,
    });
  }
}

/** Writes the tombstone. A protected cluster is refused here, where the person sees it at once. */
async function remove(engine: Engine, context: Context<ApiVariables>): Promise<Response> {
  const id = context.req.param("id") ?? "";
  const { document, status } = await read(engine, id);
  if (document === undefined && status === undefined) throw absent(id);
  if (status?.deleting === true) return context.json(present(id, { document, status }), 202);
  if (status?.accepted?.deletionProtection === true) {
    return fail(
      context,
      409,
      `cluster ${id} is protected: set deletionProtection: false in its spec, then delete it`,
    );
  }
  if (status === undefined) {
    return unavailable(
      context,
      `cluster ${id} was written a moment ago and has no uid yet; try again in a few seconds`,
    );
  }
  const uid = context.req.query("uid") ?? status.uid;
  if (uid !== status.uid) {
    return fail(
      context,
      409,
      `cluster ${id} has the uid ${status.uid}, not ${uid}: it is another cluster of that name`,
    );
  }
  const deletion = {
    uid,
    requestedAt: new Date(engine.clock.nowMs()).toISOString(),
    requestedBy: context.get("caller"),
  };
  await engine.store.transact(async (transaction) => {
    const current = await transaction.get<ClusterDocument>(clusterPath(id));
    transaction.set(clusterPath(id), { ...(current?.data ?? {}), deletion });
  });
  return context.json(present(id, await read(engine, id)), 202);
}

function absent(id: string): HTTPException {
  return new HTTPException(404, { message: `there is no cluster ${id}` });
}
function etag(version: string): string {
  return `"${version}"`;
}
