/** Makes a managed kind of a Compute Engine collection: one filtered list to observe it, one planner by change table. */
import {
  type ComputeKind,
  type ComputeRef,
  type ComputeVerb,
  computePath,
  parseComputePath,
  type Scope,
} from "../../ports/compute.ts";
import type { ComputeResources } from "../../ports/compute-types.ts";
import { type ChangeTable, type Difference, differences, sentence } from "../change-table.ts";
import { prefixOf } from "../names.ts";
import { conflict, isOurs } from "../owner.ts";
import type { CloudReader, Cluster, Facts, ManagedKind, Plan, Problem, Waiting } from "../resource.ts";
import { type ComputeAction, calling, deletion, insertion, patching, performCompute } from "./action.ts";

export interface DesiredResource<K extends ComputeKind> {
  readonly name: string;
  readonly ref: ComputeRef<K>;
  /** As it is inserted. */
  readonly body: ComputeResources[K];
  /** Why it is there, as a noun phrase. */
  readonly purpose: string;
  /** Fields that others own on this one. */
  readonly foreign?: readonly string[];
}
export interface ObservedResource<K extends ComputeKind> {
  readonly name: string;
  readonly ref: ComputeRef<K>;
  readonly resource: ComputeResources[K];
}

/** Why something is not done now: it is waited for, a person must act, or the time has simply not come. */
export type Hold = { readonly wait: string } | { readonly unsupported: string } | { readonly quietly: true };

export interface ComputeKindDefinition<K extends ComputeKind> {
  readonly kind: string;
  readonly collection: K;
  readonly after: readonly string[];
  /** See ManagedKind. */
  readonly steady?: boolean;
  /** See ManagedKind. */
  readonly watches?: readonly string[];
  readonly condition: "NetworkReady" | "ControlPlaneReady" | "NodesReady";
  readonly table: ChangeTable<ComputeResources[K], ComputeVerb>;
  desire(cluster: Cluster): readonly DesiredResource<K>[] | Waiting;
  /** Where one list finds them all. */
  where(cluster: Cluster): { readonly project: string; readonly scope: Scope | "everywhere" };
  /** Of all that bear our prefix, those of this kind; all when left out. */
  belongs?(cluster: Cluster, name: string): boolean;
  learn?(observed: readonly ObservedResource<K>[], cluster: Cluster): Partial<Facts>;
  /** Why one cannot be made yet. */
  holdInsert?(
    cluster: Cluster,
    desired: DesiredResource<K>,
    ours: readonly ObservedResource<K>[],
  ): Hold | undefined;
  /** Why one that is not wanted cannot go yet. */
  holdDelete?(cluster: Cluster, observed: ObservedResource<K>): Hold | undefined;
  /** What must be done to one before it can be deleted. */
  beforeDelete?(observed: ObservedResource<K>): ComputeAction | undefined;
  /** Why one is not wanted while its cluster stays. */
  obsolete?(cluster: Cluster, observed: ObservedResource<K>): string;
  /** What one that is as wanted still lacks: something to wait for, or to do. */
  unfinished?(
    observed: ObservedResource<K>,
    desired: DesiredResource<K>,
    cluster: Cluster,
  ): Hold | ComputeAction | undefined;
}

export type ComputeManagedKind<K extends ComputeKind> = ManagedKind<
  DesiredResource<K>,
  ObservedResource<K>,
  ComputeAction
>;

export function computeKind<K extends ComputeKind>(
  definition: ComputeKindDefinition<K>,
): ComputeManagedKind<K> {
  const { learn } = definition;
  return {
    kind: definition.kind,
    after: definition.after,
    ...(definition.steady === undefined ? {} : { steady: definition.steady }),
    ...(definition.watches === undefined ? {} : { watches: definition.watches }),
    condition: definition.condition,
    desire: (cluster) => (cluster.deleting ? [] : definition.desire(cluster)),
    observe: (cloud, cluster) => observeList(definition, cloud, cluster),
    ...(learn === undefined ? {} : { learn: (observed, cluster) => learn(ours(cluster, observed), cluster) }),
    plan: (input) => planResources(definition, input.cluster, input.desired, input.observed),
    perform: (cloud, _cluster, action, requestId) => performCompute(cloud.compute, action, requestId),
  };
}

