/**
 * Google's client library as its generated clients get it here: REST only, definitions made when they are looked up, and no
 * side clients that nothing asks.
 */
import * as fallback from "google-gax/fallback";
import { type Definitions, lazyRoot } from "./lazy-definitions.ts";

/** One for each set of definitions, however many clients share it. */
const roots = new WeakMap<object, fallback.protobuf.Root>();

/** The library's own would hash the definitions for each client, and build all of them at once. */
export function definitionsOf(json: object): fallback.protobuf.Root {
  const known = roots.get(json);
  if (known !== undefined) return known;
  const made = lazyRoot(json as Definitions);
  roots.set(json, made);
  return made;
}

class RestClient extends fallback.GrpcClient {
  override loadProtoJSON(json: object): fallback.protobuf.Root {
    return definitionsOf(json);
  }
}

/** Generated clients make one for locations and one for policies beside themselves, each with definitions of its own. */
class NeverAsked {
  async initialize(): Promise<void> {}
  async close(): Promise<void> {}
}

const rest = { ...fallback, GrpcClient: RestClient, LocationsClient: NeverAsked, IamClient: NeverAsked };
/** For the second argument of a generated client, whose options must say `fallback: true`. */
export const restGax = { ...rest, fallback: rest };
