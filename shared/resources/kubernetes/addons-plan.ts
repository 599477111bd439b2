/** Decides what to apply, replace, delete and wait for among a cluster's add-ons. Pure. */
import type { Plan, Problem, Waiting } from "../resource.ts";
import type { AddonAction, AddonChange, Inputs, ObservedAddon } from "./addons-model.ts";
import { type DesiredObject, USER_MANIFESTS } from "./desired-addons.ts";
import { planDns } from "./dns.ts";
import { immutableDifference, stopsPrograms } from "./immutable-fields.ts";
import { nextInstallerStep } from "./installer-attempts.ts";
import { KIND_RECORD_ADDON, planKindRecord } from "./kind-record.ts";
import { INSTALLS_ANNOTATION } from "./manifests/installer.ts";
import type { Job } from "./manifests/types.ts";
import {
  ADDON_LABEL,
  HASH_ANNOTATION,
  type KindPath,
  type KubernetesObject,
  knownKind,
  MANAGED_BY_LABEL,
  objectPath,
  objectTitle,
  type ServedObject,
} from "./object.ts";
import { firstDifference } from "./subset.ts";
import { userManifests } from "./user-manifests.ts";
import { type PodFacts, podTrouble, unavailable } from "./workload-state.ts";

interface Draft {
  readonly actions: AddonAction[];
  readonly waiting: Waiting[];
  readonly problems: Problem[];
}
interface Placed extends DesiredObject {
  /** As it was rendered: the same one from pass to pass. */
  readonly rendered: KubernetesObject;
  readonly path: string;
  readonly served: ServedObject | undefined;
}

/** Nothing is done inside a cluster that goes: it goes with its machines. */
export function planAddons(inputs: Inputs): Plan<AddonAction> {
  if (inputs.cluster.deleting) return emptyDraft();
  const index = indexOf(inputs.observed);
  // Apart, so that a manifest that the API refuses does not hold up what nodes need.
  const builtIn = planBuiltIn(inputs, index);
  const manifests = planManifests(inputs, index);
  return {
    actions: [...builtIn.actions, ...manifests.actions],
    waiting: [...builtIn.waiting, ...manifests.waiting],
    problems: [...builtIn.problems, ...manifests.problems],
  };
}
function emptyDraft(): Draft {
  return { actions: [], waiting: [], problems: [] };
}

/** In both, what replaces comes before what is replaced goes. */
function planBuiltIn(inputs: Inputs, index: Index): Draft {
  const draft = emptyDraft();
  const wanted = inputs.desired.filter(({ addon }) => addon !== USER_MANIFESTS);
  const kept = planStages(place(wanted, index, draft), index, inputs.nowMs, draft);
  if (draft.actions.length === 0) planDeletions(index, kept, (addon) => addon !== USER_MANIFESTS, draft);
  planDns(inputs, draft);
  return draft;
}
function planManifests(inputs: Inputs, index: Index): Draft {
  const draft = emptyDraft();
  const { problems } = userManifests(inputs.cluster.spec.addons.manifests);
  draft.problems.push(...problems.map((problem) => ({ ...problem, code: "unsupported" as const })));
  planKindRecord(inputs, "before", draft);
  if (draft.actions.length > 0) return draft;
  const wanted = inputs.desired.filter(({ addon }) => addon === USER_MANIFESTS);
  const kept = planStages(place(wanted, index, draft), index, inputs.nowMs, draft);
  if (draft.actions.length === 0) planDeletions(index, kept, (addon) => addon === USER_MANIFESTS, draft);
  if (draft.actions.length === 0) planKindRecord(inputs, "after", draft);
  return draft;
}

interface Index {
  readonly byPath: ReadonlyMap<string, ServedObject>;
  readonly kinds: readonly KindPath[];
  readonly pods: readonly PodFacts[];
  /** By path. */
  readonly installed: ReadonlyMap<string, ServedObject>;
}
function indexOf(observed: readonly ObservedAddon[]): Index {
  const kinds = observed.flatMap((found) => (found.of === "kinds" ? found.kinds : []));
  const byPath = new Map<string, ServedObject>();
  for (const found of observed) {
    if (found.of !== "object") continue;
    const kind = kindOf(found.object, kinds);
    if (kind !== undefined) byPath.set(objectPath(kind, found.object.metadata), found.object);
  }
  return {
    byPath,
    kinds,
    pods: observed.flatMap((found) => (found.of === "pod" ? [found.pod] : [])),
    installed: new Map(
      observed.flatMap((found) => (found.of === "installed" ? [[found.name, found.object]] : [])),
    ),
  };
}
function kindOf(object: KubernetesObject, discovered: readonly KindPath[]): KindPath | undefined {
  const { apiVersion, kind } = object;
  return (
    knownKind(apiVersion, kind) ??
    discovered.find((one) => one.apiVersion === apiVersion && one.kind === kind)
  );
}

