/** Commands as actions: cordons and their end, the restart of a drained machine, snapshots of etcd's disks. Pure. */
import type { Leave } from "../../nodes/cause.ts";
import { restartsCountFromMs } from "../../nodes/commanded-restart.ts";
import { type CommandNews, isDue, type NodeOrders } from "../../nodes/commands.ts";
import { RESTART_TAKES_MS } from "../../nodes/ladder.ts";
import { parseComputePath } from "../../ports/compute.ts";
import type { AcceptedCommand } from "../../status/inbox.ts";
import { type CallAction, calling, type InsertAction, insertion } from "../gce/action.ts";
import { computeUrl, zonalRef } from "../gce/places.ts";
import { etcdDiskName } from "../names.ts";
import { LABEL_MEMBER, marker, ownerLabels } from "../owner.ts";
import type { Cluster, EtcdDisk, NodeFacts, Plan } from "../resource.ts";
import { cordoning, type NodeCareAction, uncordoning } from "./action.ts";
import { nodeOf } from "./views.ts";

export function planCommands(cluster: Cluster, orders: NodeOrders, nowMs: number): Plan<NodeCareAction> {
  const node = (name: string) => cluster.facts.kubernetes?.nodes.find((one) => one.name === name);
  const backups = (cluster.care?.commands ?? [])
    .filter((one) => one.command === "backup" && one.begunMs === undefined && isDue(one, nowMs))
    .map((command) => backup(cluster, command));
  return {
    actions: [
      ...orders.cordons.flatMap(({ node: name, why }) =>
        on(node(name), (found) => cordoning(found, why, nowMs)),
      ),
      ...orders.uncordons.flatMap(({ node: name, reason }) =>
        on(node(name), (found) => uncordoning(found, reason, "command")),
      ),
      ...backups.flatMap(({ actions }) => actions),
    ],
    waiting: orders.waits.map((reason) => ({ key: "commands", reason })),
    problems: [],
    commands: [...orders.news, ...backups.map(({ news }) => news)],
  };
}

function on<A>(node: NodeFacts | undefined, action: (node: NodeFacts) => A): readonly A[] {
  return node === undefined ? [] : [action(node)];
}

/**
 * A reset keeps the machine, its disks and its address. It is remembered, for the machine takes minutes to show that it
 * was restarted. Nothing when it was reset for this command already.
 */
export function restartFor(
  cluster: Cluster,
  path: string,
  pool: string,
  { operation, reason }: Leave,
  nowMs: number,
): CallAction | undefined {
  const command = cluster.care?.commands.find((one) => one.operation === operation);
  const state = cluster.facts.machineStates?.get(path);
  const sinceMs = restartsCountFromMs(command ?? {}, nowMs);
  const isReset = cluster.care?.repairs.some(
    ({ machine, step, atMs }) =>
      machine === path &&
      step === "restart" &&
      atMs >= sinceMs &&
      !hadNoEffect(nodeOf(cluster, path), command?.mark, atMs, nowMs),
  );
  if (isReset === true) return undefined;
  const number = state === undefined ? {} : { instanceId: state.instanceId };
  const repair = { pool, machine: path, ...number, step: "restart", atMs: nowMs, reason } as const;
  const ref = { ...parseComputePath(path), kind: "instances" as const };
  return {
    ...calling("instances.reset", ref, {}, `${reason}; its node is drained`),
    cause: "command",
    repair,
  };
}

/**
 * A reset is remembered when it is asked for, and its operation may fail afterwards: a node that is Ready in the boot of
 * before when any restart would have shown has not been restarted.
 */
export function hadNoEffect(
  node: Pick<NodeFacts, "ready" | "bootId"> | undefined,
  bootBefore: string | undefined,
  resetMs: number,
  nowMs: number,
): boolean {
  const isAsBefore = node?.ready === true && node.bootId === bootBefore;
  return isAsBefore && nowMs >= resetMs + RESTART_TAKES_MS;
}

const OPERATION_HASH_LENGTH = 8;

/** One snapshot a disk, named by the operation, so that a repeat makes no second one. */
function backup(
  cluster: Cluster,
  command: AcceptedCommand,
): { readonly actions: readonly InsertAction[]; readonly news: CommandNews } {
  const { operation } = command;
  const disks = (cluster.facts.etcdDisks ?? []).filter(({ used }) => used);
  if (disks.length === 0)
    return {
      actions: [],
      news: {
        operation,
        news: "failed",
        message: "etcd has no disks yet that hold data; ask again once the cluster runs",
      },
    };
  const actions = disks.map((disk) => snapshot(cluster, disk, command));
  const mark = actions.map(({ key }) => key).join(" ");
  return {
    actions,
    news: { operation, news: "begun", message: `0 of ${disks.length} snapshots are taken`, mark },
  };
}

function snapshot(cluster: Cluster, { member, zone }: EtcdDisk, command: AcceptedCommand): InsertAction {
  const { project, region } = cluster.spec;
  const hash = command.operation.slice(-OPERATION_HASH_LENGTH);
  const name = `${etcdDiskName(cluster, member)}-${hash}`;
  const ref = { kind: "snapshots", project, scope: "global", name } as const;
  const body = {
    name,
    description: marker(cluster, `etcd of control-plane member ${member}`),
    sourceDisk: computeUrl(zonalRef(cluster, "disks", zone, etcdDiskName(cluster, member))),
    storageLocations: [region],
    labels: ownerLabels(cluster, "etcd", { [LABEL_MEMBER]: String(member) }),
  };
  return insertion(ref, body, `backup asked for by ${command.requestedBy} (${command.reason})`);
}
