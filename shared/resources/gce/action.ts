/** What can be done to a Compute Engine resource, as a closed union, and the one place that does it. */
import {
  type ComputeKind,
  type ComputeRef,
  type ComputeVerb,
  type ComputeWriter,
  computePath,
} from "../../ports/compute.ts";
import type { ComputeResources } from "../../ports/compute-types.ts";
import type { Action, Started } from "../resource.ts";

interface OnResource extends Action {
  readonly ref: ComputeRef;
}
export interface InsertAction extends OnResource {
  readonly verb: "insert";
  readonly body: ComputeResources[ComputeKind];
}
export interface PatchAction extends OnResource {
  readonly verb: "patch";
  readonly body: Partial<ComputeResources[ComputeKind]>;
}
export interface DeleteAction extends OnResource {
  readonly verb: "delete";
}
export interface CallAction extends OnResource {
  readonly verb: ComputeVerb;
  readonly body: Readonly<Record<string, unknown>>;
}
export type ComputeAction = InsertAction | PatchAction | DeleteAction | CallAction;

export function insertion<K extends ComputeKind>(
  ref: ComputeRef<K>,
  body: ComputeResources[K],
  reason: string,
): InsertAction {
  return { key: computePath(ref), verb: "insert", ref, body, reason };
}
export function patching<K extends ComputeKind>(
  ref: ComputeRef<K>,
  body: Partial<ComputeResources[K]>,
  reason: string,
): PatchAction {
  return { key: computePath(ref), verb: "patch", ref, body: body as PatchAction["body"], reason };
}
export function deletion(ref: ComputeRef, reason: string): DeleteAction {
  return { key: computePath(ref), verb: "delete", ref, reason };
}
export function calling(
  verb: ComputeVerb,
  ref: ComputeRef,
  body: Readonly<Record<string, unknown>>,
  reason: string,
): CallAction {
  return { key: computePath(ref), verb, ref, body, reason };
}

/** Resolves once accepted, not once done. @throws CloudError */
export async function performCompute(
  compute: ComputeWriter,
  action: ComputeAction,
  requestId: string,
): Promise<Started> {
  return { operation: await mutate(compute, action, requestId) };
}

function mutate(compute: ComputeWriter, action: ComputeAction, requestId: string) {
  switch (action.verb) {
    case "insert":
      return compute.insert(action.ref, action.body, requestId);
    case "patch":
      return compute.patch(action.ref, action.body, requestId);
    case "delete":
      return compute.delete(action.ref, requestId);
    default:
      return compute.call(action.verb, action.ref, action.body, requestId);
  }
}
