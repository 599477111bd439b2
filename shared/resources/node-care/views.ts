/** Joins what the cloud says of a pool's machines and what the cluster says of its nodes. Pure. */
import { type DisruptionBudget, disruptionBudget, REMOVED_POOL_BUDGET } from "../../nodes/budget.ts";
import type { NodeOrders } from "../../nodes/commands.ts";
import type { Budget, DrainedPod } from "../../nodes/pod-class.ts";
import type { PoolMachine, PoolNode, PoolView } from "../../nodes/pool-view.ts";
import type { Probed } from "../../nodes/probe.ts";
import type { PoolRepairs } from "../../nodes/repair.ts";
import { parseComputePath } from "../../ports/compute.ts";
import type { NodePool } from "../../spec/cluster.ts";
import { durationMs } from "../../spec/duration.ts";
import type { Cluster, GroupFacts, GroupMachine, NodeFacts } from "../resource.ts";
import { cordonAmong } from "./cordon-in.ts";
import { holdsOf } from "./holds.ts";

/** What a pool of the spec is meant to be. */
export interface PoolWish {
  /** The pool's name. */
  readonly name: string;
  readonly pool: NodePool;
  /** Path of the template that its machines shall be made from. */
  readonly template: string;
  /** Path of the one that the spec asks for, where a rollback put another in force. */
  readonly wanted?: string;
  /** What the template that the spec asks for waits for, as a noun phrase; `template` is the group's own meanwhile. */
  readonly missing?: string;
}

/** A node that is being drained, with what runs on it, and the budgets of the whole cluster. */
export interface DrainingNode {
  readonly name: string;
  readonly pods: readonly DrainedPod[];
  readonly budgets: readonly Budget[];
  /** Of a machine that never joined: the end of its serial console. */
  readonly console?: string;
  /** Of no node: what came of a pool's probe (probes.ts). */
  readonly probe?: Probed;
}

/** How long a drain may take, and what then. */
export interface DrainPolicy {
  readonly timeoutMs: number;
  readonly onTimeout: "pause" | "force";
}
/** A pool that goes has no policy any more; these are the schema's defaults. */
export const REMOVED_POOL_DRAIN: DrainPolicy = { timeoutMs: 3_600_000, onTimeout: "pause" };

export function drainPolicy(wish: PoolWish | undefined): DrainPolicy {
  if (wish === undefined) return REMOVED_POOL_DRAIN;
  const { drainTimeout, onDrainTimeout } = wish.pool.upgrade;
  return { timeoutMs: durationMs(drainTimeout), onTimeout: onDrainTimeout };
}

/** A group whose machines were not asked for is in order: it has no machine that could go. */
export function poolView(
  cluster: Cluster,
  group: GroupFacts,
  wish: PoolWish | undefined,
  orders: NodeOrders,
  nowMs: number,
  repairs?: PoolRepairs,
): PoolView {
  const size = wish === undefined ? 0 : sizeOf(wish.pool);
  const budget: DisruptionBudget =
    wish === undefined ? REMOVED_POOL_BUDGET : disruptionBudget(size, wish.pool.upgrade);
  const mending = mendingOf(repairs);
  const machines = (group.machines ?? []).map((machine) =>
    poolMachine(cluster, machine, group, { orders, repairs, mending }),
  );
  const { pool, targetSize } = group;
  const holds = [...holdsOf(cluster, pool, nowMs), ...(repairs?.holds ?? [])];
  return { pool, size, removed: wish === undefined, budget, holds, targetSize, machines };
}

interface Care {
  readonly orders: NodeOrders;
  readonly repairs: PoolRepairs | undefined;
  /** Names of machines that their repair is at. */
  readonly mending: ReadonlySet<string>;
}

function poolMachine(
  cluster: Cluster,
  { path, template, going, running, trouble }: GroupMachine,
  group: GroupFacts,
  { orders, repairs, mending }: Care,
): PoolMachine {
  const { name, scope } = parseComputePath(path);
  const node = nodeOf(cluster, path);
  const failed = repairs?.leaves.get(name);
  const asked = orders.leaves.get(name);
  // A failed machine that is due to go goes, rather than be drained and kept, or restarted once more.
  const leave = failed?.cause === "repair" && asked?.afterwards !== undefined ? failed : (asked ?? failed);
  return {
    name,
    zone: scope,
    // Never taken for a template that is not known.
    outdated: template !== undefined && template !== group.template,
    ...(isApart(cluster, template, group.template) ? { apart: true as const } : {}),
    going,
    ...(leave === undefined ? {} : { leave }),
    running,
    ...(failed?.urgent === true && !running ? { off: true } : {}),
    ...(mending.has(name) ? { mending: true } : {}),
    ...(trouble === undefined ? {} : { trouble }),
    ...(node === undefined ? {} : { node: poolNode(node, running, orders) }),
  };
}

/** Where both templates are known. */
function isApart({ facts: { templateMakes } }: Cluster, its: string | undefined, present: string): boolean {
  const [one, other] = [templateMakes?.get(its ?? ""), templateMakes?.get(present)];
  return one !== undefined && other !== undefined && one !== other;
}

/** Not while a brake is on for it: then a change of the template may be the cure. */
function mendingOf(repairs: PoolRepairs | undefined): ReadonlySet<string> {
  const { held, judged = [] } = repairs ?? {};
  const isHeld = (name: string) =>
    held !== undefined && (held.machine === undefined || held.machine === name);
  const mended = judged.filter(
    ({ machine, verdict, pool: { policy } }) =>
      !isHeld(machine.name) &&
      policy.enabled &&
      policy.ladder.includes("recreate") &&
      (verdict.is === "suspect" || verdict.is === "failed"),
  );
  return new Set(mended.map(({ machine }) => machine.name));
}

interface NodeIndex {
  readonly byProviderId: ReadonlyMap<string | undefined, NodeFacts>;
  readonly byName: ReadonlyMap<string, NodeFacts>;
}
/** A pool of thousands asks thousands of times. */
const indexes = new WeakMap<readonly NodeFacts[], NodeIndex>();

/** By what the cloud controller manager says its machine is, or by its name, which is its machine's. */
export function nodeOf({ facts }: Pick<Cluster, "facts">, machine: string): NodeFacts | undefined {
  const nodes = facts.kubernetes?.nodes ?? NOBODY;
  const index = indexes.get(nodes) ?? {
    byProviderId: new Map(nodes.map((node) => [node.providerId, node])),
    byName: new Map(nodes.map((node) => [node.name, node])),
  };
  indexes.set(nodes, index);
  const [, project, , zone, , name = ""] = machine.split("/");
  return index.byProviderId.get(`gce://${project}/${zone}/${name}`) ?? index.byName.get(name);
}
const NOBODY: readonly NodeFacts[] = [];

function poolNode(node: NodeFacts, running: boolean, orders: NodeOrders): PoolNode {
  const { ready, createdMs = 0 } = node;
  return { ready: ready && running, createdMs, cordon: cordonAmong(orders, node) };
}

export function sizeOf({ size }: NodePool): number {
  return typeof size === "number" ? size : size.min;
}
