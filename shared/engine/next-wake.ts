/** When a cluster wants its next pass: soon after something began, less often the longer it takes. Pure. */
import type { ClusterStatus } from "../status/cluster-status.ts";
import { autoWakesMs } from "./auto-wake.ts";
import { careWakesMs } from "./care-wake.ts";
import { commandWakesMs } from "./commands.ts";

/** Right after a mutation: the fastest operations end within two seconds. */
export const POLL_FIRST_MS = 1_000;
export const POLL_MAX_MS = 30_000;
/** A cluster that waits for a window is looked at this often: a sweep takes a wake-up further ahead for a wrong clock's. */
export const REST_MAX_MS = 30 * 60_000;
/** A wait may be overshot by this share of what it took so far. */
const OVERSHOOT = 0.02;

/** @returns null when settled: only a document, a message or the sweep wakes it then */
export function nextWakeMs(status: ClusterStatus, nowMs: number): number | null {
  if (status.accepted === undefined) return null;
  const far = [...commandWakesMs(status, nowMs), ...autoWakesMs(status, nowMs)];
  const planned = far.map((atMs) => Math.min(atMs, nowMs + REST_MAX_MS));
  const failed = awaited(status).filter((atMs) => atMs > nowMs);
  const retries = [...failed, ...planned, ...careWakesMs(status, nowMs)];
  const retryMs = retries.length === 0 ? null : Math.min(...retries);
  if (status.unsettledSinceMs === null) return retryMs;
  const { restsUntilMs = 0 } = status;
  if (restsUntilMs > nowMs) return Math.min(restsUntilMs, retryMs ?? restsUntilMs, nowMs + REST_MAX_MS);
  const waitedMs = nowMs - sinceMs(status);
  const pollMs = nowMs + Math.min(POLL_MAX_MS, Math.max(POLL_FIRST_MS, waitedMs * OVERSHOOT));
  return Math.round(retryMs === null ? pollMs : Math.min(pollMs, retryMs));
}

/** When what failed is tried again; what is being tried now is not waited for. */
function awaited({ failures, inFlight }: ClusterStatus): readonly number[] {
  const underWay = new Set(inFlight.map((flight) => flight.key));
  return failures.filter(({ key }) => !underWay.has(key)).map((failure) => failure.retryAtMs);
}

/** Operations under way are asked after by the age of the youngest; waits for machines by that of the trouble. */
function sinceMs(status: ClusterStatus): number {
  const starts = status.inFlight.map((flight) => flight.startedMs);
  return starts.length > 0 ? Math.max(...starts) : (status.unsettledSinceMs ?? 0);
}