/** Finds where each object belongs; one whose kind the API does not know (yet) waits for its definition. */
function place(desired: readonly DesiredObject[], index: Index, draft: Draft): readonly Placed[] {
  return desired.flatMap((wanted) => {
    const kind = kindOf(wanted.object, index.kinds);
    if (kind === undefined) {
      const { apiVersion, kind: name } = wanted.object;
      draft.waiting.push({
        key: wanted.name,
        reason: `the API to know ${name} of ${apiVersion}; its CustomResourceDefinition is missing or not established`,
      });
      return [];
    }
    const object = withScope(wanted.object, kind);
    const path = objectPath(kind, object.metadata);
    return [{ ...wanted, rendered: wanted.object, object, path, served: index.byPath.get(path) }];
  });
}
function withScope(object: KubernetesObject, kind: KindPath): KubernetesObject {
  const { namespace, ...metadata } = object.metadata;
  return {
    ...object,
    metadata: kind.namespaced ? { ...metadata, namespace: namespace ?? "default" } : metadata,
  };
}

/** What others stand on comes first; a stage begins when the one before is there. */
const STAGES: readonly ReadonlySet<string>[] = [
  new Set(["Namespace", "CustomResourceDefinition"]),
  new Set([
    "ServiceAccount",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "ConfigMap",
    "Secret",
    "PriorityClass",
  ]),
];
function stageOf(object: KubernetesObject): number {
  const stage = STAGES.findIndex((kinds) => kinds.has(object.kind));
  return stage === -1 ? STAGES.length : stage;
}

/** Answers the paths that stay. */
function planStages(
  placed: readonly Placed[],
  index: Index,
  nowMs: number,
  draft: Draft,
): ReadonlySet<string> {
  const kept = new Set<string>(placed.map(({ path }) => path));
  const unplaced = draft.waiting.length;
  for (let stage = 0; stage <= STAGES.length; stage += 1) {
    for (const wanted of placed) {
      if (stageOf(wanted.object) !== stage) continue;
      if (isInstaller(wanted)) planInstaller(wanted, index, nowMs, draft, kept);
      else planObject(wanted, index, draft);
    }
    // A namespace that is still going takes nothing new.
    if (draft.actions.length > 0 || draft.waiting.length > unplaced) break;
  }
  return kept;
}

function planObject(placed: Placed, index: Index, draft: Draft): void {
  const { object, rendered, path, served, addon } = placed;
  const title = objectTitle(object);
  if (served === undefined) {
    draft.actions.push({
      key: path,
      verb: "apply",
      change: "apply",
      object,
      fresh: true,
      reason: `${title} of ${addon} is missing`,
    });
    return;
  }
  if (served.metadata.deletionTimestamp !== undefined) {
    draft.waiting.push({ key: path, reason: `${title} to be gone before it is made anew` });
    return;
  }
  if (!isKnownEqual(rendered, served) && planChange(placed, served, draft)) return;
  const reason = unavailable(served, index.pods);
  if (reason !== undefined) draft.waiting.push({ key: path, reason });
}

/** What the server holds was compared with this before: while a cluster starts, it is asked for once a second. */
const equal = new WeakMap<KubernetesObject, string>();
function isKnownEqual(rendered: KubernetesObject, served: ServedObject): boolean {
  const seen = versionOf(served);
  return seen !== undefined && equal.get(rendered) === seen;
}
function versionOf({ metadata: { uid, resourceVersion } }: ServedObject): string | undefined {
  return uid === undefined || resourceVersion === undefined ? undefined : `${uid}/${resourceVersion}`;
}

