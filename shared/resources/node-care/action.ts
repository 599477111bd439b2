/** What node care does, as a closed union, and the one place that does it: cordons, evictions, and machines of a group. */
import type { Cause } from "../../nodes/cause.ts";
import {
  type CordonPatch,
  cordonPatch,
  drainedPatch,
  uncordonPatch,
  unmarkPatch,
  type Why,
} from "../../nodes/cordon.ts";
import type { Eviction } from "../../nodes/drain.ts";
import { PROVEN_ANNOTATION } from "../../nodes/gates.ts";
import { CloudError, isCloudError } from "../../ports/cloud-error.ts";
import { parseComputePath } from "../../ports/compute.ts";
import { type CallAction, type ComputeAction, calling, performCompute } from "../gce/action.ts";
import { type Api, apiOf, create, isBudgetsRefusal, mergePatch, remove } from "../kubernetes/api.ts";
import type { Action, CloudWriter, Cluster, GroupFacts, NodeFacts, Started } from "../resource.ts";

export interface CordonAction extends Action {
  /** drained and prove only note on the Node what was found, unmark takes such notes off. */
  readonly verb: "cordon" | "uncordon" | "drained" | "prove" | "unmark";
  readonly patch: CordonPatch;
}
/** The key is the pod's path. */
export interface EvictAction extends Action {
  readonly verb: "evict" | "delete";
  readonly name: string;
  readonly namespace: string;
  readonly uid?: string;
}
export type NodeCareAction = CordonAction | EvictAction | ComputeAction;

/** Why machines are disturbed; without a cause when several are, each for another one. */
export interface Because {
  readonly reason: string;
  readonly cause?: Cause | undefined;
}
function of(cause: Cause | undefined): Pick<Action, "cause"> {
  return cause === undefined ? {} : { cause };
}

export function cordoning(node: NodeFacts, why: Why, nowMs: number): CordonAction {
  const patch = cordonPatch(why, nowMs, node.resourceVersion);
  return { key: nodePath(node.name), verb: "cordon", patch, reason: why.reason, cause: why.cause };
}
/** Its cause is that of the cordon that ends, unless another one ends it. */
export function uncordoning(node: NodeFacts, reason: string, by?: Cause): CordonAction {
  const patch = uncordonPatch(node.resourceVersion);
  const cause = by ?? node.cordoned?.cause;
  return { key: nodePath(node.name), verb: "uncordon", patch, reason, ...of(cause) };
}
/** Left where they are, they would make the next cordon of a person ours, and we would undo it. */
export function unmarking(node: NodeFacts): CordonAction {
  const patch = unmarkPatch(node.resourceVersion);
  const reason = `somebody else uncordoned node ${node.name}: what was noted on it for our cordon goes`;
  return { key: nodePath(node.name), verb: "unmark", patch, reason, restsOn: [] };
}
export function notingDrained(node: NodeFacts, { cause, reason }: Why, nowMs: number): CordonAction {
  const patch = drainedPatch(nowMs, node.bootId, node.resourceVersion);
  return { key: nodePath(node.name), verb: "drained", patch, reason, cause };
}
export function notingProven(node: NodeFacts, template: string, pool: string): CordonAction {
  const name = template.split("/").at(-1) ?? template;
  const annotations = { [PROVEN_ANNOTATION]: name };
  const version = node.resourceVersion === undefined ? {} : { resourceVersion: node.resourceVersion };
  const reason = `node ${node.name} has passed the gates of pool ${pool}'s upgrade`;
  return {
    key: nodePath(node.name),
    verb: "prove",
    patch: { metadata: { ...version, annotations } },
    reason,
    cause: "upgrade",
    restsOn: [],
  };
}
export function evicting({ pod, verb, reason }: Eviction, cause: Cause): EvictAction {
  const { name, namespace = "default", uid } = pod.metadata;
  const key = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
  return { key, verb, name, namespace, reason, cause, ...(uid === undefined ? {} : { uid }) };
}

/**
 * Deletes exactly these machines, which lowers the target by as many. Not recreateInstances: a machine that comes back
 * under the same name finds a Node of that name, Ready until its heartbeat runs out, and kubeadm refuses to join.
 */
export function deletingMachines(group: GroupFacts, names: ReadonlySet<string>, why: Because): CallAction {
  const body = { instances: urlsOf(group, names) };
  return {
    ...calling("instanceGroupManagers.deleteInstances", groupRef(group), body, why.reason),
    ...of(why.cause),
  };
}
/** They stay as they are, and are of the group no more; the target is lowered by as many. One that has left already is refused. */
export function abandoningMachines(
  group: GroupFacts,
  names: ReadonlySet<string>,
  reason: string,
): CallAction {
  const body = { instances: urlsOf(group, names) };
  return calling("instanceGroupManagers.abandonInstances", groupRef(group), body, reason);
}
/** They stop and start with what the group's template says now; what would need another machine is refused. */
export function restartingMachines(group: GroupFacts, names: ReadonlySet<string>, why: Because): CallAction {
  const how = { minimalAction: "RESTART", mostDisruptiveAllowedAction: "RESTART" };
  const body = { instances: urlsOf(group, names), ...how };
  return {
    ...calling("instanceGroupManagers.applyUpdatesToInstances", groupRef(group), body, why.reason),
    ...of(why.cause),
  };
}
function urlsOf(group: GroupFacts, names: ReadonlySet<string>): readonly string[] {
  return (group.machines ?? [])
    .map(({ path }) => path)
    .filter((path) => names.has(parseComputePath(path).name))
    .map((path) => `https://www.googleapis.com/compute/v1/${path}`);
}
export function growing(group: GroupFacts, size: number, why: Because): CallAction {
  return {
    ...calling("instanceGroupManagers.resize", groupRef(group), { size }, why.reason),
    ...of(why.cause),
  };
}
function groupRef({ path }: GroupFacts) {
  return { ...parseComputePath(path), kind: "instanceGroupManagers" as const };
}
function nodePath(name: string): string {
  return `/api/v1/nodes/${encodeURIComponent(name)}`;
}

/** @throws CloudError */
export async function performNodeCare(
  cloud: CloudWriter,
  cluster: Cluster,
  action: NodeCareAction,
  requestId: string,
): Promise<Started> {
  if ("ref" in action) return performCompute(cloud.compute, action, requestId);
  const api = apiOf(cloud, cluster);
  if (api === undefined)
    throw new CloudError("unavailable", "There is no way to the Kubernetes API.", { target: action.key });
  if ("patch" in action) await mergePatch(api, action.key, action.patch);
  else if (action.verb === "delete") await remove(api, action.key, action.uid);
  else return evict(api, action);
  return "done";
}

/**
 * Only this incarnation of the pod: one of the same name elsewhere is another. One that is gone is no failure, nor is a budget
 * that has less to give than a moment ago: the next look names it.
 */
async function evict(api: Api, { key, name, namespace, uid }: EvictAction): Promise<Started> {
  try {
    await create(api, `${key}/eviction`, {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name, namespace },
      ...(uid === undefined ? {} : { deleteOptions: { preconditions: { uid } } }),
    });
  } catch (error) {
    if (isBudgetsRefusal(error)) return "held";
    if (!isCloudError(error, "not-found")) throw error;
  }
  return "done";
}
