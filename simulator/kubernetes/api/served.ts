/** What a stored object looks like to whoever reads it. */
import type { KubeObject } from "../objects/object.ts";
import { groupVersion, resourceKey } from "../objects/resources.ts";
import type { ResourceRequest } from "./request.ts";
import type { ClusterState } from "./state.ts";

/** The object as served: at the requested version, with what is computed on reading. */
export function served(
  state: ClusterState,
  request: Pick<ResourceRequest, "definition">,
  object: KubeObject,
) {
  const shown = state.present(resourceKey(request.definition), object);
  const apiVersion = groupVersion(request.definition);
  return shown.apiVersion === apiVersion ? shown : { ...shown, apiVersion };
}
