/** A refusal by a simulated service, to be written as an error answer. */
import type { JsonObject } from "./compute/call.ts";

/** A refusal that becomes an answer of this HTTP status. */
export class Refusal extends Error {
  readonly httpStatus: number;
  readonly details: readonly JsonObject[];
  /** The canonical name, where it is not the usual one of the HTTP status (400 FAILED_PRECONDITION). */
  readonly statusName: string | undefined;
  constructor(
    httpStatus: number,
    message: string,
    options: { details?: readonly JsonObject[]; statusName?: string } = {},
  ) {
    super(message);
    this.name = "Refusal";
    this.httpStatus = httpStatus;
    this.details = options.details ?? [];
    this.statusName = options.statusName;
  }
}
