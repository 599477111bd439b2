/** create, update and patch: what is asked for, checked, completed, tracked and stored. */

import { sameValue } from "../apply/fields.ts";
import { isDict, jsonPatch, mergePatch, strategicMerge } from "../apply/patches.ts";
import { apply, type Manager, trackUpdate } from "../apply/serverside.ts";
import { withDefaults } from "../objects/defaults.ts";
import { checkImmutable } from "../objects/immutability.ts";
import { type Dict, type KubeObject, nameSuffix } from "../objects/object.ts";
import { groupVersion, type ResourceDefinition, resourceKey } from "../objects/resources.ts";
import {
  alreadyExists,
  badRequest,
  conflict,
  forbidden,
  invalid,
  notFound,
  OBJECT_MODIFIED,
  unsupportedMediaType,
} from "../objects/status.ts";
import { refuseUnknownFields, unknownFields, validate } from "../objects/validation.ts";
import { isDryRun, objectBody, parseBody } from "./body.ts";
import { stored } from "./read.ts";
import { objectAs } from "./render.ts";
import type { ApiAnswer, ResourceRequest } from "./request.ts";
import { served } from "./served.ts";
import { type ClusterState, newUid, nowText } from "./state.ts";

// k8s.io/apiserver names.maxGeneratedNameLength leaves room for five random characters.
const GENERATED_PREFIX_MAX = 58;
const GENERATED_SUFFIX_LENGTH = 5;

function managerOf(state: ClusterState, request: ResourceRequest, operation: Manager["operation"]): Manager {
  const name = request.query.get("fieldManager") ?? request.userAgent.split("/")[0] ?? "unknown";
  return {
    name,
    operation,
    subresource: request.subresource,
    apiVersion: groupVersion(request.definition),
    time: nowText(state),
  };
}

function answer(
  state: ClusterState,
  request: ResourceRequest,
  status: number,
  object: KubeObject,
): ApiAnswer {
  const strangers =
    request.query.get("fieldValidation") === "Warn" ? unknownFields(request.definition, object) : [];
  const warnings = strangers.map((field) => `299 - "unknown field \\"${field}\\""`).join(", ");
  return {
    status,
    body: objectAs(request, served(state, request, object), state.clock.nowMs()),
    ...(warnings === "" ? {} : { headers: { warning: warnings } }),
  };
}

function checkFields(request: ResourceRequest, object: KubeObject): void {
  if (request.query.get("fieldValidation") === "Strict") refuseUnknownFields(request.definition, object);
}

/** @throws ApiError 404 or 403 when the namespace cannot take new objects */
function checkNamespace(state: ClusterState, request: ResourceRequest, name: string): void {
  if (request.namespace === undefined) return;
  const namespace = state.store.get("namespaces", undefined, request.namespace);
  if (namespace === undefined) throw notFound({ group: "", resource: "namespaces", name: request.namespace });
  if (namespace.metadata.deletionTimestamp === undefined) return;
  const message = `namespace ${request.namespace} is being terminated`;
  throw forbidden(
    { ...request.definition, name },
    `unable to create new content in namespace ${request.namespace} because it is being terminated`,
    [{ reason: "NamespaceTerminating", message, field: "metadata.namespace" }],
  );
}

function hasStatus(definition: ResourceDefinition): boolean {
  return definition.subresources.includes("status");
}

function born(state: ClusterState, request: ResourceRequest, sent: KubeObject): KubeObject {
  const { definition } = request;
  const { generateName, ...given } = sent.metadata;
  const prefix = generateName?.slice(0, GENERATED_PREFIX_MAX) ?? "";
  const name =
    sent.metadata.name ||
    (prefix === "" ? "" : prefix + nameSuffix(state.chance.bytes(GENERATED_SUFFIX_LENGTH)));
  const metadata = {
    ...given,
    ...(generateName === undefined ? {} : { generateName }),
    name,
    uid: newUid(state),
    resourceVersion: "",
    creationTimestamp: nowText(state),
    ...(sent.spec === undefined ? {} : { generation: 1 }),
  };
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  // Kubelets register their nodes with a status; everything else starts without one.
  const keepsStatus = !hasStatus(definition) || resourceKey(definition) === "nodes";
  const { status, ...rest } = sent;
  return { ...rest, metadata, ...(keepsStatus && status !== undefined ? { status } : {}) } as KubeObject;
}

