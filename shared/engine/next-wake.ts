/** When a cluster wants its next pass: soon after something began, less often the longer it takes. Pure. */
import type { ClusterStatus, InFlight } from "../status/cluster-status.ts";
import { autoWakesMs } from "./auto-wake.ts";
import { careWakesMs } from "./care-wake.ts";
import { commandWakesMs } from "./commands.ts";

/** Right after a mutation: the fastest operations end within two seconds. */
export const POLL_FIRST_MS = 1_000;
/** Of managed groups: such an operation ends when the group has taken the change in, and nothing waits for it meanwhile. */
const POLL_GROUP_FIRST_MS = 3_000;
/** In a simulated cloud that is so many times faster. */
const HASTY_POLL_MS_MIN = 200;
export const POLL_MAX_MS = 30_000;
/** Of a rollout of hours, in which one machine comes after another. */
export const POLL_MOVING_MS = 10_000;
/** One that waits for a moment is looked at this often: a sweep takes a wake-up further ahead for a wrong clock's. */
export const REST_MAX_MS = 30 * 60_000;
/** A wait may be overshot by this share of what it took so far. */
const OVERSHOOT = 0.02;

/**
 * @param haste how many times faster than Google's own a simulated cloud is
 * @returns null when settled: only a document, a message or the sweep wakes it then
 */
export function nextWakeMs(status: ClusterStatus, nowMs: number, haste = 1): number | null {
  if (status.accepted === undefined) return null;
  const due = [
    ...commandWakesMs(status, nowMs),
    ...careWakesMs(status, nowMs),
    ...autoWakesMs(status, nowMs),
  ];
  const failed = awaited(status).filter((atMs) => atMs > nowMs);
  const retries = [...failed, ...due.map((atMs) => Math.min(atMs, nowMs + REST_MAX_MS))];
  const retryMs = retries.length === 0 ? null : Math.min(...retries);
  if (status.unsettledSinceMs === null) return retryMs;
  const { restsUntilMs = 0 } = status;
  if (restsUntilMs > nowMs) return Math.min(restsUntilMs, retryMs ?? restsUntilMs, nowMs + REST_MAX_MS);
  const pollMs = nowMs + pollAfterMs(status, nowMs, haste);
  return Math.round(retryMs === null ? pollMs : Math.min(pollMs, retryMs));
}

/** When what failed is tried again; what is being tried now is not waited for. */
function awaited({ failures, inFlight }: ClusterStatus): readonly number[] {
  const underWay = new Set(inFlight.map((flight) => flight.key));
  return failures.filter(({ key }) => !underWay.has(key)).map((failure) => failure.retryAtMs);
}

/** From when on an operation is worth asking after: whatever else wakes the cluster before. */
export function askedFromMs({ verb, startedMs }: InFlight, haste = 1): number {
  return startedMs + (verb.startsWith("instanceGroupManagers.") ? hasty(POLL_GROUP_FIRST_MS, haste) : 0);
}

function hasty(ms: number, haste: number): number {
  return haste <= 1 ? ms : Math.max(HASTY_POLL_MS_MIN, ms / haste);
}

/** Operations under way are asked after by the age of the youngest; waits for machines by that of the trouble. */
function pollAfterMs(status: ClusterStatus, nowMs: number, haste: number): number {
  const starts = status.inFlight.map(({ startedMs }) => startedMs);
  const waited = starts.length > 0 ? nowMs - Math.max(...starts) : waitedMs(status, nowMs);
  const least = Math.max(hasty(POLL_FIRST_MS, haste), waited * OVERSHOOT);
  const asked = status.inFlight.map((flight) => askedFromMs(flight, haste));
  // One that a clock which is ahead has begun is not waited for until then.
  const firstMs = asked.length === 0 ? 0 : Math.min(POLL_GROUP_FIRST_MS, Math.min(...asked) - nowMs);
  return Math.min(POLL_MAX_MS, Math.max(firstMs, least));
}

/** Where something moved lately, a look is no longer off than `POLL_MOVING_MS`, however long it all takes. */
function waitedMs({ unsettledSinceMs, movedMs }: ClusterStatus, nowMs: number): number {
  const waited = nowMs - (unsettledSinceMs ?? 0);
  const still = nowMs - (movedMs ?? unsettledSinceMs ?? 0);
  return Math.min(waited, Math.max(still, POLL_MOVING_MS / OVERSHOOT));
}
