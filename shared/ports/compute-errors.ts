/** Maps what Compute Engine answers in anger to the closed union of cloud errors, once. */
import { CloudError, type CloudErrorCode } from "./cloud-error.ts";

/**
 * By reason, in lower case without underscores, since `errors[].reason` writes `resourceInUseByAnotherResource` and an
 * ErrorInfo or an operation `RESOURCE_IN_USE_BY_ANOTHER_RESOURCE`.
 * Source: https://cloud.google.com/compute/docs/troubleshooting/troubleshooting-api-errors.
 */
const BY_REASON: Readonly<Record<string, CloudErrorCode>> = {
  notfound: "not-found",
  resourcenotfound: "not-found",
  alreadyexists: "already-exists",
  resourcealreadyexists: "already-exists",
  conditionnotmet: "stale",
  resourceinusebyanotherresource: "in-use",
  resourceinuse: "in-use",
  resourcenotready: "not-ready",
  operationinprogress: "not-ready",
  operationaborted: "not-ready",
  ratelimitexceeded: "rate-limited",
  userratelimitexceeded: "rate-limited",
  quotaexceeded: "quota-exceeded",
  zoneresourcepoolexhausted: "stockout",
  zoneresourcepoolexhaustedwithdetails: "stockout",
  resourcepoolexhausted: "stockout",
  resourceoperationrateexceeded: "rate-limited",
  permissionserror: "permission-denied",
  forbidden: "permission-denied",
  internalerror: "unavailable",
  backenderror: "unavailable",
};
/** By text, where the official client kept nothing but the message. The order matters. */
const BY_MESSAGE: readonly (readonly [RegExp, CloudErrorCode])[] = [
  [/Quota exceeded .*per (minute|\d+ seconds)/is, "rate-limited"],
  [/rate limit exceeded/i, "rate-limited"],
  [/Quota '[^']+' exceeded/i, "quota-exceeded"],
  [/does not have enough resources available|resource pool exhausted/i, "stockout"],
  [/already being used by/i, "in-use"],
  [/ is not ready\b/i, "not-ready"],
  [/service account .*(not found|does not exist)/i, "not-ready"],
  [/fingerprint .*(does not match|invalid)|Invalid fingerprint/i, "stale"],
];
const BY_STATUS: Readonly<Record<number, CloudErrorCode>> = {
  400: "invalid",
  401: "unauthenticated",
  403: "permission-denied",
  404: "not-found",
  408: "unknown-outcome",
  409: "already-exists",
  412: "stale",
  413: "invalid",
  429: "rate-limited",
  501: "invalid",
  504: "unknown-outcome",
};
const SERVER_ERROR_FIRST = 500;

/** What an error answer may hold; every part may be missing, as the official client keeps only some. */
export interface HttpErrorBody {
  readonly error?: {
    readonly message?: string;
    readonly status?: string;
    readonly errors?: readonly { readonly reason?: string; readonly message?: string }[];
    readonly details?: readonly unknown[];
  };
}

/** Pure. @param target what was asked for, e.g. `projects/p/zones/z/instances/i` */
export function cloudErrorFromHttp(status: number, body: unknown, target?: string): CloudError {
  const error = isObject(body) && isObject(body["error"]) ? (body as HttpErrorBody).error : undefined;
  const message = error?.message ?? `HTTP ${status} without a message`;
  const code = codeOf(status, reasonOf(error), message, error?.status);
  return new CloudError(code, message, target === undefined ? {} : { target });
}

/** Pure. The code of `error.errors[]` of an operation that failed. */
export function cloudErrorCodeFromOperation(code: string, message = "", httpStatus = 400): CloudErrorCode {
  return codeOf(httpStatus, code, message, undefined);
}

function codeOf(
  status: number,
  reason: string | undefined,
  message: string,
  canonical: string | undefined,
): CloudErrorCode {
  const byReason = reason === undefined ? undefined : BY_REASON[reason.replaceAll("_", "").toLowerCase()];
  if (byReason !== undefined) return byReason;
  const byMessage =
    status < SERVER_ERROR_FIRST ? BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1] : undefined;
  if (byMessage !== undefined) return byMessage;
  if (status === 409 && canonical === "ABORTED") return "not-ready";
  return BY_STATUS[status] ?? (status >= SERVER_ERROR_FIRST ? "unavailable" : "invalid");
}

function reasonOf(error: HttpErrorBody["error"]): string | undefined {
  const old = error?.errors?.[0]?.reason;
  if (old !== undefined) return old;
  for (const detail of error?.details ?? []) {
    const reason = isObject(detail) ? detail["reason"] : undefined;
    if (typeof reason === "string") return reason;
  }
  return undefined;
}
function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
