/**
 * Managed kind "node-care": takes machines out of their pools one after another, drained, when they are outdated, too
 * many, or their pool goes. It keeps no cursor: where it stands is on the Nodes and in the groups.
 */
import { isParked } from "../../nodes/commands.ts";
import type { Budget, DrainedPod } from "../../nodes/pod-class.ts";
import { computePath } from "../../ports/compute.ts";
import { ALL_MACHINES } from "../all-machines.ts";
import { missingImage, poolTemplates } from "../gce/pool-template.ts";
import { templateRefInForce } from "../gce/template-in-force.ts";
import { type Api, apiOf, list } from "../kubernetes/api.ts";
import type { CloudReader, Cluster, ManagedKind, NodeFacts, Waiting } from "../resource.ts";
import { type NodeCareAction, performNodeCare } from "./action.ts";
import { lastWords } from "./consoles.ts";
import { cordonIn } from "./cordon-in.ts";
import { planNodeCare } from "./plan-care.ts";
import { nodesOnProbation } from "./probation.ts";
import { lookAtProbes } from "./probes.ts";
import type { DrainingNode, PoolWish } from "./views.ts";

export const nodeCare: ManagedKind<PoolWish, DrainingNode, NodeCareAction> = {
  kind: "node-care",
  // It looks for itself at what it needs: a pool that is in trouble must not hold up the others.
  after: [],
  watches: ["machine-groups", "nodes"],
  glancesAt: ALL_MACHINES,
  // The list of the control plane's machines is that of all machines.
  restsOn: ["machine-groups", "control-plane"],
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
  const made = templates.map(({ pool, ref }) => ({
    name: pool.name,
    pool,
    template: computePath(templateRefInForce(cluster, { pool, ref })),
    wanted: computePath(ref),
  }));
  return [...made, ...imageless(cluster)];
}

/** Pools whose image cannot be found are cared for by what their groups have. */
function imageless(cluster: Cluster): readonly PoolWish[] {
  return cluster.spec.nodePools.flatMap((pool) => {
    const missing = missingImage(cluster, pool);
    const group = cluster.facts.groups?.find((one) => one.pool === pool.name);
    if (missing === undefined || group === undefined) return [];
    return [{ name: pool.name, pool, template: group.template, missing }];
  });
}

/** Beyond as many nodes one list of all pods costs less than one list each. */
const POD_LISTS_MAX = 10;

/**
 * Nothing while no node is drained or on probation, all have joined and no pool with a probe is upgraded; then one list of
 * budgets, the pods of each such node, the consoles of machines that never joined, and the probes.
 */
async function observe(cloud: CloudReader, cluster: Cluster): Promise<readonly DrainingNode[]> {
  const api = apiOf(cloud, cluster);
  if (api === undefined || cluster.deleting) return [];
  const said = [...(await lastWords(cloud, cluster))].map(([name, console]) => {
    return { name, pods: [], budgets: [], console };
  });
  const nodes = cluster.facts.kubernetes?.nodes ?? [];
  const draining = nodes.filter((node) => isDraining(cluster, node));
  const looked = new Set([...draining, ...nodesOnProbation(cluster)].map(({ name }) => name));
  const probes = await lookAtProbes(api, cluster);
  if (looked.size === 0) return [...said, ...probes];
  const [budgets, pods] = await Promise.all([
    list<Budget>(api, "/apis/policy/v1/poddisruptionbudgets"),
    podsOf(api, looked),
  ]);
  return [...said, ...probes, ...[...looked].map((name) => ({ name, pods: pods.get(name) ?? [], budgets }))];
}

async function podsOf(
  api: Api,
  names: ReadonlySet<string>,
): Promise<ReadonlyMap<string, readonly DrainedPod[]>> {
  if (names.size > POD_LISTS_MAX)
    return Map.groupBy(await list<DrainedPod>(api, "/api/v1/pods"), ({ spec }) => spec?.nodeName ?? "");
  const lists = await Promise.all(
    [...names].map(
      async (name) =>
        [
          name,
          await list<DrainedPod>(api, "/api/v1/pods", { fieldSelector: `spec.nodeName=${name}` }),
        ] as const,
    ),
  );
  return new Map(lists);
}

/** Not one that is drained and kept, or that a command has drained for good, or only cordoned. */
function isDraining({ care }: Cluster, node: NodeFacts): boolean {
  if (node.cordoned === undefined || node.cordoned.drainedMs !== undefined) return false;
  return !isParked(cordonIn(node)) || care?.commands.some((command) => command.node === node.name) === true;
}