/**
 * A list may lag, but absence is never concluded from it: an insert under a derived name that is there already is
 * answered with already-exists, and the next look finds it. So no GET by name is spent on what is missing.
 */
async function observeList<K extends ComputeKind>(
  definition: ComputeKindDefinition<K>,
  cloud: CloudReader,
  cluster: Cluster,
): Promise<readonly ObservedResource<K>[]> {
  const where = definition.where(cluster);
  const found = await cloud.compute.list({
    kind: definition.collection,
    ...where,
    namePrefixes: [`${prefixOf(cluster)}-`],
  });
  return found
    .filter((resource) => definition.belongs?.(cluster, resource.name) ?? true)
    .map((resource) => ({ name: resource.name, ref: refOf(definition.collection, resource), resource }));
}

function refOf<K extends ComputeKind>(kind: K, resource: ComputeResources[K]): ComputeRef<K> {
  if (resource.selfLink === undefined) throw new RangeError(`${kind} ${resource.name} has no selfLink`);
  return { ...parseComputePath(resource.selfLink), kind };
}

function ours<K extends ComputeKind>(
  cluster: Cluster,
  observed: readonly ObservedResource<K>[],
): readonly ObservedResource<K>[] {
  return observed.filter(({ ref, resource }) => isOurs(cluster, computePath(ref), resource));
}

interface Draft {
  readonly actions: ComputeAction[];
  readonly waiting: Waiting[];
  readonly problems: Problem[];
}

function planResources<K extends ComputeKind>(
  definition: ComputeKindDefinition<K>,
  cluster: Cluster,
  desired: readonly DesiredResource<K>[],
  observed: readonly ObservedResource<K>[],
): Plan<ComputeAction> {
  const draft: Draft = { actions: [], waiting: [], problems: [] };
  const found = new Map(observed.map((resource) => [computePath(resource.ref), resource]));
  const mine = ours(cluster, observed);
  for (const wanted of desired) {
    const there = found.get(computePath(wanted.ref));
    if (there === undefined) planInsert(definition, cluster, wanted, mine, draft);
    else if (!mine.includes(there))
      draft.problems.push(conflict(cluster, computePath(there.ref), there.resource));
    else planChange(definition, cluster, wanted, there, draft);
  }
  const wantedKeys = new Set(desired.map(({ ref }) => computePath(ref)));
  for (const there of mine) {
    if (!wantedKeys.has(computePath(there.ref))) planDelete(definition, cluster, there, draft);
  }
  return draft;
}

function planInsert<K extends ComputeKind>(
  definition: ComputeKindDefinition<K>,
  cluster: Cluster,
  wanted: DesiredResource<K>,
  mine: readonly ObservedResource<K>[],
  draft: Draft,
): void {
  const hold = definition.holdInsert?.(cluster, wanted, mine);
  if (hold === undefined)
    draft.actions.push(insertion(wanted.ref, wanted.body, `missing: ${wanted.purpose}`));
  else keepFor(hold, computePath(wanted.ref), draft);
}

function planDelete<K extends ComputeKind>(
  definition: ComputeKindDefinition<K>,
  cluster: Cluster,
  there: ObservedResource<K>,
  draft: Draft,
): void {
  const hold = definition.holdDelete?.(cluster, there);
  const first = definition.beforeDelete?.(there);
  if (first !== undefined && cluster.deleting) draft.actions.push(first);
  else if (hold !== undefined) keepFor(hold, computePath(there.ref), draft);
  else if (first !== undefined) draft.actions.push(first);
  else draft.actions.push(deletion(there.ref, deleteReason(definition, cluster, there)));
}

