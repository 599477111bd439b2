/** Managed kind "nodes": waits until each group's nodes are Ready, keeps pools' labels and taints, removes Nodes without a machine. */
import { staysInPool } from "../../nodes/commands.ts";
import { cordonOf } from "../../nodes/cordon.ts";
import { CloudError } from "../../ports/cloud-error.ts";
import { ALL_MACHINES } from "../all-machines.ts";
import { prefixOf } from "../names.ts";
import type {
  Action,
  CloudReader,
  CloudWriter,
  Cluster,
  ManagedKind,
  Plan,
  Started,
  Waiting,
} from "../resource.ts";
import { apiOf, list, mergePatch, remove } from "./api.ts";
import { groupOf, type NodeGroup, nodeGroups } from "./node-groups.ts";
import { marksPatch, type NodePatch } from "./node-marks.ts";
import { isTrue, type ServedNode } from "./observe.ts";

export interface ObservedNode {
  readonly name: string;
  readonly node: ServedNode;
}
/** The key is the Node's path. */
export type NodeAction = Action &
  (
    | { readonly change: "patch"; readonly patch: NodePatch }
    | { readonly change: "delete"; readonly uid?: string }
  );

/** A machine is listed seconds before its Node is; a Node younger than this is never taken for an orphan. */
const ORPHAN_AGE_MIN_MS = 5 * 60_000;

export const nodes: ManagedKind<NodeGroup, ObservedNode, NodeAction> = {
  kind: "nodes",
  after: [],
  // Nodes of machines that are gone are removed: the list of the control plane's machines is that of all machines.
  restsOn: ["machine-groups", "control-plane"],
  glancesAt: ALL_MACHINES,
  condition: "NodesReady",
  desire: (cluster) =>
    cluster.facts.kubernetes === undefined
      ? { key: "nodes", reason: "the cluster's Kubernetes API to answer" }
      : nodeGroups(cluster),
  observe,
  plan,
  perform,
};

async function observe(cloud: CloudReader, cluster: Cluster): Promise<readonly ObservedNode[]> {
  const api = apiOf(cloud, cluster);
  if (api === undefined || cluster.deleting) return [];
  const found = await list<ServedNode>(api, "/api/v1/nodes");
  return found.map((node) => ({ name: node.metadata.name, node }));
}

function plan({
  cluster,
  desired,
  observed,
  nowMs,
}: {
  readonly cluster: Cluster;
  readonly desired: readonly NodeGroup[];
  readonly observed: readonly ObservedNode[];
  readonly nowMs: number;
}): Plan<NodeAction> {
  if (cluster.deleting) return { actions: [], waiting: [], problems: [] };
  const actions: NodeAction[] = [];
  const waiting: Waiting[] = [];
  const machines = cluster.facts.machines && new Set(cluster.facts.machines);
  const members = new Map<NodeGroup, ServedNode[]>(desired.map((group) => [group, []]));
  for (const { node } of observed) {
    const group = groupOf(cluster, desired, node);
    const goneMachine = machineGone(cluster, machines, node);
    const orphan = goneMachine === undefined ? undefined : orphanAction(node, goneMachine, nowMs);
    const action =
      orphan ??
      leftAction(cluster, group?.pool, node) ??
      (group === undefined ? undefined : marksAction(group, node));
    if (action !== undefined) actions.push(action);
    if (goneMachine !== undefined) waiting.push(lingering(node));
    // One that leaves its pool is not waited for here.
    else if (group !== undefined && !isLeaving(node)) members.get(group)?.push(node);
  }
  waiting.push(...[...members].flatMap(([group, nodes]) => readiness(group, nodes) ?? []));
  return { actions, waiting, problems: [] };
}

/** Labels and taints of the control plane are kubeadm's. */
function marksAction(group: NodeGroup, node: ServedNode): NodeAction | undefined {
  if (group.pool === undefined || node.metadata.deletionTimestamp !== undefined) return undefined;
  const marks = marksPatch(group, node);
  if (marks === undefined) return undefined;
  const { name } = node.metadata;
  return {
    key: nodePath(name),
    verb: "patch",
    change: "patch",
    patch: marks.patch,
    restsOn: [],
    reason: `Node ${name} of ${group.name}: ${marks.changes}`,
  };
}

/** The path of a node's machine that is no more. Only with a list of machines to prove it. */
function machineGone(
  cluster: Cluster,
  machines: ReadonlySet<string> | undefined,
  node: ServedNode,
): string | undefined {
  const machine = machinePath(node.spec?.providerID);
  if (machines === undefined || machine === undefined) return undefined;
  // The list holds machines under names of ours: of others it says nothing.
  if (!node.metadata.name.startsWith(`${prefixOf(cluster)}-`)) return undefined;
  const here = machine.startsWith(`projects/${cluster.spec.project}/`);
  // A list of before it says nothing of a Node.
  const { machinesMs } = cluster.facts;
  if (machinesMs !== undefined && Date.parse(node.metadata.creationTimestamp ?? "") > machinesMs)
    return undefined;
  return here && !machines.has(machine) ? machine : undefined;
}

