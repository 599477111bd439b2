/** All kinds that the control plane keeps, in order of dependency. */
import type { Chance } from "../ports/chance.ts";
import type { Clock } from "../ports/clock.ts";
import { createKeysKind } from "../resources/gce/keys.ts";
import { gceKinds } from "../resources/gce/kinds.ts";
import { addons } from "../resources/kubernetes/addons.ts";
import { distrusting } from "../resources/kubernetes/distrust.ts";
import { kubernetesVersion } from "../resources/kubernetes/kubernetes-version.ts";
import { workloadLeftovers } from "../resources/kubernetes/leftovers.ts";
import { nodes } from "../resources/kubernetes/nodes.ts";
import { controlPlaneCare } from "../resources/node-care/control-plane-care.ts";
import { nodeCare } from "../resources/node-care/node-care.ts";
import { silentApi } from "../resources/node-care/silent-api-care.ts";
import { type AnyKind, erase } from "./kind.ts";

/** Resources in the cloud; keys come first, for machines are told the authority's hash. */
export function createCloudKinds(source: {
  readonly chance: Chance;
  readonly clock: Clock;
}): readonly AnyKind[] {
  return [erase(createKeysKind(source)), ...gceKinds, erase(silentApi)];
}

/** What lives inside the cluster. */
export const clusterKinds: readonly AnyKind[] = [
  erase(distrusting(addons)),
  erase(distrusting(kubernetesVersion)),
  erase(distrusting(nodes)),
  erase(distrusting(controlPlaneCare)),
  erase(distrusting(nodeCare)),
  erase(distrusting(workloadLeftovers)),
];
