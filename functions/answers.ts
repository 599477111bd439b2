/** How every HTTP function answers an error: `{ error: { code, message, fields? } }`, never a stack. */
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { CloudError } from "../shared/ports/cloud-error.ts";
import type { Log } from "../shared/ports/log.ts";
import { StoreError } from "../shared/ports/store.ts";
import type { FieldError } from "../shared/spec/field-error.ts";

export interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly fields?: readonly FieldError[];
  };
}

const CODES: Readonly<Record<number, string>> = {
  400: "bad-request",
  401: "unauthenticated",
  403: "forbidden",
  404: "not-found",
  409: "conflict",
  412: "stale",
  413: "too-large",
  415: "unsupported-media-type",
  422: "invalid",
  428: "precondition-required",
  503: "unavailable",
};

/** The caller's mistake, which no repeat mends. */
export function isUnstorable(error: unknown): error is StoreError {
  return error instanceof StoreError && error.code === "invalid";
}

export function fail(
  context: Context,
  status: ContentfulStatusCode,
  message: string,
  fields?: readonly FieldError[],
): Response {
  const error = { code: CODES[status] ?? "error", message, ...(fields === undefined ? {} : { fields }) };
  return context.json<ErrorBody>({ error }, status);
}

/** For `app.notFound`. */
export function nothingThere(context: Context): Response {
  return fail(context, 404, `there is nothing at ${context.req.path}; the API is under /v1/clusters`);
}

/** Seconds after which a caller may try again. */
const RETRY_AFTER_S = 5;

export function unavailable(context: Context, message: string): Response {
  context.header("Retry-After", String(RETRY_AFTER_S));
  return fail(context, 503, message);
}

/** For `app.onError`: what is known is told, what is not is logged and told as "internal". */
export function answerErrors(log: Log): (error: Error, context: Context) => Response {
  return (error, context) => {
    if (error instanceof HTTPException)
      return fail(context, error.status as ContentfulStatusCode, error.message);
    // What was asked for can never be stored: a name, a page or a document that is none.
    if (isUnstorable(error)) return fail(context, 400, error.message);
    log("error", "request failed", {
      path: context.req.path,
      error: String(error),
      cause: String(error.cause ?? ""),
    });
    if (error instanceof StoreError && error.remedy !== undefined)
      return unavailable(context, `nothing was changed, for ${error.remedy}, then try again`);
    if (error instanceof StoreError || error instanceof CloudError) {
      return unavailable(
        context,
        "a service that this needs does not answer now; try again in a few seconds",
      );
    }
    return fail(context, 500, "this failed unexpectedly; the log of the control plane says why");
  };
}
