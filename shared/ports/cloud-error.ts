/**
 * What can go wrong when the cloud is asked for something, as a closed union. Adapters map every outside error
 * to one of these once; `engine/backoff.ts` answers each once.
 */
export const CLOUD_ERROR_CODES = [
  /** 404: it does not exist (or not for us). */
  "not-found",
  /** 409 alreadyExists: the name is taken. */
  "already-exists",
  /** 412 conditionNotMet: the fingerprint or etag is stale. Read again and recompute. */
  "stale",
  /** 400 resourceInUseByAnotherResource. */
  "in-use",
  /** 400 resourceNotReady, 409 operationInProgress, an account granted a moment ago. */
  "not-ready",
  /** 429, or 403 rateLimitExceeded (GCE says 403 for rate limits). */
  "rate-limited",
  /** QUOTA_EXCEEDED: region- or project-wide. */
  "quota-exceeded",
  /** ZONE_RESOURCE_POOL_EXHAUSTED[_WITH_DETAILS]: this zone has no capacity now. */
  "stockout",
  /** Every other 403. */
  "permission-denied",
  /** 401. */
  "unauthenticated",
  /** 400: the request itself is wrong; repeating it is useless. */
  "invalid",
  /** 500, 502, 503, connection refused: nothing happened as far as known. */
  "unavailable",
  /** A timeout or a lost response: it may have happened. Repeat with the same request id. */
  "unknown-outcome",
  /** A mistake of ours: something that no adapter has a word for. The log has its stack. */
  "unexpected",
] as const;
export type CloudErrorCode = (typeof CLOUD_ERROR_CODES)[number];

export class CloudError extends Error {
  readonly code: CloudErrorCode;
  /** What was asked for, e.g. `projects/p/zones/z/instances/i`. */
  readonly target: string | undefined;
  constructor(code: CloudErrorCode, message: string, options: { target?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CloudError";
    this.code = code;
    this.target = options.target;
  }
}

export function isCloudError(error: unknown, code?: CloudErrorCode): error is CloudError {
  return error instanceof CloudError && (code === undefined || error.code === code);
}
