/**
 * The one way into the simulated Compute Engine, for both doors: the in-process port and the wire. Services and methods
 * are named as in Google's published definitions (google.cloud.compute.v1), `RegionHealthChecks.Insert` and so on.
 */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

export interface ComputeCall {
  /** E.g. `Instances`. */
  readonly service: string;
  /** E.g. `Insert`, `AggregatedList`, `SetLabels`. */
  readonly method: string;
  /** Path and query parameters by JSON name: project, zone, instance, requestId, filter, maxResults, pageToken, … */
  readonly params: Readonly<Record<string, string>>;
  /** The request body in REST JSON, already checked against the published schema by the wire (unknown fields, types). */
  readonly body?: JsonObject;
}
/** An HTTP status and the REST JSON: a resource, a list, an operation, or `{ error: { code, message, errors, status, details } }`. */
export interface ComputeAnswer {
  readonly status: number;
  readonly body: JsonObject;
  /** It happened, and the answer shall not arrive: close the connection without a word. */
  readonly lost?: true;
}
/** Answers at once, under the world's clock; what takes time goes on as an operation. Not modelled: 501. */
export type ComputeService = (call: ComputeCall) => ComputeAnswer;
