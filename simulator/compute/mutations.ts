/** The generic insert, delete, patch, update and setLabels, as a kind's declaration orders them. */

import { alreadyExists, conditionNotMet, invalid, notReady, required } from "./api-error.ts";
import type { JsonObject } from "./call.ts";
import { checkEnum, checkInteger, checkLabels, checkName } from "./formats.ts";
import { asObject, mergePatch, sameJson, valuesAt, without } from "./json.ts";
import { pathOf } from "./links.ts";
import type { Started } from "./operations.ts";
import { checkUnused, resolveReferences, stepsOf } from "./references.ts";
import { fingerprintOf, labelFingerprintOf } from "./render.ts";
import type { Row } from "./row.ts";
import type { Kind, Request, ResourceRequest, Verb } from "./world.ts";

/** The server's own fields of every kind. */
const OUTPUT_ONLY = [
  "kind",
  "id",
  "creationTimestamp",
  "selfLink",
  "selfLinkWithId",
  "region",
  "zone",
  "fingerprint",
  "labelFingerprint",
];

function clean(kind: Kind, body: JsonObject): JsonObject {
  return without(body, [...OUTPUT_ONLY, "name", ...(kind.outputOnly ?? [])]);
}

/** Enumerations, integers and labels of a body. @throws ApiError */
export function checkFields(kind: Kind, body: JsonObject): void {
  for (const [field, allowed] of Object.entries(kind.enums ?? {})) {
    for (const value of valuesAt(body, stepsOf(field))) checkEnum(value, allowed, `resource.${field}`);
  }
  for (const [field, [least, most]] of Object.entries(kind.integers ?? {})) {
    for (const value of valuesAt(body, stepsOf(field))) checkInteger(value, least, most, `resource.${field}`);
  }
  if (kind.labels !== undefined) checkLabels(body["labels"]);
}

/** The row of an accepted insert, whatever becomes of it. */
export function acceptInsert(request: Request): Row {
  const { world, kind, project, scope } = request;
  const name = checkName(request.body["name"]);
  const located = { project, scope, collection: kind.collection, name };
  if (world.rows.find(located) !== undefined) throw alreadyExists(pathOf(located));
  const sent = clean(kind, request.body);
  for (const field of kind.required ?? []) {
    const value = sent[field];
    if (value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) {
      throw required(`resource.${field}`);
    }
  }
  const asked = kind.labels === "by setLabels only" ? without(sent, ["labels"]) : sent;
  checkFields(kind, asked);
  const resolved = resolveReferences(world, kind, { ...kind.defaults, ...asked }, project);
  const body = kind.prepare?.(resolved, { ...request, name }) ?? resolved;
  if (kind.usage !== undefined) world.quotas.check(project, kind.usage(located, body, world));
  const row = world.create(located, body, "creating");
  kind.inserted?.(row, world);
  return row;
}

export function insert(request: Request): Started {
  const { world, kind } = request;
  if (kind.insert !== undefined) return kind.insert(request);
  const row = acceptInsert(request);
  return {
    type: "insert",
    targetPath: row.path,
    targetId: row.id,
    runMs: world.jittered(world.delays.operationMs(kind.collection, "insert")),
    finish() {
      row.state = "ready";
      kind.ready?.(row, world);
    },
    undo: () => world.remove(row),
  };
}

export function remove(request: ResourceRequest): Started {
  const { world, kind, row } = request;
  if (row.state !== "ready") throw notReady(row.path);
  if (kind.remove !== undefined) return kind.remove(request);
  kind.mayDelete?.(row, world);
  checkUnused(world, row);
  row.state = "deleting";
  kind.deleting?.(row, world);
  return {
    type: "delete",
    targetPath: row.path,
    targetId: row.id,
    runMs: world.jittered(world.delays.operationMs(kind.collection, "delete")),
    finish: () => world.remove(row),
    undo() {
      row.state = "ready";
    },
  };
}

/** @throws ApiError 412 when the sent fingerprint is stale, or missing where it is wanted */
function checkFingerprint({ kind, row, body }: ResourceRequest): void {
  if (kind.fingerprint === undefined) return;
  const sent = body["fingerprint"];
  if (sent === undefined && kind.fingerprint === "optional") return;
  if (sent !== fingerprintOf(row)) {
    throw conditionNotMet(
      `Invalid fingerprint of ${kind.noun} '${row.name}': it changed since it was read, or no fingerprint was sent. Get it again and repeat the change.`,
    );
  }
}

function checkImmutable({ kind, row }: ResourceRequest, next: JsonObject): void {
  for (const field of kind.immutable ?? []) {
    if (!sameJson(row.body[field], next[field])) {
      throw invalid(
        `resource.${field}`,
        next[field] ?? "",
        `The field cannot be changed after the ${kind.noun} was created.`,
      );
    }
  }
}

/** A change that takes effect at once and is confirmed by an operation. */
export function changed(request: ResourceRequest, type: string, next: JsonObject): Started {
  const { world, kind, row } = request;
  const before = row.body;
  if (!sameJson(before, next)) {
    const { project } = row;
    if (kind.usage !== undefined) {
      world.quotas.give(project, kind.usage(row, before, world));
      try {
        world.quotas.check(project, kind.usage(row, next, world));
      } finally {
        world.quotas.take(project, kind.usage(row, before, world));
      }
    }
    world.change(row, next);
    kind.changed?.(row, before, world);
  }
  return {
    type,
    targetPath: row.path,
    targetId: row.id,
    runMs: world.jittered(world.delays.operationMs(kind.collection, type)),
  };
}

function write(request: ResourceRequest, type: "patch" | "update"): Started {
  const { world, kind, row, body } = request;
  if (row.state !== "ready") throw notReady(row.path);
  checkFingerprint(request);
  const sent = resolveReferences(world, kind, clean(kind, body), row.project);
  const kept = Object.fromEntries(
    [...(kind.outputOnly ?? []), ...(type === "update" ? (kind.immutable ?? []) : [])]
      .filter((field) => row.body[field] !== undefined)
      .map((field) => [field, row.body[field]]),
  );
  const merged = type === "patch" ? mergePatch(row.body, sent) : { ...kind.defaults, ...kept, ...sent };
  checkImmutable(request, merged);
  checkFields(kind, merged);
  return changed(request, type, kind.prepareChange?.(merged, request) ?? merged);
}
export const patch = (request: ResourceRequest): Started => write(request, "patch");
export const update = (request: ResourceRequest): Started => write(request, "update");

/** For every kind with labels. */
export const setLabels: Verb = (request) => {
  const { row, body } = request;
  if (body["labelFingerprint"] !== labelFingerprintOf(row)) {
    throw conditionNotMet("Labels fingerprint either invalid or resource labels have changed");
  }
  checkLabels(body["labels"]);
  return changed(request, "setLabels", { ...row.body, labels: asObject(body["labels"]) });
};
