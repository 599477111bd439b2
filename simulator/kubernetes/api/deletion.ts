/** Deleting: at once, after a grace period, or once finalizers and dependents are gone. */
import type { Dict, KubeObject, Pod } from "../objects/object.ts";
import { timestamp } from "../objects/object.ts";
import { type ResourceDefinition, resourceKey } from "../objects/resources.ts";
import { conflict, success } from "../objects/status.ts";
import { deleteOptions, isDryRun } from "./body.ts";
import { stored } from "./read.ts";
import { listAs } from "./render.ts";
import type { ApiAnswer, ResourceRequest } from "./request.ts";
import { selectionOf } from "./selectors.ts";
import { served } from "./served.ts";
import { type ClusterState, nowText } from "./state.ts";

export type Propagation = "Background" | "Foreground" | "Orphan";
export interface Deletion {
  /** Pods only; undefined means the pod's own. */
  readonly graceSeconds?: number | undefined;
  readonly propagation?: Propagation | undefined;
}
export const FOREGROUND_FINALIZER = "foregroundDeletion";
const FINISHED = new Set(["Succeeded", "Failed"]);

/** A pod that nothing runs goes at once; one on a node gets its grace period, which its kubelet sees to. */
function graceOf(pod: Pod, { graceSeconds }: Deletion): number {
  if (pod.spec.nodeName === undefined || FINISHED.has(pod.status.phase ?? "")) return 0;
  return Math.max(0, graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30);
}

function marked(state: ClusterState, object: KubeObject, graceSeconds: number): KubeObject {
  const at = timestamp(state.clock.nowMs() + graceSeconds * 1_000);
  const before = object.metadata.deletionTimestamp;
  const earlier = before !== undefined && before <= at;
  return {
    ...object,
    metadata: {
      ...object.metadata,
      deletionTimestamp: earlier ? before : at,
      deletionGracePeriodSeconds: earlier ? (object.metadata.deletionGracePeriodSeconds ?? 0) : graceSeconds,
    },
  };
}

function orphanDependents(state: ClusterState, owner: KubeObject): void {
  for (const { resource, object } of state.store.dependents(owner.metadata.uid)) {
    const ownerReferences = object.metadata.ownerReferences?.filter(({ uid }) => uid !== owner.metadata.uid);
    state.store.put(resource, { ...object, metadata: { ...object.metadata, ownerReferences } });
  }
}

/** Starts or completes a deletion; answers what is left of the object, or undefined when it is gone. */
export function deleteObject(
  state: ClusterState,
  resource: string,
  object: KubeObject,
  deletion: Deletion = {},
): KubeObject | undefined {
  const { store } = state;
  if (deletion.propagation === "Orphan") orphanDependents(state, object);
  if (resource === "namespaces") return terminateNamespace(state, object);
  const finalizers = [...(object.metadata.finalizers ?? [])];
  const blocked = deletion.propagation === "Foreground" && store.dependents(object.metadata.uid).length > 0;
  if (blocked && !finalizers.includes(FOREGROUND_FINALIZER)) finalizers.push(FOREGROUND_FINALIZER);
  const grace = resource === "pods" ? graceOf(object as Pod, deletion) : 0;
  if (grace === 0 && finalizers.length === 0) {
    store.remove(resource, object);
    return undefined;
  }
  const next = marked(
    state,
    {
      ...object,
      metadata: { ...object.metadata, finalizers: finalizers.length === 0 ? undefined : finalizers },
    },
    grace,
  );
  const same =
    next.metadata.deletionTimestamp === object.metadata.deletionTimestamp &&
    finalizers.length === (object.metadata.finalizers ?? []).length;
  return same ? object : store.put(resource, next);
}

function terminateNamespace(state: ClusterState, object: KubeObject): KubeObject | undefined {
  if (object.metadata.deletionTimestamp !== undefined) return object;
  const metadata = { ...object.metadata, deletionTimestamp: nowText(state) };
  return state.store.put("namespaces", {
    ...object,
    metadata,
    status: { ...object.status, phase: "Terminating" },
  });
}

function checkPreconditions(definition: ResourceDefinition, object: KubeObject, options: Dict): void {
  const { uid, resourceVersion } =
    (options["preconditions"] as { uid?: string; resourceVersion?: string } | undefined) ?? {};
  const target = { ...definition, name: object.metadata.name };
  if (uid !== undefined && uid !== object.metadata.uid)
    throw conflict(
      target,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${object.metadata.uid}`,
    );
  if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion)
    throw conflict(
      target,
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${object.metadata.resourceVersion}`,
    );
}

/** What DeleteOptions ask for. Jobs orphan their pods unless told otherwise (batch/v1's default policy). */
export function deletionOf(resource: string, options: Dict): Deletion {
  const orphan =
    options["orphanDependents"] === true ||
    (resource === "jobs.batch" && options["propagationPolicy"] === undefined);
  return {
    graceSeconds: options["gracePeriodSeconds"] as number | undefined,
    propagation:
      (options["propagationPolicy"] as Propagation | undefined) ?? (orphan ? "Orphan" : "Background"),
  };
}

export function remove(state: ClusterState, request: ResourceRequest): ApiAnswer {
  const { definition } = request;
  const key = resourceKey(definition);
  const object = stored(state, request);
  const options = deleteOptions(request);
  checkPreconditions(definition, object, options);
  const left = isDryRun(request, options)
    ? object
    : deleteObject(state, key, object, deletionOf(key, options));
  if (left !== undefined) return { status: 200, body: served(state, request, left) };
  return { status: 200, body: success({ ...definition, name: object.metadata.name }, object.metadata.uid) };
}

export function removeCollection(state: ClusterState, request: ResourceRequest): ApiAnswer {
  const key = resourceKey(request.definition);
  const options = deleteOptions(request);
  const selection = selectionOf(request.query, key) ?? (() => true);
  const doomed = state.store.list(key, request.namespace).filter(selection);
  if (!isDryRun(request, options))
    for (const object of doomed) deleteObject(state, key, object, deletionOf(key, options));
  const metadata = { resourceVersion: String(state.store.revision()) };
  return {
    status: 200,
    body: listAs(
      request,
      doomed.map((object) => served(state, request, object)),
      metadata,
      state.clock.nowMs(),
    ),
  };
}
