/** Calls a minute: above the limit of its method group a call is refused until the next minute. */
import type { Clock } from "../../shared/ports/clock.ts";
import { ApiError } from "./api-error.ts";

const MINUTE_MS = 60_000;
/**
 * Per project and region. Source: https://cloud.google.com/compute/api-quota (1,500 a minute for mutations and reads;
 * `wait` and aggregated lists count as heavy-weight reads; a list counts as a list request).
 */
export const DEFAULT_RATES: Readonly<Record<RateGroup, number>> = {
  mutations: 1_500,
  reads: 1_500,
  lists: 1_500,
  "heavy reads": 750,
  "operation reads": 1_500,
};
export type RateGroup = "mutations" | "reads" | "lists" | "heavy reads" | "operation reads";
const READING = /^(Get|List|AggregatedList)/;

export function rateGroup(service: string, method: string): RateGroup {
  if (method === "AggregatedList" || method === "Wait") return "heavy reads";
  if (service.endsWith("Operations")) return "operation reads";
  if (method.startsWith("List")) return "lists";
  return READING.test(method) ? "reads" : "mutations";
}

export interface RateLimits {
  /** @throws ApiError 403 rateLimitExceeded */
  count(project: string, region: string, group: RateGroup): void;
}

export function createRateLimits(clock: Clock, rates: Readonly<Record<RateGroup, number>>): RateLimits {
  let minute = -1;
  const counts = new Map<string, number>();
  return {
    count(project, region, group) {
      const now = Math.floor(clock.nowMs() / MINUTE_MS);
      if (now !== minute) {
        minute = now;
        counts.clear();
      }
      const key = `${project} ${region} ${group}`;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      if (count > rates[group]) {
        throw new ApiError(
          403,
          "rateLimitExceeded",
          `Quota exceeded for quota group '${group}' and limit 'Queries per minute per region' of service 'compute.googleapis.com' for consumer '${project}'.`,
        );
      }
    },
  };
}
