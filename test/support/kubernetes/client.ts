/** What the control plane does with a cluster's Kubernetes API, as small typed functions over a transport. */
import type {
  KubernetesAccess,
  KubernetesRequest,
  KubernetesTransport,
} from "../../../shared/ports/kubernetes.ts";
import { pathOfObject } from "./paths.ts";
import type {
  KubernetesBudget,
  KubernetesLease,
  KubernetesNode,
  KubernetesObject,
  KubernetesPod,
  KubernetesSecret,
  StatusBody,
} from "./types.ts";

/** A cluster to talk to. */
export interface Kubernetes {
  readonly transport: KubernetesTransport;
  readonly access: KubernetesAccess;
}

export const FIELD_MANAGER = "clusterwright";
/** kubectl's chunk size; the API server keeps a page consistent for five minutes. */
const PAGE_LIMIT = 500;
/** 5,000 nodes are the most that Kubernetes supports; more pages than this mean an endless list. */
const PAGES_MAX = 100;
const REMOVED = new Set([404, 410]);

/** An answer that was not expected, with the server's own words. */
export class KubernetesError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly body: StatusBody;
  constructor(request: KubernetesRequest, status: number, body: unknown) {
    const said = (typeof body === "object" && body !== null ? body : { message: String(body) }) as StatusBody;
    super(`${request.method} ${request.path} was answered ${status}: ${said.message ?? "no message"}`);
    this.name = "KubernetesError";
    this.status = status;
    this.reason = said.reason ?? "";
    this.body = said;
  }
}

/** @throws KubernetesError for what is not 2xx; KubernetesUnreachable when nobody answers */
async function ask<T>(kubernetes: Kubernetes, request: KubernetesRequest): Promise<T> {
  const { status, body } = await kubernetes.transport.request(kubernetes.access, request);
  if (status < 200 || status > 299) throw new KubernetesError(request, status, body);
  return body as T;
}
async function askOrGone<T>(kubernetes: Kubernetes, request: KubernetesRequest): Promise<T | undefined> {
  try {
    return await ask<T>(kubernetes, request);
  } catch (error) {
    if (error instanceof KubernetesError && REMOVED.has(error.status)) return undefined;
    throw error;
  }
}

interface List<T> {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly T[];
}
/** Every page, at most PAGES_MAX. A list that expires between pages is begun again once. */
async function all<T>(
  kubernetes: Kubernetes,
  path: string,
  query: Readonly<Record<string, string>> = {},
): Promise<readonly T[]> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await pages<T>(kubernetes, path, query);
    } catch (error) {
      if (attempt > 0 || !(error instanceof KubernetesError) || error.status !== 410) throw error;
    }
  }
}
async function pages<T>(kubernetes: Kubernetes, path: string, query: Readonly<Record<string, string>>) {
  const items: T[] = [];
  let next = "";
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const parameters = new URLSearchParams({
      ...query,
      limit: String(PAGE_LIMIT),
      ...(next === "" ? {} : { continue: next }),
    });
    const list = await ask<List<T>>(kubernetes, { method: "GET", path: `${path}?${parameters}` });
    items.push(...list.items);
    next = list.metadata.continue ?? "";
    if (next === "") return items;
  }
  throw new Error(`${path} has more than ${PAGES_MAX * PAGE_LIMIT} items: narrow the list with a selector`);
}

/** `v1.36.4` */
export async function serverVersion(kubernetes: Kubernetes): Promise<string> {
  return (await ask<{ gitVersion: string }>(kubernetes, { method: "GET", path: "/version" })).gitVersion;
}
/** Whether the API server says it is ready, and which checks fail when not. @throws KubernetesUnreachable */
export async function readyz(
  kubernetes: Kubernetes,
): Promise<{ readonly ready: boolean; readonly failed: readonly string[] }> {
  const { status, body } = await kubernetes.transport.request(kubernetes.access, {
    method: "GET",
    path: "/readyz?verbose",
  });
  const failed = [...String(body).matchAll(/^\[-\](\S+)/gm)].map(([, check = ""]) => check);
  return { ready: status === 200, failed };
}

export function nodes(kubernetes: Kubernetes, labelSelector?: string): Promise<readonly KubernetesNode[]> {
  return all(kubernetes, "/api/v1/nodes", labelSelector === undefined ? {} : { labelSelector });
}
/** Undefined when it does not exist. */
export function node(kubernetes: Kubernetes, name: string): Promise<KubernetesNode | undefined> {
  return askOrGone(kubernetes, { method: "GET", path: `/api/v1/nodes/${encodeURIComponent(name)}` });
}
export function podsOnNode(kubernetes: Kubernetes, name: string): Promise<readonly KubernetesPod[]> {
  return all(kubernetes, "/api/v1/pods", { fieldSelector: `spec.nodeName=${name}` });
}

