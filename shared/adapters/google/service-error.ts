/** The errors of Google's clients for APIs of the gRPC family (Secret Manager, Cloud Tasks) as the closed union. */
import { CloudError, type CloudErrorCode } from "../../ports/cloud-error.ts";

/** By gRPC status. Source: grpc.github.io/grpc/core/md_doc_statuscodes.html. */
const BY_STATUS: Readonly<Record<number, CloudErrorCode>> = {
  1: "unknown-outcome", // CANCELLED
  2: "unknown-outcome", // UNKNOWN
  3: "invalid", // INVALID_ARGUMENT
  4: "unknown-outcome", // DEADLINE_EXCEEDED
  5: "not-found", // NOT_FOUND
  6: "already-exists", // ALREADY_EXISTS
  7: "permission-denied", // PERMISSION_DENIED
  8: "rate-limited", // RESOURCE_EXHAUSTED
  9: "not-ready", // FAILED_PRECONDITION
  10: "stale", // ABORTED
  11: "invalid", // OUT_OF_RANGE
  12: "invalid", // UNIMPLEMENTED
  13: "unavailable", // INTERNAL
  14: "unavailable", // UNAVAILABLE
  15: "unavailable", // DATA_LOSS
  16: "unauthenticated", // UNAUTHENTICATED
};
/** Nothing left this machine, so nothing happened. Source: nodejs.org/api/errors.html#common-system-errors. */
const NEVER_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH"]);

/** What an error of a client means for what was asked of `target`. */
export function toCloudError(error: unknown, target: string): CloudError {
  if (error instanceof CloudError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new CloudError(codeOf(error), `${target}: ${text}`, { target, cause: error });
}

function codeOf(error: unknown): CloudErrorCode {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const code = "code" in cause ? cause.code : undefined;
    if (typeof code === "string" && NEVER_SENT.has(code)) return "unavailable";
    // A refused connection has the status UNKNOWN or CANCELLED and its reason in the text alone.
    if ([...NEVER_SENT].some((reason) => cause instanceof Error && cause.message.includes(reason)))
      return "unavailable";
    if (typeof code === "number") return BY_STATUS[code] ?? "unknown-outcome";
  }
  return "unknown-outcome";
}
