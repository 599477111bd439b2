/** What a finished Compute Engine operation failed with, in our closed union. DONE alone is not success. */
import { CloudError, type CloudErrorCode } from "./cloud-error.ts";
import type { Operation } from "./compute-types.ts";

/** `error.errors[].code` as the API names them. Source: compute troubleshooting pages and the API's own replies. */
const CODES: Readonly<Record<string, CloudErrorCode>> = {
  ZONE_RESOURCE_POOL_EXHAUSTED: "stockout",
  ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS: "stockout",
  RESOURCE_POOL_EXHAUSTED: "stockout",
  QUOTA_EXCEEDED: "quota-exceeded",
  RATE_LIMIT_EXCEEDED: "rate-limited",
  RESOURCE_ALREADY_EXISTS: "already-exists",
  RESOURCE_NOT_FOUND: "not-found",
  RESOURCE_NOT_READY: "not-ready",
  RESOURCE_OPERATION_IN_PROGRESS: "not-ready",
  RESOURCE_IN_USE_BY_ANOTHER_RESOURCE: "in-use",
  CONDITION_NOT_MET: "stale",
  PERMISSIONS_ERROR: "permission-denied",
  FORBIDDEN: "permission-denied",
  INTERNAL_ERROR: "unavailable",
  BACKEND_ERROR: "unavailable",
};

/** @returns nothing when the operation is still running or succeeded */
export function operationFailure(operation: Operation): CloudError | undefined {
  if (operation.status !== "DONE") return undefined;
  const first = operation.error?.errors[0];
  if (first === undefined) return undefined;
  const code = CODES[first.code] ?? byStatus(operation.httpErrorStatusCode);
  const options = operation.targetLink === undefined ? {} : { target: operation.targetLink };
  return new CloudError(code, `${first.code}: ${first.message ?? "no message"}`, options);
}

function byStatus(status: number | undefined): CloudErrorCode {
  if (status === undefined || status >= 500) return "unavailable";
  if (status === 429) return "rate-limited";
  if (status === 403) return "permission-denied";
  if (status === 404) return "not-found";
  if (status === 409) return "already-exists";
  return status === 412 ? "stale" : "invalid";
}
