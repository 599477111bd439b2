/** A pool of a cluster, as node care sees it: its machines, their nodes, the plan that comes of them. */
import type { NodeCareAction } from "../../../../../shared/resources/node-care/action.ts";
import { nodeCare } from "../../../../../shared/resources/node-care/node-care.ts";
import type { DrainingNode, PoolWish } from "../../../../../shared/resources/node-care/views.ts";
import type { Cluster, GroupFacts, NodeFacts, Plan } from "../../../../../shared/resources/resource.ts";
import { clusterWith, SPEC } from "../../kubernetes/fixtures.ts";

export const NOW_MS = Date.parse("2026-11-23T12:00:00Z");
export const BASE = "shop-ab12cd-n-general";
export const GROUP = `projects/acme-prod/zones/europe-west4-a/instanceGroupManagers/${BASE}`;
export const TEMPLATES = "projects/acme-prod/global/instanceTemplates";
export const [OLD, NEW] = [`${TEMPLATES}/${BASE}-0000000`, `${TEMPLATES}/${BASE}-1111111`];
export const UPGRADE = {
  strategy: "surge",
  maxSurge: 1,
  maxUnavailable: 0,
  drainTimeout: "1h",
  onDrainTimeout: "pause",
  soak: "1m",
  readyTimeout: "20m",
  haltAfter: 1,
  onFailure: "pause",
  blueGreen: { batch: "20%", batchSoak: "0s", soak: "1h" },
};
export const WISH = {
  name: "general",
  pool: { ...SPEC.nodePools[0], upgrade: UPGRADE },
  template: NEW,
} as unknown as PoolWish;

export const pathOf = (name: string) => `projects/acme-prod/zones/europe-west4-a/instances/${name}`;
export const OURS = { reason: "it is outdated", sinceMs: NOW_MS - 60_000 };

export function node(name: string, more: Partial<NodeFacts> = {}): NodeFacts {
  return {
    name,
    ready: true,
    unschedulable: more.cordoned !== undefined,
    kubeletVersion: "1.36.4",
    bootId: "",
    labels: {},
    resourceVersion: "7",
    createdMs: 0,
    provenFor: NEW.split("/").at(-1) ?? "",
    ...more,
  };
}
/** Machines by name, each with its template. */
export function group(
  machines: Readonly<Record<string, string>> | undefined,
  more: Partial<GroupFacts> = {},
): GroupFacts {
  const listed =
    machines === undefined
      ? {}
      : {
          machines: Object.entries(machines).map(([name, template]) => ({
            path: pathOf(name),
            template,
            going: false,
            running: true,
          })),
        };
  const targetSize = Object.keys(machines ?? {}).length;
  return { path: GROUP, pool: "general", targetSize, template: NEW, stable: true, ...listed, ...more };
}
export function cluster(
  nodes: readonly NodeFacts[],
  groups: readonly GroupFacts[],
  more: object = {},
): Cluster {
  const machines = nodes.map(({ name }) => pathOf(name));
  return clusterWith({
    facts: { kubernetes: { version: "1.36.4", apiServers: [], nodes }, groups, machines, ...more },
  });
}
export function plan(
  seen: Cluster,
  observed: readonly DrainingNode[] = [],
  desired: readonly PoolWish[] = [WISH],
): Plan<NodeCareAction> {
  return nodeCare.plan({ cluster: seen, desired, observed, nowMs: NOW_MS });
}
export const verbs = ({ actions }: Plan<NodeCareAction>) =>
  actions.map(({ verb, key }) => `${verb} ${key.split("/").at(-1)}`);
export const [A, B, C, D] = [`${BASE}-aaaa`, `${BASE}-bbbb`, `${BASE}-cccc`, `${BASE}-dddd`];
export const WEB_BUDGET = {
  metadata: { name: "web", namespace: "default", generation: 1 },
  spec: { selector: { matchLabels: { app: "web" } } },
  status: { observedGeneration: 1, disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1 },
};
export const podOf = (name: string, more: object = {}) => ({
  metadata: {
    name,
    namespace: "default",
    uid: `uid-${name}`,
    ownerReferences: [{ kind: "ReplicaSet", name: "web", controller: true }],
    ...more,
  },
  spec: { nodeName: A },
  status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
});
