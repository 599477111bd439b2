/** The pools' instance templates. A template cannot change: a pool that changes gets a new one by another name. */
import { computePath } from "../../ports/compute.ts";
import type { InstanceTemplate } from "../../ports/compute-types.ts";
import { canonicalJson } from "../canonical-json.ts";
import { IDENTITY, IGNORED } from "../change-table.ts";
import { computeKind } from "./compute-kind.ts";
import { poolTemplates } from "./pool-template.ts";

/** What a machine takes when it stops and starts. Source: the API's description of minimalAction */
const TAKEN_BY_RESTART = ["metadata", "labels", "tags", "machineType", "description"];
function makeOf({ properties = {} }: InstanceTemplate): string {
  const fields = Object.entries(properties).filter(([field]) => !TAKEN_BY_RESTART.includes(field));
  return canonicalJson(Object.fromEntries(fields));
}

export const instanceTemplates = computeKind({
  kind: "instance-templates",
  collection: "instanceTemplates",
  after: ["subnetworks", "firewalls", "routers", "keys"],
  condition: "NodesReady",
  where: (cluster) => ({ project: cluster.spec.project, scope: "global" }),
  desire: (cluster) => {
    const templates = poolTemplates(cluster);
    if ("missing" in templates) return { key: "instance-templates", reason: templates.missing };
    return templates.map(({ pool, ref, body }) => ({
      name: ref.name,
      ref,
      body,
      purpose: `what the machines of pool ${pool.name} are made from`,
    }));
  },
  learn: (observed) => ({
    templateMakes: new Map(observed.map(({ ref, resource }) => [computePath(ref), makeOf(resource)])),
  }),
  // Groups that could not be seen may use it: the API would refuse for a group, not for a machine that needs it again.
  holdDelete: (cluster, { ref }) =>
    !cluster.deleting && cluster.facts.usedTemplates?.includes(computePath(ref)) !== false
      ? { quietly: true }
      : undefined,
  obsolete: () => "no group and no machine uses it any more",
  // The name is the hash of the content, and the server allows no change.
  table: { ...IDENTITY, properties: IGNORED, region: IGNORED },
});
