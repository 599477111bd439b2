/** get, list and watch: what is stored, selected, paged, and rendered as the client accepts it. */
import type { KubeObject } from "../objects/object.ts";
import { resourceKey } from "../objects/resources.ts";
import { ApiError, badRequest, expired, notFound } from "../objects/status.ts";
import { objectKey } from "../storage/shelf.ts";
import { listAs, objectAs } from "./render.ts";
import type { ApiAnswer, ResourceRequest } from "./request.ts";
import { selectionOf } from "./selectors.ts";
import { served } from "./served.ts";
import type { ClusterState } from "./state.ts";
import { openWatch } from "./watch.ts";

// etcd's compaction interval in kube-apiserver (--etcd-compaction-interval, default 5m): older page tokens are refused.
const CONTINUE_LIFETIME_MS = 5 * 60_000;

/** @throws ApiError 404 */
export function stored(state: ClusterState, request: ResourceRequest): KubeObject {
  const { definition, namespace, name = "" } = request;
  const object = state.store.get(resourceKey(definition), namespace, name);
  if (object === undefined) throw notFound({ ...definition, name });
  return object;
}

export function get(state: ClusterState, request: ResourceRequest): ApiAnswer {
  const object = served(state, request, stored(state, request));
  return { status: 200, body: objectAs(request, object, state.clock.nowMs()) };
}

interface ContinueToken {
  readonly revision: number;
  readonly after: string;
  readonly atMs: number;
}
function readContinue(text: string, nowMs: number): ContinueToken {
  let token: ContinueToken;
  try {
    token = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    throw badRequest("continue key is not valid: invalid character");
  }
  if (nowMs - token.atMs > CONTINUE_LIFETIME_MS)
    throw expired(
      "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.",
    );
  return token;
}
function writeContinue(token: ContinueToken): string {
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}
const keyOf = (object: KubeObject) => objectKey(object.metadata.namespace, object.metadata.name);

interface Page {
  readonly items: readonly KubeObject[];
  readonly revision: number;
  readonly next: string | undefined;
  readonly remaining: number | undefined;
}

function pageOf(state: ClusterState, request: ResourceRequest): Page {
  const key = resourceKey(request.definition);
  const selection = selectionOf(request.query, key);
  const nowMs = state.clock.nowMs();
  const limit = Number(request.query.get("limit") ?? 0);
  const from = request.query.get("continue") ?? "";
  const token = from === "" ? undefined : readContinue(from, nowMs);
  let all = state.store.list(key, request.namespace);
  const node = nodeSelected(request, key);
  if (node !== undefined) {
    const here = state.store.podsOn(node);
    all = [...here].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    if (request.namespace !== undefined) all = all.filter((o) => o.metadata.namespace === request.namespace);
  }
  if (selection !== undefined) all = all.filter(selection);
  if (token !== undefined) all = all.filter((object) => keyOf(object) > token.after);
  const revision = token?.revision ?? state.store.revision();
  if (!(limit > 0) || all.length <= limit)
    return { items: all, revision, next: undefined, remaining: undefined };
  const items = all.slice(0, limit);
  const last = items.at(-1);
  return {
    items,
    revision,
    next: last && writeContinue({ revision, after: keyOf(last), atMs: token?.atMs ?? nowMs }),
    remaining: selection === undefined ? all.length - limit : undefined,
  };
}

/** Pods of one node come from an index: a drain must not cost a walk over every pod. */
function nodeSelected(request: ResourceRequest, key: string): string | undefined {
  if (key !== "pods") return undefined;
  return /(?:^|,)spec\.nodeName==?([^,]+)/.exec(request.query.get("fieldSelector") ?? "")?.[1];
}

export function list(state: ClusterState, request: ResourceRequest): ApiAnswer {
  const page = pageOf(state, request);
  const items = page.items.map((object) => served(state, request, object));
  const metadata = {
    resourceVersion: String(page.revision),
    ...(page.next === undefined ? {} : { continue: page.next }),
    ...(page.remaining === undefined ? {} : { remainingItemCount: page.remaining }),
  };
  return { status: 200, body: listAs(request, items, metadata, state.clock.nowMs()) };
}

export function watch(state: ClusterState, request: ResourceRequest): ApiAnswer {
  const resourceVersion = request.query.get("resourceVersion") ?? "";
  if (resourceVersion !== "" && !/^\d+$/.test(resourceVersion))
    throw new ApiError(400, "BadRequest", `invalid resource version: "${resourceVersion}"`);
  return { status: 200, watch: openWatch(state, request) };
}
