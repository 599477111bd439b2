/**
 * Decides how what workloads hold in the cloud goes. Pure.
 *
 *     Service of type LoadBalancer ─delete─► its load balancer goes ─► gone
 *     nodes cordoned ─► claim ─delete─► its pods evicted ─► volume released ─► disk deleted ─► gone
 */
import type { Action, Cluster, Plan, Problem, Waiting } from "../resource.ts";
import type { ServedNode } from "./observe.ts";

interface Meta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly deletionTimestamp?: string;
}
interface Service {
  readonly metadata: Meta;
  readonly spec?: { readonly type?: string };
}
interface Volume {
  readonly metadata: Meta;
  readonly spec?: {
    readonly persistentVolumeReclaimPolicy?: string;
    readonly csi?: { readonly driver: string; readonly volumeHandle?: string };
    readonly gcePersistentDisk?: { readonly pdName: string };
  };
  readonly status?: { readonly phase?: string; readonly lastPhaseTransitionTime?: string };
}
interface Claim {
  readonly metadata: Meta;
  readonly spec?: { readonly volumeName?: string };
}
interface Pod {
  readonly metadata: Meta;
  readonly spec?: {
    readonly nodeName?: string;
    readonly volumes?: readonly { readonly persistentVolumeClaim?: { readonly claimName: string } }[];
  };
  readonly status?: { readonly phase?: string };
}
export type Leftover =
  | { readonly of: "service"; readonly name: string; readonly object: Service }
  | { readonly of: "volume"; readonly name: string; readonly object: Volume }
  | { readonly of: "claim"; readonly name: string; readonly object: Claim }
  | { readonly of: "pod"; readonly name: string; readonly object: Pod }
  | { readonly of: "node"; readonly name: string; readonly object: ServedNode };

/** The key is the object's path. */
export type LeftoverAction = Action &
  (
    | { readonly change: "delete"; readonly uid?: string }
    | { readonly change: "cordon" }
    | { readonly change: "evict"; readonly name: string; readonly namespace: string }
  );

/** So long disruption budgets are honoured, although the whole cluster goes: what drains at all has drained by then. */
const EVICTION_PATIENCE_MS = 10 * 60_000;
/** A load balancer takes a few minutes to go. After this a leak is reported and the deletion goes on. */
const PATIENCE_MS = 30 * 60_000;

interface Draft {
  readonly actions: LeftoverAction[];
  readonly waiting: Waiting[];
  readonly problems: Problem[];
}

export function planLeftovers({
  cluster,
  observed,
  nowMs,
}: {
  readonly cluster: Cluster;
  readonly observed: readonly Leftover[];
  readonly nowMs: number;
}): Plan<LeftoverAction> {
  const draft: Draft = { actions: [], waiting: [], problems: [] };
  if (!cluster.deleting) return draft;
  const claims = observed.flatMap((found) => (found.of === "claim" ? [found.object] : []));
  for (const found of observed) {
    if (found.of === "service") planService(found, nowMs, draft);
    if (found.of === "volume") planVolume(found, claims, nowMs, draft);
    // Controllers make evicted pods anew, with new claims: with nowhere to run they get no new disks.
    if (found.of === "node" && isOpen(found.object)) {
      draft.actions.push({
        key: `/api/v1/nodes/${found.object.metadata.name}`,
        verb: "cordon",
        change: "cordon",
        reason: "the cluster is being deleted: no new disks",
      });
    }
  }
  if (draft.actions.some((action) => action.change === "cordon")) return draft;
  for (const found of observed) {
    if (found.of === "claim") planClaim(found, draft);
    if (found.of === "pod") planPod(found, claims, nowMs, draft);
  }
  return draft;
}

