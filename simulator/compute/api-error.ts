/** The API's refusals: HTTP status, reason and message as the real API words them, and their forms in a body or operation. */
import { canonicalStatus } from "../canonical-status.ts";
import type { ComputeAnswer, JsonObject } from "./call.ts";

/** `httpErrorMessage` of an operation by HTTP status. */
const HTTP_MESSAGE: Readonly<Record<number, string>> = {
  400: "BAD REQUEST",
  403: "FORBIDDEN",
  404: "NOT FOUND",
  409: "CONFLICT",
  412: "PRECONDITION FAILED",
  429: "TOO MANY REQUESTS",
  500: "INTERNAL SERVER ERROR",
  503: "SERVICE UNAVAILABLE",
};
/** `error.errors[].code` of an operation by the reason that the same refusal has in a response. */
const OPERATION_CODE: Readonly<Record<string, string>> = {
  notFound: "RESOURCE_NOT_FOUND",
  alreadyExists: "RESOURCE_ALREADY_EXISTS",
  invalid: "INVALID_FIELD_VALUE",
  required: "REQUIRED_FIELD_NOT_SPECIFIED",
  backendError: "INTERNAL_ERROR",
};

export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  constructor(status: number, reason: string, message: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.reason = reason;
  }
}

export function upperSnake(camelCase: string): string {
  return camelCase.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** The code that an operation carries for this refusal. */
export function operationCode(error: ApiError): string {
  return (
    OPERATION_CODE[error.reason] ?? (/^[A-Z_]+$/.test(error.reason) ? error.reason : upperSnake(error.reason))
  );
}

export function operationError(error: ApiError): {
  readonly error: JsonObject;
  readonly httpErrorStatusCode: number;
  readonly httpErrorMessage: string;
} {
  return {
    error: { errors: [{ code: operationCode(error), message: error.message }] },
    httpErrorStatusCode: error.status,
    httpErrorMessage: HTTP_MESSAGE[error.status] ?? "BAD REQUEST",
  };
}

export function errorAnswer(error: ApiError): ComputeAnswer {
  const domain = error.status === 403 && error.reason === "rateLimitExceeded" ? "usageLimits" : "global";
  const canonical =
    error.status === 409 && error.reason !== "alreadyExists" ? "ABORTED" : canonicalStatus(error.status);
  return {
    status: error.status,
    body: {
      error: {
        code: error.status,
        message: error.message,
        errors: [{ message: error.message, domain, reason: error.reason }],
        status: canonical,
        details: [
          {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            reason: upperSnake(error.reason),
            domain: "compute.googleapis.com",
          },
        ],
      },
    },
  };
}

export function notFound(path: string): ApiError {
  return new ApiError(404, "notFound", `The resource '${path}' was not found`);
}
export function alreadyExists(path: string): ApiError {
  return new ApiError(409, "alreadyExists", `The resource '${path}' already exists`);
}
export function invalid(field: string, value: unknown, why: string): ApiError {
  const shown = typeof value === "string" ? value : JSON.stringify(value);
  return new ApiError(400, "invalid", `Invalid value for field '${field}': '${shown}'. ${why}`);
}
export function invalidUse(why: string): ApiError {
  return new ApiError(400, "invalid", why);
}
export function required(field: string): ApiError {
  return new ApiError(400, "required", `Required field '${field}' not specified`);
}
export function inUse(noun: string, path: string, user: string): ApiError {
  return new ApiError(
    400,
    "resourceInUseByAnotherResource",
    `The ${noun} resource '${path}' is already being used by '${user}'`,
  );
}
export function notReady(path: string): ApiError {
  return new ApiError(400, "resourceNotReady", `The resource '${path}' is not ready`);
}
export function conditionNotMet(why: string): ApiError {
  return new ApiError(412, "conditionNotMet", why);
}
export function quotaExceeded(metric: string, limit: number, place: string): ApiError {
  return new ApiError(
    403,
    "quotaExceeded",
    `Quota '${metric}' exceeded.  Limit: ${limit.toFixed(1)} ${place === "global" ? "globally" : `in region ${place}`}.`,
  );
}
export function notModelled(what: string): ApiError {
  return new ApiError(501, "notImplemented", `The simulated cloud does not model ${what}.`);
}
