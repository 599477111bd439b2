/** The few Kubernetes API calls that resources make: get, list, apply, patch, create, delete; answers mapped to CloudError once. */
import { CloudError, type CloudErrorCode, isCloudError } from "../../ports/cloud-error.ts";
import {
  type KubernetesAccess,
  type KubernetesRequest,
  type KubernetesTransport,
  KubernetesUnreachable,
} from "../../ports/kubernetes.ts";
import type { CloudReader, CloudWriter, Cluster } from "../resource.ts";
import { checkItems } from "./distrust.ts";
import type { KubernetesObject, ServedObject } from "./object.ts";

/** A transport and who we are on it. */
export interface Api {
  readonly transport: KubernetesTransport;
  readonly access: KubernetesAccess;
}

/** The API of a cluster in a pass; undefined while nothing is known of it. */
export function apiOf(cloud: CloudReader | CloudWriter, cluster: Cluster): Api | undefined {
  const { access } = cluster.facts;
  return access === undefined ? undefined : { transport: cloud.kubernetes, access };
}

export const FIELD_MANAGER = "clusterwright";
/** Objects a page; kubectl's own chunk size. */
export const PAGE_SIZE = 500;
/** 100 000 objects of a kind; a server that always answers a continue token must not hold a pass. */
const PAGES_MAX = 200;
/** Characters of what the API says was wrong: statuses and events keep it, and have little room. */
const MESSAGE_LENGTH_MAX = 2_000;

/** @throws CloudError, also not-found */
export async function get<T = ServedObject>(api: Api, path: string): Promise<T> {
  return (await call(api, { method: "GET", path })) as T;
}
/** Undefined when it is not there. @throws CloudError */
export async function find<T = ServedObject>(api: Api, path: string): Promise<T | undefined> {
  try {
    return await get<T>(api, path);
  } catch (error) {
    if (isCloudError(error, "not-found")) return undefined;
    throw error;
  }
}
/** All pages of a collection. @throws CloudError */
export async function list<T = ServedObject>(
  api: Api,
  path: string,
  query: Readonly<Record<string, string>> = {},
): Promise<readonly T[]> {
  const items: T[] = [];
  let next = "";
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const parameters = new URLSearchParams({ ...query, limit: String(PAGE_SIZE) });
    if (next !== "") parameters.set("continue", next);
    const answer = await get<ListAnswer<T> | null>(api, `${path}?${parameters}`);
    const found = answer?.items ?? [];
    checkItems(found, PAGE_SIZE, path);
    items.push(...found.map((item) => withKind(item, answer)));
    next = answer?.metadata?.continue ?? "";
    if (next === "") return items;
  }
  throw new CloudError("invalid", `The list of ${path} does not end after ${PAGES_MAX} pages.`, {
    target: path,
  });
}
interface ListAnswer<T> {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly T[] | null;
}
/** Items of a typed list carry neither apiVersion nor kind; the list's own say them. */
function withKind<T>(item: T, answer: ListAnswer<T> | null): T {
  const kind = answer?.kind?.endsWith("List") ? answer.kind.slice(0, -"List".length) : undefined;
  return { apiVersion: answer?.apiVersion, ...(kind === undefined ? {} : { kind }), ...item };
}

/** Server-side apply: creates it, or takes back the fields that we set. @throws CloudError */
export async function apply(api: Api, path: string, object: KubernetesObject): Promise<ServedObject> {
  const query = `fieldManager=${FIELD_MANAGER}&force=true`;
  const request: KubernetesRequest = {
    method: "PATCH",
    path: `${path}?${query}`,
    body: object,
    contentType: "application/apply-patch+yaml",
  };
  return (await call(api, request)) as ServedObject;
}
/** A JSON merge patch; with metadata.resourceVersion in it, a stale one is refused. @throws CloudError */
export async function mergePatch(api: Api, path: string, body: unknown): Promise<void> {
  const query = `fieldManager=${FIELD_MANAGER}`;
  const contentType = "application/merge-patch+json";
  await call(api, { method: "PATCH", path: `${path}?${query}`, body, contentType });
}
/** @throws CloudError, already-exists when the name is taken */
export async function create(api: Api, path: string, body: unknown): Promise<void> {
  await call(api, { method: "POST", path: `${path}?fieldManager=${FIELD_MANAGER}`, body });
}
/** @throws CloudError */
export async function replace(api: Api, path: string, body: unknown): Promise<void> {
  await call(api, { method: "PUT", path: `${path}?fieldManager=${FIELD_MANAGER}`, body });
}
/** Deletes it, its dependents in the background; harmless when it is gone. With a uid, only that incarnation. @throws CloudError */
export async function remove(api: Api, path: string, uid?: string): Promise<void> {
  const options = {
    apiVersion: "v1",
    kind: "DeleteOptions",
    propagationPolicy: "Background",
    ...(uid === undefined ? {} : { preconditions: { uid } }),
  };
  try {
    await call(api, { method: "DELETE", path, body: options });
  } catch (error) {
    if (!isCloudError(error, "not-found")) throw error;
  }
}

async function call(api: Api, request: KubernetesRequest): Promise<unknown> {
  const target = request.path.split("?")[0] ?? request.path;
  let response: { readonly status: number; readonly body: unknown };
  try {
    response = await api.transport.request(api.access, request);
  } catch (error) {
    if (!(error instanceof KubernetesUnreachable)) throw error;
    throw new CloudError("unavailable", `The Kubernetes API does not answer: ${error.message}`, {
      target,
      cause: error,
    });
  }
  if (response.status < 300) return response.body;
  const { message, reason, causes } = statusOf(response.body);
  const said = message?.slice(0, MESSAGE_LENGTH_MAX).toWellFormed() ?? `HTTP ${response.status}`;
  const text = `${request.method} ${target}: ${said}`;
  throw new CloudError(codeOf(response.status, reason, causes), text, { target, cause: response.body });
}

/** Whether a disruption budget refused an eviction. Source: k8s.io/api/policy/v1, DisruptionBudgetCause */
export function isBudgetsRefusal(error: unknown): boolean {
  return isCloudError(error, "rate-limited") && statusOf(error.cause).causes.includes("DisruptionBudget");
}
/** What a Status says; anything may answer. */
interface Said {
  readonly message?: string;
  readonly reason?: string;
  /** Words of its causes. */
  readonly causes: readonly unknown[];
}
function statusOf(body: unknown): Said {
  if (typeof body !== "object" || body === null) return { causes: [] };
  const { message, reason, details } = body as { message?: unknown; reason?: unknown; details?: unknown };
  const listed = (details as { causes?: unknown } | null | undefined)?.causes;
  const causes: readonly unknown[] = Array.isArray(listed) ? listed : [];
  return {
    ...(typeof message === "string" ? { message } : {}),
    ...(typeof reason === "string" ? { reason } : {}),
    causes: causes.map((cause) => (cause as { reason?: unknown } | null)?.reason),
  };
}
/** A Status object's HTTP status, reason and causes. Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
function codeOf(status: number, reason: string | undefined, causes: readonly unknown[]): CloudErrorCode {
  if (status === 409) return reason === "AlreadyExists" ? "already-exists" : "stale";
  // A namespace on its way out refuses new objects with 403.
  if (status === 403) return causes.includes("NamespaceTerminating") ? "not-ready" : "permission-denied";
  return CODES[status] ?? (status >= 500 ? "unavailable" : "invalid");
}
const CODES: Readonly<Record<number, CloudErrorCode>> = {
  401: "unauthenticated",
  404: "not-found",
  410: "stale",
  412: "stale",
  429: "rate-limited",
  504: "unknown-outcome",
};
