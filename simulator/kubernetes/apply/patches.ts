/** The three patches that are not server-side apply: JSON patch, JSON merge patch and strategic merge patch. */
import { applyPatch, type Operation } from "rfc6902";
import type { Dict } from "../objects/object.ts";
import { ApiError, badRequest } from "../objects/status.ts";
import { strategicKey } from "./lists.ts";

export function isDict(value: unknown): value is Dict {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** RFC 6902. @throws ApiError 422 when an operation does not fit the object, as the real server answers. */
export function jsonPatch(target: Dict, operations: unknown): Dict {
  if (!Array.isArray(operations))
    throw badRequest(
      "error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch",
    );
  const copy = structuredClone(target);
  const failures = applyPatch(copy, operations as Operation[]).filter((failure) => failure !== null);
  if (failures.length > 0)
    throw new ApiError(
      422,
      "Invalid",
      `the server rejected our request due to an error in our request: ${failures[0]?.message}`,
      {},
    );
  return copy;
}

/** RFC 7386. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isDict(patch)) return patch;
  const merged: Dict = isDict(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

const DIRECTIVE = "$patch";
const ORDER_PREFIX = "$setElementOrder/";
const DELETE_PREFIX = "$deleteFromPrimitiveList/";
const RETAIN_KEYS = "$retainKeys";

/** k8s.io/apimachinery/pkg/util/strategicpatch: maps merge, the usual lists merge by key, directives delete or replace. */
export function strategicMerge(target: unknown, patch: unknown): unknown {
  if (!isDict(patch)) return patch;
  const { [DIRECTIVE]: directive, ...fields } = patch;
  if (directive === "replace") return fields;
  if (directive === "delete") return {};
  let merged: Dict = isDict(target) ? { ...target } : {};
  const retain = fields[RETAIN_KEYS];
  if (Array.isArray(retain))
    merged = Object.fromEntries(Object.entries(merged).filter(([key]) => retain.includes(key)));
  for (const [key, value] of Object.entries(fields)) {
    if (key === RETAIN_KEYS || key.startsWith(ORDER_PREFIX)) continue;
    if (key.startsWith(DELETE_PREFIX)) {
      const field = key.slice(DELETE_PREFIX.length);
      const gone = new Set(value as unknown[]);
      merged[field] = ((merged[field] as unknown[] | undefined) ?? []).filter((item) => !gone.has(item));
    } else if (value === null) delete merged[key];
    else if (Array.isArray(value))
      merged[key] = mergeList(key, merged[key], value, fields[ORDER_PREFIX + key]);
    else merged[key] = strategicMerge(merged[key], value);
  }
  for (const [key, order] of Object.entries(fields)) {
    const field = key.slice(ORDER_PREFIX.length);
    if (key.startsWith(ORDER_PREFIX) && Array.isArray(merged[field]) && fields[field] === undefined)
      merged[field] = inOrder(field, merged[field], order);
  }
  return merged;
}

function mergeList(field: string, target: unknown, patch: readonly unknown[], order: unknown): unknown[] {
  const before = Array.isArray(target) ? target : [];
  if (patch.some((item) => isDict(item) && item[DIRECTIVE] === "replace" && Object.keys(item).length === 1))
    return patch.filter((item) => !(isDict(item) && item[DIRECTIVE] === "replace"));
  const primitive = [...patch, ...before].every((item) => !isDict(item));
  if (primitive && ["finalizers", "podCIDRs"].includes(field)) return [...new Set([...before, ...patch])];
  const key = strategicKey(field, before, patch);
  if (key === undefined) return [...patch];
  let merged = [...before];
  for (const item of patch) {
    if (!isDict(item)) continue;
    const at = merged.findIndex((each) => isDict(each) && each[key] === item[key]);
    if (item[DIRECTIVE] === "delete") merged = merged.filter((_, index) => index !== at);
    else if (at < 0) merged.push(strategicMerge({}, item));
    else merged[at] = strategicMerge(merged[at], item);
  }
  return order === undefined ? merged : inOrder(field, merged, order);
}

/** Sorts the items that the patch orders; the others keep their places behind them. */
function inOrder(field: string, items: readonly unknown[], order: unknown): unknown[] {
  if (!Array.isArray(order)) return [...items];
  const key = strategicKey(field, items, order);
  const identity = (item: unknown) => (isDict(item) && key !== undefined ? item[key] : item);
  const rank = new Map(order.map((item, index) => [identity(item), index]));
  return items
    .map((item, index) => ({ item, at: rank.get(identity(item)) ?? order.length + index }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
