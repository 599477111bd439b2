/** What a failed call of the official client means: an answer of the API, or none. */
import { CloudError, isCloudError } from "../../ports/cloud-error.ts";
import { cloudErrorFromHttp } from "../../ports/compute-errors.ts";

/** Where google-gax keeps the answer's body, which its own error loses `errors[].reason` of. */
const RAW_PAYLOAD = Symbol.for("google-gax.rawHttpResponsePayload");
/** https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto */
const DEADLINE_EXCEEDED = 4;
const UNAUTHENTICATED = 16;
/** The connection was never made, so nothing can have happened. */
const NOT_SENT: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);
const CAUSES_MAX = 5;

interface ClientError extends Error {
  readonly code?: unknown;
  readonly httpStatusCode?: number;
  readonly details?: unknown;
  readonly [RAW_PAYLOAD]?: unknown;
}

/** Pure. @param method of the client: a read that was lost can be repeated, a mutation may have happened */
export function cloudErrorFromCall(error: unknown, target: string, method: string): CloudError {
  if (isCloudError(error)) return error;
  if (!(error instanceof Error))
    return new CloudError("unavailable", String(error), { target, cause: error });
  const failure = error as ClientError;
  if (failure.httpStatusCode !== undefined) {
    const mapped = cloudErrorFromHttp(failure.httpStatusCode, answerBody(failure), target);
    return new CloudError(mapped.code, mapped.message, { target, cause: error });
  }
  if (failure.code === UNAUTHENTICATED || /default credentials|invalid_grant/i.test(failure.message))
    return new CloudError("unauthenticated", failure.message, { target, cause: error });
  if (error instanceof TypeError || error instanceof RangeError)
    return new CloudError("invalid", `the call could not be made: ${failure.message}`, {
      target,
      cause: error,
    });
  const isRead = /^(get|list|aggregatedList)/.test(method);
  const lost = failure.code === DEADLINE_EXCEEDED || !wasNotSent(failure);
  return new CloudError(lost && !isRead ? "unknown-outcome" : "unavailable", failure.message, {
    target,
    cause: error,
  });
}

/** The whole body when the client kept it, else what is left of it in the error. */
function answerBody(failure: ClientError): unknown {
  const raw = failure[RAW_PAYLOAD];
  if (typeof raw === "object" && raw !== null) return raw;
  if (typeof raw === "string") {
    try {
      return JSON.parse(raw);
    } catch {
      // A proxy's page: the message says so.
    }
  }
  const details = Array.isArray(failure.details) ? failure.details : [];
  return { error: { message: failure.message, details } };
}

function wasNotSent(error: Error): boolean {
  let cause: unknown = error;
  for (let depth = 0; depth < CAUSES_MAX && cause instanceof Error; depth++) {
    if (NOT_SENT.has((cause as ClientError).code)) return true;
    cause = cause.cause;
  }
  return false;
}
