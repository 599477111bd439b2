/** The name that Google's APIs give a refusal beside its HTTP status. */

/** Source: https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto, the HTTP mapping of each code. */
const NAMES: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  409: "ALREADY_EXISTS",
  412: "FAILED_PRECONDITION",
  413: "INVALID_ARGUMENT",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  501: "UNIMPLEMENTED",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

export function canonicalStatus(httpStatus: number): string {
  return NAMES[httpStatus] ?? "UNKNOWN";
}