/** A Node outlives its machine until somebody has missed the machine: till then pods may count on it. */
function lingering({ metadata }: ServedNode): Waiting {
  return { key: nodePath(metadata.name), reason: `Node ${metadata.name}, whose machine is gone, to leave` };
}

/** Never a Ready node: then the list is older than the node. One that we drained was in an older list: no doubt there. */
function orphanAction(node: ServedNode, machine: string, nowMs: number): NodeAction | undefined {
  const { name, uid, creationTimestamp, deletionTimestamp } = node.metadata;
  if (deletionTimestamp !== undefined) return undefined;
  const drained = isLeaving(node);
  const ready = isTrue(node.status?.conditions, "Ready");
  const bornMs = Date.parse(creationTimestamp ?? "");
  const young = Number.isNaN(bornMs) || nowMs < bornMs + ORPHAN_AGE_MIN_MS;
  if (!drained && (ready || young)) return undefined;
  const reason = `Node ${name} ${drained ? "is drained" : "is not Ready"} and its machine ${machine} is gone`;
  return {
    key: nodePath(name),
    verb: "delete",
    change: "delete",
    reason,
    ...(uid === undefined ? {} : { uid }),
  };
}
/**
 * One that we drained, and whose machine its group no longer lists: the group alone tells that it is gone, long before the
 * list of all machines is due again. A machine that is kept has left its group as well.
 */
function leftAction(
  { facts, care }: Cluster,
  pool: string | undefined,
  node: ServedNode,
): NodeAction | undefined {
  const machine = machinePath(node.spec?.providerID);
  const machines = facts.groups?.find((group) => group.pool === pool)?.machines;
  if (machine === undefined || machines === undefined || !isLeaving(node)) return undefined;
  const { name, uid, deletionTimestamp } = node.metadata;
  const isKept = care?.kept.some((one) => one.machine === machine) === true;
  if (deletionTimestamp !== undefined || isKept || machines.some(({ path }) => path === machine))
    return undefined;
  return {
    key: nodePath(name),
    verb: "delete",
    change: "delete",
    reason: `Node ${name} is drained and its machine ${machine} is gone`,
    restsOn: ["machine-groups"],
    ...(uid === undefined ? {} : { uid }),
  };
}

/** Cordoned by us: it is being taken out of its pool, unless a command only wants it empty. */
function isLeaving({ spec, metadata }: ServedNode): boolean {
  const cordon = cordonOf(spec?.unschedulable ?? false, metadata.annotations);
  return cordon.by === "us" && !staysInPool(cordon);
}
/** `gce://project/zone/name` to the instance's path. */
export function machinePath(providerId: string | undefined): string | undefined {
  const [, project, zone, name] = /^gce:\/\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(providerId ?? "") ?? [];
  return name === undefined ? undefined : `projects/${project}/zones/${zone}/instances/${name}`;
}

/** A sentence must stay readable with a hundred nodes missing. */
const NAMED_MAX = 3;
function readiness(group: NodeGroup, nodes: readonly ServedNode[]): Waiting | undefined {
  const late = nodes.filter((node) => !isTrue(node.status?.conditions, "Ready"));
  const ready = nodes.length - late.length;
  // More than asked for are a surge, or a scale-down under way; those that stay must be Ready.
  const wanted = group.size;
  if (ready >= wanted) return undefined;
  const absent = Math.max(0, wanted - nodes.length);
  const named = late.slice(0, NAMED_MAX).map((node) => `${node.metadata.name} (${reasonOf(node)})`);
  const rest = late.length > NAMED_MAX ? [`${late.length - NAMED_MAX} more`] : [];
  const joined = absent > 0 ? [`${absent} ${absent === 1 ? "has" : "have"} not joined`] : [];
  const not = [...named, ...rest, ...joined].join(", ");
  const whose = group.pool === undefined ? "the control plane" : group.name;
  return {
    key: `nodes/${group.name}`,
    reason: `the nodes of ${whose}: ${ready} of ${wanted} are Ready (not yet: ${not})`,
  };
}
/** kubelet's message names the cause, e.g. "… reason:NetworkPluginNotReady message:…"; its reason is mostly KubeletNotReady. */
function reasonOf(node: ServedNode): string {
  const condition = node.status?.conditions?.find(({ type }) => type === "Ready");
  const cause = /\breason:\s*([A-Za-z]+)/.exec(condition?.message ?? "")?.[1];
  return cause ?? condition?.reason ?? "no status yet";
}

function nodePath(name: string): string {
  return `/api/v1/nodes/${encodeURIComponent(name)}`;
}

async function perform(cloud: CloudWriter, cluster: Cluster, action: NodeAction): Promise<Started> {
  const api = apiOf(cloud, cluster);
  if (api === undefined)
    throw new CloudError("unavailable", "There is no way to the Kubernetes API yet.", { target: action.key });
  if (action.change === "patch") await mergePatch(api, action.key, action.patch);
  else await remove(api, action.key, action.uid);
  return "done";
}
