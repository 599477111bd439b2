/** Counts, times and paces the calls to Compute Engine: a token bucket for each project, region and method group. */

import type { Clock } from "../../ports/clock.ts";
import { CloudError, isCloudError } from "../../ports/cloud-error.ts";

export type CallGroup = "mutations" | "reads" | "lists" | "heavy reads" | "operation reads";
/**
 * Calls a minute for a project and region. Source: https://cloud.google.com/compute/api-quota; `wait` and aggregated
 * lists count as heavy-weight reads.
 */
export const CALLS_PER_MINUTE: Readonly<Record<CallGroup, number>> = {
  mutations: 1500,
  reads: 1500,
  lists: 1500,
  "heavy reads": 750,
  "operation reads": 1500,
};
/** A burst of this part of a minute's calls may go at once; the rest trickles, so that no minute sees more than all. */
const BURST_SHARE = 1 / 3;
const MINUTE_MS = 60_000;

export interface MeteredCall {
  readonly project: string;
  /** A region, or `global`. */
  readonly location: string;
  readonly service: string;
  readonly method: string;
  readonly target: string;
}
export interface CallCount {
  /** `Instances.insert`. */
  readonly call: string;
  readonly calls: number;
  /** Refused here, before any call went out. */
  readonly heldBack: number;
  readonly failures: number;
  readonly totalMs: number;
  readonly maxMs: number;
}
export interface CallMeter {
  /** @throws CloudError rate-limited at once when the group's calls are used up; nothing is sent then */
  measure<T>(call: MeteredCall, run: () => Promise<T>): Promise<T>;
  counts(): readonly CallCount[];
}
interface Bucket {
  tokens: number;
  readMs: number;
}

export function createCallMeter(
  clock: Clock,
  callsPerMinute: Readonly<Record<CallGroup, number>> = CALLS_PER_MINUTE,
): CallMeter {
  const buckets = new Map<string, Bucket>();
  const counts = new Map<string, { -readonly [K in keyof CallCount]: CallCount[K] }>();
  const countOf = (call: MeteredCall): { -readonly [K in keyof CallCount]: CallCount[K] } => {
    const key = `${call.service}.${call.method}`;
    const known = counts.get(key);
    if (known !== undefined) return known;
    const fresh = { call: key, calls: 0, heldBack: 0, failures: 0, totalMs: 0, maxMs: 0 };
    counts.set(key, fresh);
    return fresh;
  };
  const take = (call: MeteredCall): boolean => {
    const group = callGroup(call.service, call.method);
    const limit = callsPerMinute[group];
    const key = `${call.project} ${call.location} ${group}`;
    const nowMs = clock.nowMs();
    const before = buckets.get(key) ?? { tokens: limit * BURST_SHARE, readMs: nowMs };
    const bucket = refill(before, limit, nowMs);
    buckets.set(key, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  };
  return {
    async measure(call, run) {
      const count = countOf(call);
      if (!take(call)) {
        count.heldBack += 1;
        throw new CloudError(
          "rate-limited",
          `held back before the call: ${callGroup(call.service, call.method)} in project ${call.project}, ` +
            `${call.location}, are used up for now (${call.service}.${call.method})`,
          { target: call.target },
        );
      }
      const startMs = clock.nowMs();
      count.calls += 1;
      try {
        return await run();
      } catch (error) {
        // "It does not exist" is an answer.
        if (!isCloudError(error, "not-found")) count.failures += 1;
        throw error;
      } finally {
        const tookMs = Math.max(0, clock.nowMs() - startMs);
        count.totalMs += tookMs;
        count.maxMs = Math.max(count.maxMs, tookMs);
      }
    },
    counts: () => [...counts.values()].map((count) => ({ ...count })),
  };
}

/** Pure. The burst and a minute's refill together stay within a minute's calls. */
function refill(bucket: Bucket, limit: number, nowMs: number): Bucket {
  const burst = limit * BURST_SHARE;
  const perMs = (limit - burst) / MINUTE_MS;
  const earned = Math.max(0, nowMs - bucket.readMs) * perMs;
  return { tokens: Math.min(burst, bucket.tokens + earned), readMs: nowMs };
}

/** Pure. */
export function callGroup(service: string, method: string): CallGroup {
  if (method === "aggregatedList" || method === "wait") return "heavy reads";
  if (service.endsWith("Operations")) return "operation reads";
  if (method.startsWith("list")) return "lists";
  return method.startsWith("get") ? "reads" : "mutations";
}
