/** Error answers in the form that Google's REST APIs give them. */
import { canonicalStatus } from "../canonical-status.ts";
import type { JsonObject } from "../compute/call.ts";
import { Refusal } from "../refusal.ts";

/** The reasons of the older `errors[]` list. */
const REASONS: Readonly<Record<number, string>> = {
  400: "invalid",
  401: "required",
  403: "forbidden",
  404: "notFound",
  409: "alreadyExists",
  412: "conditionNotMet",
  413: "uploadTooLarge",
  429: "rateLimitExceeded",
  500: "internalError",
  501: "notImplemented",
  503: "backendError",
};

/** A 400 that names the offending field. */
export function badField(field: string, message: string): Refusal {
  const violation = field === "" ? { description: message } : { field, description: message };
  return new Refusal(400, message, {
    details: [{ "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: [violation] }],
  });
}

/** Pure. Compute answers carry the older `errors[]` beside the newer `status` and `details`. */
export function errorBody(refusal: Refusal, style: "compute" | "plain"): JsonObject {
  const { httpStatus, message, details } = refusal;
  const old = { errors: [{ message, domain: "global", reason: REASONS[httpStatus] ?? "unknown" }] };
  return {
    error: {
      code: httpStatus,
      message,
      ...(style === "compute" ? old : {}),
      status: refusal.statusName ?? canonicalStatus(httpStatus),
      ...(details.length === 0 ? {} : { details }),
    },
  };
}
