/** How the wire calls the small simulated services (Secret Manager, Cloud Tasks, IAM credentials). */
import type { ComputeAnswer, JsonObject } from "./compute/call.ts";

export interface ServiceCall {
  /** E.g. `SecretManagerService`, as in the published definitions. */
  readonly service: string;
  readonly method: string;
  /** Path and query parameters by JSON name. */
  readonly params: Readonly<Record<string, string>>;
  /** The request's body (the whole request, or the field that the API makes the body), checked by the wire. */
  readonly body: JsonObject;
  /** Who calls: the email of a service account whose token was shown, or nothing for the project's owner. */
  readonly caller: string | undefined;
}
/** @throws Refusal */
export type Service = (call: ServiceCall) => ComputeAnswer | Promise<ComputeAnswer>;