function deleteReason<K extends ComputeKind>(
  definition: ComputeKindDefinition<K>,
  cluster: Cluster,
  there: ObservedResource<K>,
): string {
  if (cluster.deleting) return `cluster ${cluster.id} is being deleted`;
  return definition.obsolete?.(cluster, there) ?? "the spec no longer asks for it";
}

function keepFor(hold: Hold, key: string, draft: Draft): void {
  if ("wait" in hold) draft.waiting.push({ key, reason: hold.wait });
  else if ("unsupported" in hold)
    draft.problems.push({ key, code: "unsupported", message: hold.unsupported });
}

/** One action at a time for a resource: a second one would work on a fingerprint that the first has made stale. */
function planChange<K extends ComputeKind>(
  definition: ComputeKindDefinition<K>,
  cluster: Cluster,
  wanted: DesiredResource<K>,
  there: ObservedResource<K>,
  draft: Draft,
): void {
  const key = computePath(there.ref);
  const whole = wanted.body;
  const differing = differences(definition.table, whole, there.resource, wanted.foreign);
  const problems = differing.flatMap((difference) => problemOf(key, difference));
  draft.problems.push(...problems);
  const action = changeAction(there, whole, differing);
  if (action !== undefined) draft.actions.push(action);
  if (action !== undefined || problems.length > 0) return;
  const rest = definition.unfinished?.(there, wanted, cluster);
  if (rest === undefined) return;
  if ("verb" in rest) draft.actions.push(rest);
  else keepFor(rest, key, draft);
}

type Change<K extends ComputeKind> = Difference<ComputeResources[K], ComputeVerb>;

function problemOf<K extends ComputeKind>(key: string, difference: Change<K>): readonly Problem[] {
  const { rule } = difference;
  if (rule.change !== "refuse" && rule.change !== "unsupported") return [];
  const code = rule.change === "refuse" ? "immutable" : "unsupported";
  return [{ key, code, message: `${key}: ${sentence(difference)}. ${rule.wayOut}` }];
}

function changeAction<K extends ComputeKind>(
  there: ObservedResource<K>,
  wanted: ComputeResources[K],
  differing: readonly Change<K>[],
): ComputeAction | undefined {
  const replaced = differing.filter(({ rule }) => rule.change === "replace");
  if (replaced.length > 0) {
    return deletion(there.ref, `${reasonOf(replaced)}; it cannot change in place, so it is made anew`);
  }
  const patched = differing.filter(({ rule }) => rule.change === "patch");
  if (patched.length > 0) return patchAction(there, patched);
  return callAction(there, wanted, differing);
}

/** The first verb that is needed, with every field that it mends. */
function callAction<K extends ComputeKind>(
  there: ObservedResource<K>,
  wanted: ComputeResources[K],
  differing: readonly Change<K>[],
): ComputeAction | undefined {
  const rules = differing.map(({ rule }) => rule);
  const first = rules.find((rule) => rule.change === "call");
  if (first === undefined) return undefined;
  const mended = differing.filter(({ rule }) => rule.change === "call" && rule.verb === first.verb);
  return calling(first.verb, there.ref, first.body(wanted, there.resource), reasonOf(mended));
}

function patchAction<K extends ComputeKind>(
  there: ObservedResource<K>,
  patched: readonly Change<K>[],
): ComputeAction {
  const fields = patched.map(({ field, wanted: value }) => [field, value]);
  const { fingerprint } = there.resource as { readonly fingerprint?: string };
  const lock = fingerprint === undefined ? {} : { fingerprint };
  const body: object = { ...Object.fromEntries(fields), ...lock };
  return patching(there.ref, body as Partial<ComputeResources[K]>, reasonOf(patched));
}

function reasonOf(
  differing: readonly Pick<Difference<object, string>, "field" | "wanted" | "found">[],
): string {
  return differing.map(sentence).join("; ");
}
