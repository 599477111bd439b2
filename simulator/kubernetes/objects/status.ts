/** The `Status` bodies of the Kubernetes API: what went wrong, worded as k8s.io/apimachinery/pkg/api/errors words it. */

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}
export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}
export interface Status {
  kind: "Status";
  apiVersion: "v1";
  metadata: Record<string, never>;
  status: "Success" | "Failure";
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code: number;
}

/** What is asked about, as messages name it: `deployments.apps "web"`. */
export interface Target {
  readonly group: string;
  readonly resource: string;
  readonly name?: string | undefined;
  readonly kind?: string;
}

/** A request that the API refuses, thrown by whatever finds out and answered in one place. */
export class ApiError extends Error {
  readonly status: Status;
  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.name = "ApiError";
    this.status = {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      reason,
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

function qualified(target: Target): string {
  return target.group === "" ? target.resource : `${target.resource}.${target.group}`;
}
function details(target: Target, extra: StatusDetails = {}): StatusDetails {
  return {
    ...(target.name === undefined ? {} : { name: target.name }),
    ...(target.group === "" ? {} : { group: target.group }),
    kind: target.resource,
    ...extra,
  };
}

export function notFound(target: Target): ApiError {
  return new ApiError(404, "NotFound", `${qualified(target)} "${target.name}" not found`, details(target));
}
export function noSuchPath(): ApiError {
  return new ApiError(404, "NotFound", "the server could not find the requested resource", {});
}
export function alreadyExists(target: Target): ApiError {
  return new ApiError(
    409,
    "AlreadyExists",
    `${qualified(target)} "${target.name}" already exists`,
    details(target),
  );
}
export function conflict(target: Target, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(target)} "${target.name}": ${why}`;
  return new ApiError(409, "Conflict", message, details(target));
}
export const OBJECT_MODIFIED =
  "the object has been modified; please apply your changes to the latest version and try again";

export function badRequest(message: string): ApiError {
  return new ApiError(400, "BadRequest", message);
}
export function invalid(
  target: Target,
  causes: readonly { reason: string; field: string; message: string }[],
) {
  const listed = causes.map(({ field, message }) => `${field}: ${message}`);
  const text = listed.length === 1 ? listed[0] : `[${listed.join(", ")}]`;
  const kind = target.kind ?? target.resource;
  const subject = target.group === "" ? kind : `${kind}.${target.group}`;
  return new ApiError(422, "Invalid", `${subject} "${target.name ?? ""}" is invalid: ${text}`, {
    ...details(target),
    kind,
    causes: [...causes],
  });
}
export function forbidden(target: Target, why: string, causes: StatusCause[] = []): ApiError {
  const name = target.name === undefined || target.name === "" ? "" : ` "${target.name}"`;
  const message = `${qualified(target)}${name} is forbidden: ${why}`;
  return new ApiError(403, "Forbidden", message, details(target, causes.length === 0 ? {} : { causes }));
}
export function unauthorized(): ApiError {
  return new ApiError(401, "Unauthorized", "Unauthorized");
}
export function methodNotAllowed(): ApiError {
  return new ApiError(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
    {},
  );
}
export function notAcceptable(what: string): ApiError {
  return new ApiError(406, "NotAcceptable", what);
}
export function unsupportedMediaType(type: string): ApiError {
  const known = "application/json, application/yaml";
  const message = `the body of the request was in an unknown format - accepted media types include: ${known} (got ${type})`;
  return new ApiError(415, "UnsupportedMediaType", message, {});
}
export function expired(message: string): ApiError {
  return new ApiError(410, "Expired", message);
}
export function tooManyRequests(message: string, causes: StatusCause[], retryAfterSeconds: number): ApiError {
  return new ApiError(429, "TooManyRequests", message, { causes, retryAfterSeconds });
}
export function internalError(message: string): ApiError {
  return new ApiError(500, "InternalError", `Internal error occurred: ${message}`, { causes: [{ message }] });
}
/** What clients are told when etcd has no quorum. */
export function etcdTimedOut(): ApiError {
  const status = new ApiError(500, "", "etcdserver: request timed out");
  delete status.status.reason;
  return status;
}
/** Not modelled by the simulated cluster: said plainly, never a false success. */
export function notModelled(what: string): ApiError {
  return new ApiError(501, "NotImplemented", `${what} is not modelled by the simulated cluster`);
}

export function success(target: Target, uid: string | undefined): Status {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: details(target, uid === undefined ? {} : { uid }),
    code: 200,
  };
}
