/**
 * Signals about one machine of a pool come to one verdict: what the cloud, its node and its incidents say. Pure.
 *
 *   well ─a signal─► suspect ─its bound is over─► failed        announced maintenance: soon; a group mends it: elsewhere
 */
import type { Incident } from "../status/inbox.ts";

/** Compute Engine restarts a machine after a host error by itself: "usually" within 3 minutes, at most 5.5. Source: https://cloud.google.com/compute/docs/instances/host-maintenance-overview */
export const HOST_RESTART_MS = 6 * 60_000;
/** A machine that has not joined by then most likely never will. Source: Cluster API's nodeStartupTimeout. */
export const START_UP_MS = 10 * 60_000;
/** A drain ahead of maintenance begins this much earlier than it must: deletion, a new machine and its boot take time too. */
export const MAINTENANCE_MARGIN_MS = 10 * 60_000;

/** What node-problem-detector and the kubelet say of a machine that will not mend by itself. Pressures and what applications do to a GPU are no such thing. */
const FATAL_TROUBLES: ReadonlySet<string> = new Set([
  "KernelDeadlock",
  "ReadonlyFilesystem",
  "XfsShutdown",
  "CperHardwareErrorFatal",
  "FrequentKubeletRestart",
  "FrequentContainerdRestart",
  "KubeletUnhealthy",
  "ContainerRuntimeUnhealthy",
]);

export function isFatalTrouble({ type }: { readonly type: string }): boolean {
  return FATAL_TROUBLES.has(type);
}

export interface MachineSigns {
  /** `projects/p/zones/z/instances/i` */
  readonly path: string;
  readonly name: string;
  /** What the cloud says; absent while the machine is not listed. */
  readonly machine?: {
    readonly instanceId: string;
    readonly status: string;
    readonly startedMs?: number;
    readonly createdMs?: number;
    readonly upcomingMaintenance?: { readonly startMs: number; readonly reasons: readonly string[] };
  };
  /** Compute Engine restarts it after a host error; not a spot machine. */
  readonly restartsItself: boolean;
  /** Absent while it has not joined. */
  readonly node?: {
    readonly ready: boolean;
    readonly readiness?: string;
    readonly readinessSinceMs?: number;
    readonly createdMs?: number;
    readonly troubles?: readonly {
      readonly type: string;
      readonly sinceMs?: number;
      readonly message?: string;
    }[];
  };
  readonly incidents: readonly Incident[];
}

export interface Patience {
  /** How long a node is unhealthy before it is repaired. */
  readonly afterMs: number;
  /** How long before maintenance its drain must begin. */
  readonly drainMs: number;
  /** When the cluster could be seen again; nothing is older. */
  readonly seenSinceMs: number;
  /** Somebody asked for its repair: no bound of its node is waited out. */
  readonly isOver?: boolean;
  /** A node that was not Ready so soon after it had joined was never Ready. */
  readonly firstStatusMs?: number | undefined;
}

export type Verdict =
  | { readonly is: "well" }
  /** Unhealthy, and not for long enough; `untilMs` is when it has been, if that is known. */
  | { readonly is: "suspect"; readonly reason: string; readonly sinceMs?: number; readonly untilMs?: number }
  /** `taken`: by Compute Engine, as spot machines are: no fault of the machine or of what it runs. */
  | { readonly is: "failed"; readonly reason: string; readonly urgent?: boolean; readonly taken?: boolean }
  /** Its host is maintained soon: it leaves ahead of that. */
  | { readonly is: "soon"; readonly reason: string }
  /** A group repairs it by itself. */
  | { readonly is: "elsewhere"; readonly reason: string; readonly untilMs: number };

const WELL: Verdict = { is: "well" };

export function judgeMachine(signs: MachineSigns, patience: Patience, nowMs: number): Verdict {
  return (
    fromIncidents(signs, nowMs) ??
    fromNode(signs, patience, nowMs) ??
    fromMaintenance(signs, patience, nowMs) ??
    WELL
  );
}

/** Of this machine and no other that had its name, and not from before it was switched on. */
export function freshIncidents({ path, machine, incidents }: MachineSigns): readonly Incident[] {
  if (machine === undefined) return [];
  const sinceMs = machine.startedMs ?? machine.createdMs ?? Number.NEGATIVE_INFINITY;
  return incidents.filter(
    (incident) =>
      incident.machine === path && incident.instanceId === machine.instanceId && incident.atMs >= sinceMs,
  );
}

/** The newest that says something of the machine's life speaks. */
function fromIncidents(signs: MachineSigns, nowMs: number): Verdict | undefined {
  const told = freshIncidents(signs).filter(({ kind }) => kind !== "unknown" && kind !== "migrated");
  const newest = told
    .filter(({ kind }) => kind !== "maintenance-notice")
    .reduce<Incident | undefined>(
      (last, one) => (last === undefined || one.atMs >= last.atMs ? one : last),
      undefined,
    );
  if (newest === undefined) return undefined;
  const { kind, atMs } = newest;
  const at = new Date(atMs).toISOString();
  const { name, restartsItself, machine } = signs;
  switch (kind) {
    case "preempted":
      return { is: "failed", reason: `${name} was preempted at ${at}`, urgent: true, taken: true };
    case "host-error": {
      const reason = `the host of ${name} failed at ${at}`;
      if (!restartsItself || machine?.status === "TERMINATED")
        return { is: "failed", reason: `${reason}, and Compute Engine does not restart it`, urgent: true };
      return untilBound(atMs, HOST_RESTART_MS, nowMs, reason, `${reason}, and it has not been restarted`);
    }
    case "terminated": {
      const reason = `${name} was stopped at ${at}`;
      return untilBound(atMs, HOST_RESTART_MS, nowMs, reason, `${reason}, and it did not come back`);
    }
    case "group-repair":
      // Past its bound, what its node says counts.
      return nowMs < atMs + START_UP_MS
        ? { is: "elsewhere", reason: `its group repairs ${name}, since ${at}`, untilMs: atMs + START_UP_MS }
        : undefined;
    default:
      // It runs again: its node says how it is.
      return undefined;
  }
}

