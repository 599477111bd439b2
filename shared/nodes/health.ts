/**
 * Signals about one machine of a pool come to one verdict: what the cloud, its node and its incidents say. Pure.
 *
 *   well ─a signal─► suspect ─its bound is over─► failed        announced maintenance: soon; a group mends it: elsewhere
 */
import { durationMs } from "../spec/duration.ts";
import { JOIN_TIMEOUT_DEFAULT } from "../spec/schema/node-pool.ts";
import type { Incident } from "../status/inbox.ts";

/** Compute Engine restarts a machine after a host error by itself: "usually" within 3 minutes, at most 5.5. Source: https://cloud.google.com/compute/docs/instances/host-maintenance-overview */
export const HOST_RESTART_MS = 6 * 60_000;
/** A machine that has not joined by then most likely never will, where its pool says nothing else. */
export const START_UP_MS = durationMs(JOIN_TIMEOUT_DEFAULT);
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
  /** Notices of maintenance of other machines in its zone. */
  readonly noticesNearby?: readonly Incident[];
}

export interface Patience {
  /** How long a node is unhealthy before it is repaired. */
  readonly afterMs: number;
  /** How long a machine runs without becoming a node before it has failed. */
  readonly joinMs?: number | undefined;
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
    fromIncidents(signs, patience, nowMs) ??
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

/**
 * Whoever may publish may say anything, so what is said of a machine that goes on looking well is a rumour: it has not come
 * about, or its end was told and its new beginning was not.
 */
function looksWell({ machine, node }: MachineSigns): boolean {
  return machine?.status === "RUNNING" && node?.ready === true;
}

/** The newest that says something of the machine's life speaks. */
function fromIncidents(
  signs: MachineSigns,
  { joinMs = START_UP_MS }: Patience,
  nowMs: number,
): Verdict | undefined {
  const told = freshIncidents(signs).filter(({ kind }) => kind !== "unknown" && kind !== "migrated");
  const newest = told
    .filter(({ kind }) => kind !== "maintenance-notice")
    .reduce<Incident | undefined>(
      (last, one) => (last === undefined || one.atMs >= last.atMs ? one : last),
      undefined,
    );
  if (newest === undefined) return undefined;
  const { kind, atMs } = newest;
  const isRumour = looksWell(signs);
  if (isRumour && nowMs >= atMs + HOST_RESTART_MS) return undefined;
  const at = new Date(atMs).toISOString();
  const { name, restartsItself, machine } = signs;
  switch (kind) {
    case "preempted":
      if (isRumour)
        return untilBound(atMs, HOST_RESTART_MS, nowMs, `it is said that ${name} was preempted at ${at}`);
      return { is: "failed", reason: `${name} was preempted at ${at}`, urgent: true, taken: true };
    case "host-error": {
      const reason = `the host of ${name} failed at ${at}`;
      if (!isRumour && (!restartsItself || machine?.status === "TERMINATED"))
        return { is: "failed", reason: `${reason}, and Compute Engine does not restart it`, urgent: true };
      return untilBound(atMs, HOST_RESTART_MS, nowMs, reason, `${reason}, and it has not been restarted`);
    }
    case "terminated": {
      const reason = `${name} was stopped at ${at}`;
      return untilBound(atMs, HOST_RESTART_MS, nowMs, reason, `${reason}, and it did not come back`);
    }
    case "group-repair":
      // Past its bound, what its node says counts.
      return nowMs < atMs + joinMs
        ? { is: "elsewhere", reason: `its group repairs ${name}, since ${at}`, untilMs: atMs + joinMs }
        : undefined;
    default:
      // It runs again: its node says how it is.
      return undefined;
  }
}

function untilBound(
  sinceMs: number,
  forMs: number,
  nowMs: number,
  reason: string,
  over: string = reason,
): Verdict {
  const untilMs = sinceMs + forMs;
  return nowMs < untilMs ? { is: "suspect", reason, sinceMs, untilMs } : { is: "failed", reason: over };
}

function fromNode(signs: MachineSigns, patience: Patience, nowMs: number): Verdict | undefined {
  const { name, machine, node } = signs;
  if (node === undefined) return neverJoined(signs, patience, nowMs);
  if (!node.ready) {
    if (patience.isOver !== true && isStarting(node, patience, nowMs)) return undefined;
    // A machine made anew under its old name finds the Node of the one before.
    const saidMs = sinceOf(node, node.readinessSinceMs, nowMs);
    const sinceMs = Math.max(saidMs, machine?.createdMs ?? 0, patience.seenSinceMs);
    const how = node.readiness === "Unknown" ? "silent" : "not Ready";
    return bounded(`node ${name} has been ${how}`, sinceMs, patience, nowMs);
  }
  if (machine?.status === "REPAIRING") return { is: "suspect", reason: `Compute Engine restarts ${name}` };
  const trouble = node.troubles?.find(isFatalTrouble);
  if (trouble === undefined) return undefined;
  const sinceMs = Math.max(sinceOf(node, trouble.sinceMs, nowMs), patience.seenSinceMs);
  return bounded(`node ${name} has reported ${trouble.type}`, sinceMs, patience, nowMs);
}

/** Clocks are off by an hour or two; a time that is further ahead was written by one that is broken, and says nothing. */
export const CLOCK_AHEAD_MAX_MS = 2 * 3_600_000;
export function sinceOf(
  { createdMs }: { readonly createdMs?: number },
  saidMs: number | undefined,
  nowMs: number,
): number {
  const canBe = (ms: number | undefined) => ms !== undefined && ms <= nowMs + CLOCK_AHEAD_MAX_MS;
  // What was never dated has been so since the node is there.
  return [saidMs, createdMs].find(canBe) ?? nowMs;
}

/** It has joined and was never Ready yet: images are pulled, the network plugin starts. */
export const FIRST_STATUS_MS = 30_000;
function isStarting(
  { createdMs, readinessSinceMs }: NonNullable<MachineSigns["node"]>,
  { firstStatusMs = FIRST_STATUS_MS }: Patience,
  nowMs: number,
): boolean {
  if (createdMs === undefined || nowMs >= createdMs + START_UP_MS) return false;
  if (createdMs > nowMs + CLOCK_AHEAD_MAX_MS) return false;
  return (readinessSinceMs ?? createdMs) - createdMs < firstStatusMs;
}

function bounded(what: string, sinceMs: number, { afterMs, isOver }: Patience, nowMs: number): Verdict {
  const reason = `${what} since ${new Date(sinceMs).toISOString()}`;
  return isOver === true ? { is: "failed", reason } : untilBound(sinceMs, afterMs, nowMs, reason, reason);
}

/** One that is still being made, or stops, is its group's. */
function neverJoined(
  { name, machine }: MachineSigns,
  { seenSinceMs, isOver, joinMs = START_UP_MS }: Patience,
  nowMs: number,
): Verdict | undefined {
  const startedMs = machine?.startedMs ?? machine?.createdMs;
  if (machine?.status !== "RUNNING" || startedMs === undefined) return undefined;
  const boundMs = Math.max(startedMs, seenSinceMs) + joinMs;
  const what = `${name}, running since ${new Date(startedMs).toISOString()}, has not joined`;
  if (nowMs >= boundMs) return { is: "failed", reason: `${what} within ${joinMs / 60_000} minutes` };
  return isOver === true ? { is: "failed", reason: `${what} yet` } : undefined;
}

/** What was announced, by an event or on the machine itself, as soon as a drain must begin. */
function fromMaintenance(signs: MachineSigns, { drainMs }: Patience, nowMs: number): Verdict | undefined {
  const notice = maintenanceOf(signs, nowMs);
  if (notice === undefined) return undefined;
  const fromMs = notice.startMs - drainMs - MAINTENANCE_MARGIN_MS;
  if (nowMs < fromMs) return undefined;
  // Hosts are maintained together: one that was made since that was announced has no successor that fares better.
  if (wasAnnounced(signs, notice.startMs)) return undefined;
  const at = new Date(notice.startMs).toISOString();
  return { is: "soon", reason: `the host of ${signs.name} is maintained from ${at}${notice.why}` };
}

/** Hosts of a zone that are maintained together begin within about as long. */
const SAME_WINDOW_MS = 3_600_000;
/** Before it was made it was said of others in its zone that they are maintained then. */
function wasAnnounced({ machine, noticesNearby = [] }: MachineSigns, startMs: number): boolean {
  const madeMs = machine?.createdMs ?? Number.NEGATIVE_INFINITY;
  return noticesNearby.some(
    ({ atMs, window }) =>
      atMs < madeMs && window !== undefined && Math.abs(window.startMs - startMs) <= SAME_WINDOW_MS,
  );
}

/**
 * The window that has not begun: as the machine itself has it, else as it was told last, for it may have been moved. What
 * has begun cannot be got ahead of: the machine stops or moves with its host.
 */
export function maintenanceOf(
  signs: MachineSigns,
  nowMs: number,
): { readonly startMs: number; readonly why: string } | undefined {
  const upcoming = signs.machine?.upcomingMaintenance;
  const last = freshIncidents(signs)
    .filter(({ kind, window }) => kind === "maintenance-notice" && window !== undefined)
    .toSorted((one, other) => one.atMs - other.atMs)
    .at(-1);
  const reasons = upcoming?.reasons ?? [];
  const found = [
    ...(upcoming === undefined ? [] : [{ ...upcoming, why: because(reasons) }]),
    ...(last?.window === undefined ? [] : [{ ...last.window, why: "" }]),
  ];
  return found.find(({ startMs }) => startMs > nowMs);
}
function because(reasons: readonly string[]): string {
  return reasons.length === 0 ? "" : ` (${reasons.join(", ")})`;
}