/** False when the node does not exist. Repeating it is harmless. */
async function setUnschedulable(
  kubernetes: Kubernetes,
  name: string,
  unschedulable: boolean,
): Promise<boolean> {
  const answered = await askOrGone(kubernetes, {
    method: "PATCH",
    path: `/api/v1/nodes/${encodeURIComponent(name)}?fieldManager=${FIELD_MANAGER}`,
    contentType: "application/strategic-merge-patch+json",
    body: { spec: { unschedulable: unschedulable ? true : null } },
  });
  return answered !== undefined;
}
export function cordon(kubernetes: Kubernetes, name: string): Promise<boolean> {
  return setUnschedulable(kubernetes, name, true);
}
export function uncordon(kubernetes: Kubernetes, name: string): Promise<boolean> {
  return setUnschedulable(kubernetes, name, false);
}

export type Eviction =
  /** Accepted: the pod takes its grace period now. */
  | { readonly outcome: "evicted" }
  /** A disruption budget, or the API's rate limit when no budget is named, says not now. */
  | {
      readonly outcome: "blocked";
      readonly budget: string | undefined;
      readonly message: string;
      readonly retryAfterSeconds: number | undefined;
    }
  /** It will never succeed as things are, e.g. two budgets on one pod. */
  | { readonly outcome: "misconfigured"; readonly message: string }
  | { readonly outcome: "gone" };

export interface PodIdentity {
  readonly namespace: string;
  readonly name: string;
  /** So that a new pod of the same name is left alone. */
  readonly uid?: string | undefined;
}

/** Asks for one pod's eviction; never deletes past a budget. @throws KubernetesError for what no drain expects */
export async function evict(
  kubernetes: Kubernetes,
  pod: PodIdentity,
  gracePeriodSeconds?: number,
): Promise<Eviction> {
  const { namespace, name, uid } = pod;
  const deleteOptions = {
    ...(uid === undefined ? {} : { preconditions: { uid } }),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
  };
  const request: KubernetesRequest = {
    method: "POST",
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/eviction`,
    body: { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace }, deleteOptions },
  };
  const { status, body } = await kubernetes.transport.request(kubernetes.access, request);
  const said = (typeof body === "object" && body !== null ? body : {}) as StatusBody;
  if (status >= 200 && status <= 299) return { outcome: "evicted" };
  // A uid that no longer matches is answered 409: that pod is gone as well.
  if (status === 404 || (status === 409 && uid !== undefined)) return { outcome: "gone" };
  if (status === 429) return blocked(said);
  if (status === 500 && /PodDisruptionBudget/.test(said.message ?? ""))
    return { outcome: "misconfigured", message: said.message ?? "" };
  throw new KubernetesError(request, status, body);
}
function blocked(said: StatusBody): Eviction {
  const cause = said.details?.causes?.find(({ reason }) => reason === "DisruptionBudget");
  const budget = /^The disruption budget (\S+) /.exec(cause?.message ?? "")?.[1];
  const message = cause?.message ?? said.message ?? "too many requests";
  return { outcome: "blocked", budget, message, retryAfterSeconds: said.details?.retryAfterSeconds };
}

export function budgets(kubernetes: Kubernetes): Promise<readonly KubernetesBudget[]> {
  return all(kubernetes, "/apis/policy/v1/poddisruptionbudgets");
}
/** The leases that kubelets renew, by which a silent node is known before it is NotReady. */
export function nodeLeases(kubernetes: Kubernetes): Promise<readonly KubernetesLease[]> {
  return all(kubernetes, "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases");
}
export function secret(
  kubernetes: Kubernetes,
  namespace: string,
  name: string,
): Promise<KubernetesSecret | undefined> {
  return askOrGone(kubernetes, {
    method: "GET",
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`,
  });
}

/**
 * Server-side apply as field manager `clusterwright`. With `force`, fields that others own become ours.
 * @throws KubernetesError 409 naming the fields that others own, 404 when the kind is not served yet
 */
export function apply<T = unknown>(
  kubernetes: Kubernetes,
  object: KubernetesObject,
  options: { readonly force?: boolean } = {},
): Promise<T> {
  const query = `fieldManager=${FIELD_MANAGER}${options.force === true ? "&force=true" : ""}`;
  return ask(kubernetes, {
    method: "PATCH",
    path: `${pathOfObject(object)}?${query}`,
    contentType: "application/apply-patch+yaml",
    body: object,
  });
}
/** Undefined when it does not exist. */
export function read<T>(
  kubernetes: Kubernetes,
  object: Pick<KubernetesObject, "apiVersion" | "kind" | "metadata">,
): Promise<T | undefined> {
  return askOrGone(kubernetes, { method: "GET", path: pathOfObject(object) });
}
/** Deletes in the background; true when it was there. With a uid, only that very object. */
export async function remove(
  kubernetes: Kubernetes,
  object: Pick<KubernetesObject, "apiVersion" | "kind" | "metadata">,
  options: { readonly uid?: string } = {},
): Promise<boolean> {
  const preconditions = options.uid === undefined ? {} : { preconditions: { uid: options.uid } };
  const body = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Background", ...preconditions };
  return (await askOrGone(kubernetes, { method: "DELETE", path: pathOfObject(object), body })) !== undefined;
}
export function removeNode(kubernetes: Kubernetes, name: string, uid?: string): Promise<boolean> {
  return remove(
    kubernetes,
    { apiVersion: "v1", kind: "Node", metadata: { name } },
    uid === undefined ? {} : { uid },
  );
}
