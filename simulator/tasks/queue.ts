/** A queue's settings: defaults, limits and the wait before a retry, as Cloud Tasks has them. */
import type { Json, JsonObject } from "../compute/call.ts";
import { Refusal } from "../refusal.ts";

/** Source for all defaults: https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues. */
export interface QueueConfig {
  readonly maxDispatchesPerSecond: number;
  readonly maxConcurrentDispatches: number;
  /** -1 for no limit. */
  readonly maxAttempts: number;
  /** 0 for no limit. */
  readonly maxRetryDurationMs: number;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly maxDoublings: number;
}
export const QUEUE_DEFAULTS: QueueConfig = {
  maxDispatchesPerSecond: 500,
  maxConcurrentDispatches: 1000,
  maxAttempts: 100,
  maxRetryDurationMs: 0,
  minBackoffMs: 100,
  maxBackoffMs: 3_600_000,
  maxDoublings: 16,
};
const DISPATCHES_PER_SECOND_MAX = 500;
const CONCURRENT_DISPATCHES_MAX = 5000;
const MS_PER_SECOND = 1000;

/** @throws Refusal */
export function readQueueConfig(body: JsonObject, base: QueueConfig = QUEUE_DEFAULTS): QueueConfig {
  const rates = object(body["rateLimits"]);
  const retry = object(body["retryConfig"]);
  const config: QueueConfig = {
    maxDispatchesPerSecond: number(rates["maxDispatchesPerSecond"], base.maxDispatchesPerSecond),
    maxConcurrentDispatches: number(rates["maxConcurrentDispatches"], base.maxConcurrentDispatches),
    maxAttempts: number(retry["maxAttempts"], base.maxAttempts),
    maxRetryDurationMs: durationMs(retry["maxRetryDuration"], base.maxRetryDurationMs),
    minBackoffMs: durationMs(retry["minBackoff"], base.minBackoffMs),
    maxBackoffMs: durationMs(retry["maxBackoff"], base.maxBackoffMs),
    maxDoublings: number(retry["maxDoublings"], base.maxDoublings),
  };
  if (config.maxDispatchesPerSecond > DISPATCHES_PER_SECOND_MAX)
    throw new Refusal(400, `RateLimits.maxDispatchesPerSecond must be at most ${DISPATCHES_PER_SECOND_MAX}.`);
  if (config.maxConcurrentDispatches > CONCURRENT_DISPATCHES_MAX)
    throw new Refusal(
      400,
      `RateLimits.maxConcurrentDispatches must be at most ${CONCURRENT_DISPATCHES_MAX}.`,
    );
  if (config.minBackoffMs > config.maxBackoffMs)
    throw new Refusal(400, "RetryConfig.minBackoff must not be longer than RetryConfig.maxBackoff.");
  return config;
}

/**
 * Pure. The wait after attempt number `attempts` failed: it doubles `maxDoublings` times, then grows by a constant, up to
 * `maxBackoff`.
 */
export function backoffMs(config: QueueConfig, attempts: number): number {
  const retries = Math.max(0, attempts - 1);
  const doublings = Math.min(retries, config.maxDoublings);
  const doubledMs = config.minBackoffMs * 2 ** doublings;
  const linearMs = (retries - doublings) * config.minBackoffMs * 2 ** config.maxDoublings;
  return Math.min(config.maxBackoffMs, doubledMs + linearMs);
}

/** Pure. Output only; the service chooses it by the rate: 100 for the default of 500 a second. */
export function burstSize(config: QueueConfig): number {
  return Math.max(1, Math.ceil(config.maxDispatchesPerSecond / 5));
}

export function queueJson(name: string, config: QueueConfig, state: string): JsonObject {
  return {
    name,
    rateLimits: {
      maxDispatchesPerSecond: config.maxDispatchesPerSecond,
      maxBurstSize: burstSize(config),
      maxConcurrentDispatches: config.maxConcurrentDispatches,
    },
    retryConfig: {
      maxAttempts: config.maxAttempts,
      ...(config.maxRetryDurationMs === 0
        ? {}
        : { maxRetryDuration: durationText(config.maxRetryDurationMs) }),
      minBackoff: durationText(config.minBackoffMs),
      maxBackoff: durationText(config.maxBackoffMs),
      maxDoublings: config.maxDoublings,
    },
    state,
  };
}

export function durationMs(value: Json | undefined, otherwise: number): number {
  return typeof value === "string" ? Number(value.slice(0, -1)) * MS_PER_SECOND : otherwise;
}
export function durationText(durationInMs: number): string {
  return `${durationInMs / MS_PER_SECOND}s`;
}
function number(value: Json | undefined, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}
function object(value: Json | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
