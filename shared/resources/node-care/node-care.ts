/**
 * Managed kind "node-care": takes machines out of their pools one after another, drained, when they are outdated, too
 * many, or their pool goes. It keeps no cursor: where it stands is on the Nodes and in the groups.
 */
import type { Budget, DrainedPod } from "../../nodes/pod-class.ts";
import { computePath } from "../../ports/compute.ts";
import { poolTemplates } from "../gce/pool-template.ts";
import { apiOf, list } from "../kubernetes/api.ts";
import type { CloudReader, Cluster, ManagedKind, Waiting } from "../resource.ts";
import { type NodeCareAction, performNodeCare } from "./action.ts";
import { lastWords } from "./consoles.ts";
import { planNodeCare } from "./plan-care.ts";
import type { DrainingNode, PoolWish } from "./views.ts";

export const nodeCare: ManagedKind<PoolWish, DrainingNode, NodeCareAction> = {
  kind: "node-care",
  // It looks for itself at what it needs: a pool that is in trouble must not hold up the others.
  after: [],
  watches: ["machine-groups", "nodes"],
  condition: "UpToDate",
  desire,
  observe,
  plan: planNodeCare,
  perform: performNodeCare,
};

function desire(cluster: Cluster): readonly PoolWish[] | Waiting {
  if (cluster.facts.groups === undefined) return { key: "node-care", reason: "a look at the pools' groups" };
  const templates = poolTemplates(cluster);
  if ("missing" in templates) return { key: "node-care", reason: templates.missing };
  return templates.map(({ pool, ref }) => ({ name: pool.name, pool, template: computePath(ref) }));
}

/** Nothing while no node is drained and all have joined; then one list of budgets, and one of pods for each such node. */
async function observe(cloud: CloudReader, cluster: Cluster): Promise<readonly DrainingNode[]> {
  const api = apiOf(cloud, cluster);
  const draining = (cluster.facts.kubernetes?.nodes ?? []).filter((node) => node.cordoned !== undefined);
  if (api === undefined || cluster.deleting) return [];
  const said = [...(await lastWords(cloud, cluster))].map(([name, console]) => {
    return { name, pods: [], budgets: [], console };
  });
  if (draining.length === 0) return said;
  const [budgets, ...pods] = await Promise.all([
    list<Budget>(api, "/apis/policy/v1/poddisruptionbudgets"),
    ...draining.map(({ name }) =>
      list<DrainedPod>(api, "/api/v1/pods", { fieldSelector: `spec.nodeName=${name}` }),
    ),
  ]);
  return [...said, ...draining.map(({ name }, index) => ({ name, pods: pods[index] ?? [], budgets }))];
}