function createObject(
  state: ClusterState,
  request: ResourceRequest,
  sent: KubeObject,
  manager: Manager,
): KubeObject {
  const { definition } = request;
  const key = resourceKey(definition);
  const object = born(state, request, sent);
  checkNamespace(state, request, object.metadata.name);
  checkFields(request, sent);
  validate(definition, object);
  if (state.store.get(key, object.metadata.namespace, object.metadata.name) !== undefined)
    throw alreadyExists({ ...definition, name: object.metadata.name });
  const owned =
    manager.operation === "Apply"
      ? object.metadata.managedFields
      : trackUpdate(
          undefined,
          { ...object, metadata: { ...object.metadata, managedFields: undefined } },
          manager,
        );
  const made = completed(key, request, { ...object, metadata: { ...object.metadata, managedFields: owned } });
  return isDryRun(request) ? made : state.store.put(key, made);
}
/** Defaults, and who asked where the kind records it. */
function completed(key: string, request: ResourceRequest, object: KubeObject): KubeObject {
  const made = withDefaults(key, object);
  if (key !== "certificatesigningrequests.certificates.k8s.io") return made;
  const { name, groups } = request.user;
  return { ...made, spec: { ...made.spec, username: name, groups: [...groups] } };
}

export function create(state: ClusterState, request: ResourceRequest): ApiAnswer {
  const sent = objectBody(request);
  if (sent.metadata.resourceVersion !== undefined && sent.metadata.resourceVersion !== "")
    throw badRequest("resourceVersion should not be set on objects to be created");
  return answer(state, request, 201, createObject(state, request, sent, managerOf(state, request, "Update")));
}

/** What the server alone decides stays as it was; a write to a subresource changes nothing else, and none changes it. */
function succeeds(request: ResourceRequest, before: KubeObject, sent: KubeObject): KubeObject {
  const { definition, subresource } = request;
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation } =
    before.metadata;
  const metadata = { ...sent.metadata, uid, creationTimestamp };
  if (deletionTimestamp !== undefined)
    Object.assign(metadata, { deletionTimestamp, deletionGracePeriodSeconds });
  else delete metadata.deletionTimestamp;
  if (subresource === "status" || subresource === "approval")
    return {
      ...before,
      metadata: { ...metadata, generation, finalizers: before.metadata.finalizers },
      status: sent.status,
    };
  const next = { ...sent, metadata } as KubeObject;
  if (hasStatus(definition)) next.status = before.status;
  const specChanged = !sameValue(before.spec, sent.spec);
  const grown =
    generation === undefined ? (sent.spec === undefined ? undefined : 1) : generation + (specChanged ? 1 : 0);
  next.metadata = { ...metadata, generation: grown };
  return next;
}

