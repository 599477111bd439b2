/** What a finished Compute Engine operation failed with, in our closed union. DONE alone is not success. */
import { CloudError } from "./cloud-error.ts";
import { cloudErrorCodeFromOperation } from "./compute-errors.ts";
import type { Operation } from "./compute-types.ts";

/** An operation that failed without an HTTP status failed in the service: it is worth another try. */
const STATUS_UNKNOWN = 503;

/** @returns nothing when the operation is still running or succeeded */
export function operationFailure(operation: Operation): CloudError | undefined {
  if (operation.status !== "DONE") return undefined;
  const first = operation.error?.errors[0];
  if (first === undefined) return undefined;
  const status = operation.httpErrorStatusCode ?? STATUS_UNKNOWN;
  const code = cloudErrorCodeFromOperation(first.code, first.message, status);
  const options = operation.targetLink === undefined ? {} : { target: operation.targetLink };
  return new CloudError(code, `${first.code}: ${first.message ?? "no message"}`, options);
}
