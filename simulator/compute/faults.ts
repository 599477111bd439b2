/** Faults to order from outside: which calls they strike, how often, and what they do. */
import { ApiError } from "./api-error.ts";

export interface FaultRule {
  /** E.g. `Instances`; every service when left out. */
  readonly service?: string;
  /** E.g. `Insert`; every method when left out. */
  readonly method?: string;
  /** A part of the target's path, or a pattern for it, e.g. `zones/europe-west4-a`. */
  readonly target?: string | RegExp;
  /** How many calls it strikes before it is spent; without it: all, until removed. */
  readonly times?: number;
  /** How many matching calls pass before the first is struck. */
  readonly after?: number;
  /**
   * http: refused at once, nothing happens. operation: accepted, fails when it runs. lost-response: happens, no answer.
   * stockout: a machine finds no room in the zone. quota: as if the quota was used up. lag: lists do not show what is
   * younger than `lagMs`.
   */
  readonly kind: "http" | "operation" | "lost-response" | "stockout" | "quota" | "lag";
  /** http: default 503. */
  readonly status?: number;
  /** http: default `backendError`; operation: the error's code, default `INTERNAL_ERROR`. */
  readonly reason?: string;
  readonly message?: string;
  /** lag: default 10 s. */
  readonly lagMs?: number;
}

/** What a fault can strike. */
export interface Strikable {
  readonly service: string;
  readonly method: string;
  /** A path; asked for only while there are faults. */
  readonly target: string;
}

export interface Faults {
  /** The answer takes the rule away. */
  add(rule: FaultRule): () => void;
  clear(): void;
  /** The first rule of one of `kinds` that matches; it is used up by this once. */
  strike(call: Strikable, kinds: readonly FaultRule["kind"][]): FaultRule | undefined;
}

function matches(rule: FaultRule, call: Strikable): boolean {
  if (rule.service !== undefined && rule.service !== call.service) return false;
  if (rule.method !== undefined && rule.method !== call.method) return false;
  if (rule.target === undefined) return true;
  return typeof rule.target === "string" ? call.target.includes(rule.target) : rule.target.test(call.target);
}

export function createFaults(): Faults {
  const rules = new Map<FaultRule, { left: number; passing: number }>();
  return {
    add(rule) {
      const own = { ...rule };
      rules.set(own, { left: rule.times ?? Number.POSITIVE_INFINITY, passing: rule.after ?? 0 });
      return () => rules.delete(own);
    },
    clear: () => rules.clear(),
    strike(call, kinds) {
      if (rules.size === 0) return undefined;
      for (const [rule, state] of rules) {
        if (!kinds.includes(rule.kind) || !matches(rule, call)) continue;
        if (state.passing > 0) {
          state.passing--;
          continue;
        }
        state.left--;
        if (state.left <= 0) rules.delete(rule);
        return rule;
      }
      return undefined;
    },
  };
}

const HTTP_STATUS_DEFAULT = 503;
export const LAG_MS_DEFAULT = 10_000;

/** The refusal that a rule of kind http, operation, quota or stockout stands for. */
export function refusal(rule: FaultRule, target: string): ApiError {
  switch (rule.kind) {
    case "quota":
      return new ApiError(
        403,
        "quotaExceeded",
        rule.message ?? "Quota 'CPUS' exceeded.  Limit: 0.0 in this region.",
      );
    case "stockout":
      return stockout(rule.reason ?? "ZONE_RESOURCE_POOL_EXHAUSTED", target, rule.message);
    case "operation":
      return new ApiError(
        rule.status ?? 500,
        rule.reason ?? "INTERNAL_ERROR",
        rule.message ?? "Internal error. Please try again.",
      );
    default:
      return new ApiError(
        rule.status ?? HTTP_STATUS_DEFAULT,
        rule.reason ?? "backendError",
        rule.message ?? "The service is currently unavailable.",
      );
  }
}
function stockout(code: string, target: string, message: string | undefined): ApiError {
  const zone = /projects\/[^/]+\/zones\/[^/]+/.exec(target)?.[0] ?? target;
  return new ApiError(
    503,
    code,
    message ??
      `The zone '${zone}' does not have enough resources available to fulfill the request.  Try a different zone, or try again later.`,
  );
}