function essence(object: KubeObject) {
  const { managedFields: _managed, resourceVersion: _version, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function checkPreconditions(definition: ResourceDefinition, before: KubeObject, sent: KubeObject): void {
  const target = { ...definition, name: before.metadata.name };
  const { resourceVersion, uid } = sent.metadata;
  if (uid !== undefined && uid !== "" && uid !== before.metadata.uid)
    throw conflict(
      target,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${before.metadata.uid}`,
    );
  if (
    resourceVersion !== undefined &&
    resourceVersion !== "" &&
    resourceVersion !== before.metadata.resourceVersion
  )
    throw conflict(target, OBJECT_MODIFIED);
}

/** Stores the successor of an object. Nothing is written when nothing changed; the last finalizer's removal deletes it. */
export function replace(
  state: ClusterState,
  request: ResourceRequest,
  before: KubeObject,
  sent: KubeObject,
  manager: Manager,
): KubeObject {
  const { definition } = request;
  const key = resourceKey(definition);
  checkPreconditions(definition, before, sent);
  let next = withDefaults(key, succeeds(request, before, sent));
  if (request.subresource === undefined) {
    validate(definition, next);
    checkImmutable(definition, before, next);
  }
  const applied = manager.operation === "Apply";
  if (sameValue(essence(before), essence(next)) && (!applied || sameOwners(before, next))) return before;
  if (!applied) {
    const live = { ...next, metadata: { ...next.metadata, managedFields: before.metadata.managedFields } };
    next = { ...next, metadata: { ...next.metadata, managedFields: trackUpdate(before, live, manager) } };
  }
  if (isDryRun(request)) return next;
  const finished =
    next.metadata.deletionTimestamp !== undefined && (next.metadata.finalizers ?? []).length === 0;
  const graceful = key === "pods" && (next.metadata.deletionGracePeriodSeconds ?? 0) > 0;
  const emptied = key === "namespaces" ? ((next.spec?.["finalizers"] as unknown[]) ?? []).length === 0 : true;
  if (finished && !graceful && emptied) return state.store.remove(key, next) ?? next;
  return state.store.put(key, next);
}
function sameOwners(before: KubeObject, next: KubeObject): boolean {
  const plain = (object: KubeObject) =>
    (object.metadata.managedFields ?? []).map(({ time: _time, ...entry }) => entry);
  return sameValue(plain(before), plain(next));
}

export function update(state: ClusterState, request: ResourceRequest): ApiAnswer {
  const sent = objectBody(request);
  checkFields(request, sent);
  const before = stored(state, request);
  return answer(
    state,
    request,
    200,
    replace(state, request, before, sent, managerOf(state, request, "Update")),
  );
}

function patched(request: ResourceRequest, before: KubeObject, patch: unknown): KubeObject {
  const target = before as unknown as Dict;
  if (request.contentType === "application/json-patch+json")
    return jsonPatch(target, patch) as unknown as KubeObject;
  if (!isDict(patch)) throw badRequest("error decoding patch: the patch must be an object");
  if (request.contentType === "application/merge-patch+json") return mergePatch(target, patch) as KubeObject;
  if (request.contentType !== "application/strategic-merge-patch+json" || request.definition.custom === true)
    throw unsupportedMediaType(request.contentType);
  return strategicMerge(target, patch) as KubeObject;
}

export function patch(state: ClusterState, request: ResourceRequest): ApiAnswer {
  if (request.contentType === "application/apply-patch+yaml") return applyPatch(state, request);
  const before = stored(state, request);
  const body = parseBody(request.body, request.contentType);
  const next = patched(request, before, body);
  checkFields(request, next);
  // A patch without a resourceVersion of its own applies to whatever is there.
  const said = isDict(body) ? (body["metadata"] as Dict | undefined)?.["resourceVersion"] : undefined;
  const sent = { ...next, metadata: { ...next.metadata, resourceVersion: String(said ?? "") } };
  if (said === undefined) delete (sent.metadata as { uid?: string }).uid;
  return answer(
    state,
    request,
    200,
    replace(state, request, before, sent, managerOf(state, request, "Update")),
  );
}

function applyPatch(state: ClusterState, request: ResourceRequest): ApiAnswer {
  if (request.query.get("fieldManager") === null)
    throw invalid({ group: "meta.k8s.io", resource: "patchoptions", kind: "PatchOptions", name: "" }, [
      {
        reason: "FieldValueRequired",
        field: "fieldManager",
        message: "Required value: is required for apply patch",
      },
    ]);
  const declared = objectBody(request);
  if (declared.metadata.managedFields !== undefined) throw badRequest("metadata.managedFields must be nil");
  checkFields(request, declared);
  const manager = managerOf(state, request, "Apply");
  const live = state.store.get(resourceKey(request.definition), request.namespace, request.name ?? "");
  const force = request.query.get("force") === "true";
  if (live === undefined) {
    if (request.subresource !== undefined) throw notFound({ ...request.definition, name: request.name });
    return answer(
      state,
      request,
      201,
      createObject(state, request, apply(undefined, declared, manager, force), manager),
    );
  }
  checkPreconditions(request.definition, live, declared);
  const merged = apply(live, declared, manager, force);
  const next = {
    ...merged,
    metadata: { ...merged.metadata, resourceVersion: live.metadata.resourceVersion },
  };
  return answer(state, request, 200, replace(state, request, live, next, manager));
}