function untilBound(sinceMs: number, forMs: number, nowMs: number, reason: string, over: string): Verdict {
  const untilMs = sinceMs + forMs;
  return nowMs < untilMs ? { is: "suspect", reason, sinceMs, untilMs } : { is: "failed", reason: over };
}

function fromNode(signs: MachineSigns, patience: Patience, nowMs: number): Verdict | undefined {
  const { name, machine, node } = signs;
  if (node === undefined) return neverJoined(signs, patience, nowMs);
  if (!node.ready) {
    if (patience.isOver !== true && isStarting(node, patience, nowMs)) return undefined;
    // A machine made anew under its old name finds the Node of the one before.
    const sinceMs = Math.max(node.readinessSinceMs ?? nowMs, machine?.createdMs ?? 0, patience.seenSinceMs);
    const how = node.readiness === "Unknown" ? "silent" : "not Ready";
    return bounded(`node ${name} has been ${how}`, sinceMs, patience, nowMs);
  }
  if (machine?.status === "REPAIRING") return { is: "suspect", reason: `Compute Engine restarts ${name}` };
  const trouble = node.troubles?.find(isFatalTrouble);
  if (trouble === undefined) return undefined;
  const sinceMs = Math.max(trouble.sinceMs ?? nowMs, patience.seenSinceMs);
  return bounded(`node ${name} has reported ${trouble.type}`, sinceMs, patience, nowMs);
}

/** It has joined and was never Ready yet: images are pulled, the network plugin starts. */
export const FIRST_STATUS_MS = 30_000;
function isStarting(
  { createdMs, readinessSinceMs }: NonNullable<MachineSigns["node"]>,
  { firstStatusMs = FIRST_STATUS_MS }: Patience,
  nowMs: number,
): boolean {
  if (createdMs === undefined || nowMs >= createdMs + START_UP_MS) return false;
  return (readinessSinceMs ?? createdMs) - createdMs < firstStatusMs;
}

function bounded(what: string, sinceMs: number, { afterMs, isOver }: Patience, nowMs: number): Verdict {
  const reason = `${what} since ${new Date(sinceMs).toISOString()}`;
  return isOver === true ? { is: "failed", reason } : untilBound(sinceMs, afterMs, nowMs, reason, reason);
}

/** One that is still being made, or stops, is its group's. */
function neverJoined(
  { name, machine }: MachineSigns,
  { seenSinceMs, isOver }: Patience,
  nowMs: number,
): Verdict | undefined {
  const startedMs = machine?.startedMs ?? machine?.createdMs;
  if (machine?.status !== "RUNNING" || startedMs === undefined) return undefined;
  const boundMs = Math.max(startedMs, seenSinceMs) + START_UP_MS;
  const what = `${name}, running since ${new Date(startedMs).toISOString()}, has not joined`;
  if (nowMs >= boundMs) return { is: "failed", reason: `${what} within ${START_UP_MS / 60_000} minutes` };
  return isOver === true ? { is: "failed", reason: `${what} yet` } : undefined;
}

/** What was announced, by an event or on the machine itself, as soon as a drain must begin. */
function fromMaintenance(signs: MachineSigns, { drainMs }: Patience, nowMs: number): Verdict | undefined {
  const notice = maintenanceOf(signs, nowMs);
  if (notice === undefined || nowMs < notice.startMs - drainMs - MAINTENANCE_MARGIN_MS) return undefined;
  const at = new Date(notice.startMs).toISOString();
  return { is: "soon", reason: `the host of ${signs.name} is maintained from ${at}${notice.why}` };
}

/** The next window that has not begun. What has begun cannot be got ahead of: the machine stops or moves with its host. */
export function maintenanceOf(
  signs: MachineSigns,
  nowMs: number,
): { readonly startMs: number; readonly why: string } | undefined {
  const upcoming = signs.machine?.upcomingMaintenance;
  const notices = freshIncidents(signs).flatMap(({ kind, window }) =>
    kind === "maintenance-notice" && window !== undefined ? [{ startMs: window.startMs, why: "" }] : [],
  );
  const found = [
    ...(upcoming === undefined
      ? []
      : [
          {
            startMs: upcoming.startMs,
            why: upcoming.reasons.length === 0 ? "" : ` (${upcoming.reasons.join(", ")})`,
          },
        ]),
    ...notices,
  ];
  return found
    .filter(({ startMs }) => startMs > nowMs)
    .toSorted((one, other) => one.startMs - other.startMs)[0];
}
