/**
 * Correlated failures. Pure; `care.storms` changes on transitions alone.
 *
 *   none ─too many are unhealthy─► storm ─healed─► cooling down ─► one repair at a time ─► none
 *   storm ─an hour later─► probing: one machine at a time is restarted, or where its node is Ready drained and replaced; so a
 *   storm ends without a person
 */
import type { Storm } from "../status/care.ts";

/** After healing nothing is repaired for this long: what came back may go again. */
export const COOL_DOWN_MS = 10 * 60_000;
/** And then one at a time for this long. */
export const GRADUAL_MS = 30 * 60_000;
/** A storm that does not heal by itself is tried on single machines from then on. */
export const PROBE_AFTER_MS = 3_600_000;

/** A place where too many are unhealthy now. */
export interface Breach {
  /** `cluster`, `zone/z` or `pool/p`. */
  readonly scope: string;
  readonly message: string;
}

/** The same list when nothing has changed. */
export function stormsAfter(
  before: readonly Storm[],
  breaches: readonly Breach[],
  nowMs: number,
): readonly Storm[] {
  const open = new Map(breaches.map((breach) => [breach.scope, breach]));
  const next: Storm[] = [];
  let changed = false;
  for (const storm of before) {
    const now = open.get(storm.scope);
    open.delete(storm.scope);
    if (now !== undefined && storm.endedMs !== null) {
      changed = true;
      next.push({ scope: storm.scope, sinceMs: nowMs, endedMs: null, message: now.message });
    } else if (now === undefined && storm.endedMs === null) {
      changed = true;
      next.push({ ...storm, endedMs: nowMs });
    } else if (storm.endedMs !== null && nowMs >= forgottenMs(storm.endedMs)) changed = true;
    else next.push(storm);
  }
  for (const { scope, message } of open.values()) {
    changed = true;
    next.push({ scope, sinceMs: nowMs, endedMs: null, message });
  }
  return changed ? next : before;
}

export function forgottenMs(endedMs: number): number {
  return endedMs + COOL_DOWN_MS + GRADUAL_MS;
}

export type Weather = "storm" | "probing" | "cooling" | "gradual";

export function weatherOf({ sinceMs, endedMs }: Storm, nowMs: number): Weather {
  if (endedMs === null) return nowMs < sinceMs + PROBE_AFTER_MS ? "storm" : "probing";
  return nowMs < endedMs + COOL_DOWN_MS ? "cooling" : "gradual";
}