/** @returns whether there was something to change */
function planChange({ object, rendered, path, addon }: Placed, served: ServedObject, draft: Draft): boolean {
  const title = objectTitle(object);
  const immutable = immutableDifference(object, served);
  if (immutable !== undefined && addon === USER_MANIFESTS && stopsPrograms(object.kind)) {
    const message = `${title}: ${immutable} cannot change. Give the new one another name in the manifest; the old one goes when the new one is there.`;
    draft.problems.push({ key: path, code: "immutable", message });
    return true;
  }
  if (immutable !== undefined) {
    draft.actions.push({
      key: path,
      verb: "delete",
      ...deletion(served),
      reason: `${title} must be made anew: ${immutable} cannot change`,
    });
    return true;
  }
  const difference = firstDifference(object, served);
  if (difference !== undefined) {
    const wanted = object.metadata.annotations?.[HASH_ANNOTATION];
    const changed = served.metadata.annotations?.[HASH_ANNOTATION] !== wanted;
    const reason = changed ? "is of an earlier spec or version" : `was edited: ${difference} differs`;
    draft.actions.push({
      key: path,
      verb: "apply",
      change: "apply",
      object,
      fresh: false,
      reason: `${title} of ${addon} ${reason}`,
    });
    return true;
  }
  const seen = versionOf(served);
  if (seen !== undefined) equal.set(rendered, seen);
  return false;
}

function isInstaller({ object, addon }: Placed): boolean {
  return object.kind === "Job" && addon !== USER_MANIFESTS;
}
function planInstaller(wanted: Placed, index: Index, nowMs: number, draft: Draft, kept: Set<string>): void {
  const jobs = [...index.byPath].filter(
    ([, job]) => job.kind === "Job" && job.metadata.labels?.[ADDON_LABEL] === wanted.addon,
  );
  const installed = index.installed.get(wanted.object.metadata.annotations?.[INSTALLS_ANNOTATION] ?? "");
  const found = { jobs: jobs.map(([, job]) => job), installed: installed !== undefined };
  const next = nextInstallerStep(wanted.object as Job, found, nowMs);
  const key = wanted.path;
  // Failed attempts stay for a person to read until one has worked; then only that one stays.
  for (const [path, job] of jobs) if (next.step !== "done" || job.metadata.name === next.job) kept.add(path);
  const title = `the installer of ${wanted.addon}`;
  if (next.step === "create") {
    const path = `${key}${next.job.metadata.name.slice(wanted.object.metadata.name.length)}`;
    draft.actions.push({
      key: path,
      verb: "apply",
      change: "apply",
      object: next.job,
      fresh: true,
      reason: `run ${title}: ${next.reason}`,
    });
  } else if (next.step === "done") {
    const reason = installed === undefined ? undefined : unavailable(installed);
    if (reason !== undefined) draft.waiting.push({ key, reason });
  } else if (next.step === "wait") {
    const trouble = podTrouble(next.job, index.pods);
    draft.waiting.push({
      key,
      reason: `${title} (Job ${next.job.metadata.name}) to complete${trouble === undefined ? "" : ` (${trouble})`}`,
    });
  } else if (next.step === "pause") {
    draft.waiting.push({ key, reason: `${title}: ${next.reason}` });
  } else if (next.step === "give-up") {
    const look = `kubectl -n kube-system logs job/${next.job}`;
    const again = `kubectl -n kube-system delete jobs -l ${ADDON_LABEL}=${wanted.addon}`;
    draft.problems.push({
      key,
      code: "unsupported",
      message: `${title} failed too often (${next.reason}). See why with "${look}"; "${again}" lets it try again.`,
    });
    draft.waiting.push({ key, reason: `somebody to look at ${title}` });
  }
}

/** With content in them, or content that stands on them. */
const NEVER_DELETED: ReadonlySet<string> = new Set(["Namespace", "CustomResourceDefinition"]);
function planDeletions(
  index: Index,
  kept: ReadonlySet<string>,
  concerns: (addon: string | undefined) => boolean,
  draft: Draft,
): void {
  for (const [path, served] of index.byPath) {
    const addon = served.metadata.labels?.[ADDON_LABEL];
    if (kept.has(path) || addon === KIND_RECORD_ADDON || !concerns(addon)) continue;
    if (served.metadata.deletionTimestamp !== undefined) continue;
    const title = objectTitle(served);
    if (NEVER_DELETED.has(served.kind)) {
      const message = `${title} is no longer in the spec but stays, because deleting it deletes what is in it. Delete it with kubectl, or keep it by removing its label ${MANAGED_BY_LABEL}.`;
      draft.problems.push({ key: path, code: "unsupported", message });
      continue;
    }
    draft.actions.push({
      key: path,
      verb: "delete",
      ...deletion(served),
      reason: `${title} is no longer wanted`,
    });
  }
}
function deletion(served: ServedObject): AddonChange {
  const { uid } = served.metadata;
  return { change: "delete", ...(uid === undefined ? {} : { uid }) };
}