function planService(
  { name, object }: Extract<Leftover, { of: "service" }>,
  nowMs: number,
  draft: Draft,
): void {
  const { metadata } = object;
  const key = `/api/v1/namespaces/${metadata.namespace}/services/${metadata.name}`;
  if (metadata.deletionTimestamp === undefined) {
    draft.actions.push(deletion(key, metadata, `${name} holds a load balancer`));
  } else if (isOver(metadata.deletionTimestamp, PATIENCE_MS, nowMs)) {
    draft.problems.push(
      leak(
        key,
        `The load balancer of ${name} was not deleted in time: look for forwarding rules, target pools, addresses and firewall rules whose description names it.`,
      ),
    );
  } else {
    draft.waiting.push({ key, reason: `the load balancer of ${name} to be deleted` });
  }
}

function planVolume(
  { name, object }: Extract<Leftover, { of: "volume" }>,
  claims: readonly Claim[],
  nowMs: number,
  draft: Draft,
): void {
  const key = `/api/v1/persistentvolumes/${object.metadata.name}`;
  const disk =
    object.spec?.csi?.volumeHandle ?? object.spec?.gcePersistentDisk?.pdName ?? object.metadata.name;
  const since = object.status?.lastPhaseTransitionTime;
  const held = claims.some((claim) => claim.spec?.volumeName === object.metadata.name);
  if (!held && since !== undefined && isOver(since, PATIENCE_MS, nowMs)) {
    draft.problems.push(
      leak(
        key,
        `The disk ${disk} of ${name} was not deleted in time: delete it by hand if its data is not needed.`,
      ),
    );
    return;
  }
  draft.waiting.push({ key, reason: `the disk of ${name} to be deleted` });
}

function planClaim({ name, object }: Extract<Leftover, { of: "claim" }>, draft: Draft): void {
  const { metadata } = object;
  if (metadata.deletionTimestamp !== undefined) return;
  const key = `/api/v1/namespaces/${metadata.namespace}/persistentvolumeclaims/${metadata.name}`;
  draft.actions.push(deletion(key, metadata, `${name} holds a disk that is deleted with it`));
}

/** A claim goes when no pod uses it any more. */
function planPod(
  { name, object }: Extract<Leftover, { of: "pod" }>,
  claims: readonly Claim[],
  nowMs: number,
  draft: Draft,
): void {
  const { metadata, spec, status } = object;
  if (metadata.deletionTimestamp !== undefined || spec?.nodeName === undefined) return;
  if (status?.phase === "Succeeded" || status?.phase === "Failed") return;
  const namespace = metadata.namespace ?? "default";
  const used = (spec.volumes ?? []).flatMap((volume) => volume.persistentVolumeClaim?.claimName ?? []);
  const claim = claims.find(
    (one) =>
      one.metadata.deletionTimestamp !== undefined &&
      one.metadata.namespace === namespace &&
      used.includes(one.metadata.name),
  );
  if (claim?.metadata.deletionTimestamp === undefined) return;
  const key = `/api/v1/namespaces/${namespace}/pods/${metadata.name}`;
  if (isOver(claim.metadata.deletionTimestamp, EVICTION_PATIENCE_MS, nowMs)) {
    draft.actions.push(
      deletion(
        key,
        metadata,
        `${name} keeps a disk, could not be evicted for ${EVICTION_PATIENCE_MS / 60_000} minutes, and the cluster is being deleted`,
      ),
    );
    return;
  }
  draft.actions.push({
    key,
    verb: "evict",
    change: "evict",
    name: metadata.name,
    namespace,
    reason: `${name} keeps a disk, and the cluster is being deleted`,
  });
}

/** Controllers that delete disks and load balancers run on the control plane: it stays open. */
function isOpen({ metadata, spec }: ServedNode): boolean {
  return (
    spec?.unschedulable !== true && metadata.labels?.["node-role.kubernetes.io/control-plane"] === undefined
  );
}
function isOver(since: string, patienceMs: number, nowMs: number): boolean {
  return nowMs >= Date.parse(since) + patienceMs;
}
function deletion(key: string, { uid }: Meta, reason: string): LeftoverAction {
  return { key, verb: "delete", change: "delete", reason, ...(uid === undefined ? {} : { uid }) };
}
/** `unsupported` rather than `conflict`: a leak that is reported must not stop the deletion. */
function leak(key: string, message: string): Problem {
  return { key, code: "unsupported", message };
}
