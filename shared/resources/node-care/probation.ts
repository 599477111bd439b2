/** What the gates of an upgrade are told of a pool's new machines, and what is remembered of those that failed. Pure. */
import { haltHold, isHalted, nextPoolCare } from "../../nodes/canary.ts";
import type { NodeOrders } from "../../nodes/commands.ts";
import { type Bad, type Gates, type Judgement, judgeNewcomer } from "../../nodes/gates.ts";
import type { PoolMachine, PoolView, Strategy } from "../../nodes/pool-view.ts";
import { type Probed, probeHold } from "../../nodes/probe.ts";
import type { PoolRepairs } from "../../nodes/repair.ts";
import { parseComputePath } from "../../ports/compute.ts";
import type { NodePool } from "../../spec/cluster.ts";
import { durationMs } from "../../spec/duration.ts";
import { countOf } from "../../spec/share.ts";
import type { PoolCare } from "../../status/care.ts";
import type { Cluster, Facts, GroupFacts, GroupMachine, NodeFacts } from "../resource.ts";
import { nodesVersion } from "../versions.ts";
import { isUpgrading } from "./group-machines.ts";
import { probeKey } from "./probes.ts";
import { type DrainingNode, nodeOf, type PoolWish, poolView, sizeOf } from "./views.ts";

export interface UpgradeView {
  readonly view: PoolView;
  /** What shall be remembered of the pool. */
  readonly care: PoolCare | undefined;
  /** Nodes that have passed just now, which their Node does not say yet. */
  readonly passed: readonly NodeFacts[];
}

interface UpgradeScene {
  readonly cluster: Cluster;
  readonly group: GroupFacts;
  readonly wish: PoolWish;
  readonly observed: readonly DrainingNode[];
  readonly orders: NodeOrders;
  readonly repairs: PoolRepairs | undefined;
  readonly nowMs: number;
}

/** The pool's view with its strategy, what its new machines have shown, and whether its upgrade is halted. */
export function upgradeView({
  cluster,
  group,
  wish,
  observed,
  orders,
  repairs,
  nowMs,
}: UpgradeScene): UpgradeView {
  const view = poolView(cluster, group, wish, orders, nowMs, repairs);
  const { upgrade } = wish.pool;
  const gates: Gates = {
    soakMs: durationMs(upgrade.soak) / (cluster.haste ?? 1),
    timeoutMs: durationMs(upgrade.readyTimeout),
  };
  const template = wish.wanted ?? wish.template;
  const before = cluster.care?.pools.find(({ pool }) => pool === group.pool);
  const probe = probeOf(wish, observed);
  const passed: NodeFacts[] = [];
  const bad: Bad[] = [];
  const returning = returningNodes(cluster, group, wish);
  const judged = newcomersOf(group).map(({ path }) => {
    const { name, scope } = parseComputePath(path);
    const node = nodeOf(cluster, path);
    const isAway = returning.has(name);
    const proven = !isAway && node !== undefined && node.provenFor === nameOf(group.template);
    const judgement = proven
      ? judgeProven(node, gates, nowMs)
      : judge(cluster, path, node, { isAway, observed, probe }, gates, nowMs);
    if (judgement.verdict === "proven" && !proven && node !== undefined) passed.push(node);
    if (judgement.verdict === "bad") bad.push({ name, zone: scope, why: judgement.why });
    return [name, judgement] as const;
  });
  const judgements = new Map(judged);
  const machines = view.machines
    .map((machine) => withJudgement(machine, judgements.get(machine.name)))
    .map((machine) => withReturn(machine, returning.get(machine.name)));
  const isOfSpec = group.template === template;
  const proven = judged.filter(([, { verdict }]) => verdict === "proven").map(([name]) => name);
  const lastGood = lastGoodOf(cluster, group);
  const outcome = {
    pool: group.pool,
    template,
    bad: isOfSpec ? bad : [],
    proven: isOfSpec ? proven : [],
    machines: view.machines,
    ...(lastGood === undefined ? {} : { lastGood }),
  };
  const care = nextPoolCare(before, outcome);
  const halted = isOfSpec && isHalted(care, template, upgrade);
  const failing = isUpgrading(group) && probe !== undefined && probe !== "unseen" && !probe.passes;
  const holds = [
    ...view.holds,
    ...(halted ? [haltHold(group.pool)] : []),
    ...(failing ? [probeHold(group.pool, probe.why)] : []),
  ];
  return { view: { ...view, machines, holds, strategy: strategyOf(wish) }, care, passed };
}

/** Machines of the present template, as long as there are others beside them. */
export function newcomersOf(group: GroupFacts): readonly GroupMachine[] {
  if (!isUpgrading(group)) return [];
  return (group.machines ?? []).filter((one) => !one.going && one.template === group.template);
}

/** What the last look has found of it; absent where the pool has none. */
function probeOf({ name, pool }: PoolWish, observed: readonly DrainingNode[]): Probed | "unseen" | undefined {
  if (pool.upgrade.probe === undefined) return undefined;
  return observed.find((one) => one.name === probeKey(name))?.probe ?? "unseen";
}

/** Nodes whose pods the gates look at. */
export function nodesOnProbation(cluster: Cluster): readonly NodeFacts[] {
  return (cluster.facts.groups ?? []).flatMap((group) =>
    newcomersOf(group).flatMap(({ path }) => {
      const node = nodeOf(cluster, path);
      return node?.ready === true && node.provenFor !== nameOf(group.template) ? [node] : [];
    }),
  );
}

/** One that nobody has brought back for as long as a new one may take to come is as bad as one that never came. */
function judgeProven(
  { name, ready, readinessSinceMs = 0 }: NodeFacts,
  { timeoutMs }: Gates,
  nowMs: number,
): Judgement {
  if (ready || nowMs - readinessSinceMs < timeoutMs) return { verdict: "proven" };
  return {
    verdict: "bad",
    why: `node ${name} was well and is not Ready since ${new Date(readinessSinceMs).toISOString()}`,
  };
}

function judge(
  { facts }: Cluster,
  path: string,
  node: NodeFacts | undefined,
  {
    isAway,
    observed,
    probe,
  }: {
    readonly isAway: boolean;
    readonly observed: readonly DrainingNode[];
    readonly probe: Probed | "unseen" | undefined;
  },
  gates: Gates,
  nowMs: number,
): Judgement {
  const { startedMs = 0 } = facts.machineStates?.get(path) ?? {};
  const bornMs = bornOf(facts, path, node);
  const pods = observed.find(({ name }) => name === node?.name)?.pods;
  const newcomer = {
    name: parseComputePath(path).name,
    ...(bornMs === undefined ? {} : { bornMs }),
    ...(node === undefined ? {} : { node: readiness(node, isAway, startedMs) }),
    ...(pods === undefined ? {} : { pods }),
    ...(probe === undefined ? {} : { probe }),
  };
  return judgeNewcomer(newcomer, gates, nowMs);
}

/** What is restarted with a new template is as good as new, also before it has stopped. */
function bornOf({ machineStates }: Facts, path: string, node: NodeFacts | undefined): number | undefined {
  const { startedMs = 0, createdMs } = machineStates?.get(path) ?? {};
  const { drainedBoot, drainedMs = 0 } = node?.cordoned ?? {};
  return drainedBoot === undefined ? (createdMs ?? node?.createdMs) : Math.max(startedMs, drainedMs);
}

/** What the gates find is remembered by the pass that finds it; repair reads it in the next one. */
const JUDGED_WITHIN_MS = 2 * 60_000;

/**
 * What the repair of each new machine of an upgrade is left to, by path: to its gates until they have judged it, or they
 * would never see a template whose machines do not join; and where the upgrade halted for it, to whoever looks into it.
 */
export function leftToGates(
  { facts, care }: Cluster,
  group: GroupFacts,
  { upgrade }: NodePool,
  nowMs: number,
): ReadonlyMap<string, string> {
  const known = care?.pools.find(({ pool }) => pool === group.pool);
  const halted = isHalted(known, group.template, upgrade);
  const found = newcomersOf(group).flatMap(({ path }) => {
    const { name } = parseComputePath(path);
    const node = nodeOf({ facts }, path);
    if (node?.provenFor === nameOf(group.template)) return [];
    const dueMs = (bornOf(facts, path, node) ?? nowMs) + durationMs(upgrade.readyTimeout);
    const isBad = known?.bad.includes(name) === true;
    if (nowMs < dueMs || (nowMs < dueMs + JUDGED_WITHIN_MS && !isBad)) {
      const what = `the gates of its upgrade to judge ${name}, at ${new Date(dueMs).toISOString()}`;
      return [[path, what] as const];
    }
    if (!halted || !isBad) return [];
    return [[path, `a change of pool ${group.pool}, whose upgrade halted for ${name}`] as const];
  });
  return new Map(found);
}

/** A reboot is shorter than the time in which a node falls silent: it is Ready no longer than its machine runs. */
function readiness(node: NodeFacts, isAway: boolean, startedMs: number) {
  const sinceMs = node.readinessSinceMs ?? node.createdMs ?? 0;
  return { ready: node.ready && !isAway, readySinceMs: Math.max(sinceMs, startedMs) };
}

/** What is waited for of a machine that was restarted with a new template: nothing once its node has said that it is back. */
export function returningOf(
  { facts, pins }: Cluster,
  wish: PoolWish,
  path: string,
  { name, ready, bootId, kubeletVersion, cordoned }: NodeFacts,
  running: boolean,
): string | undefined {
  if (wish.pool.upgrade.strategy !== "in-place" || cordoned?.drainedMs === undefined) return undefined;
  if (!running) return `machine ${name} to restart`;
  const { startedMs = 0 } = facts.machineStates?.get(path) ?? {};
  // Taken back before it was restarted.
  if (startedMs < cordoned.drainedMs) return undefined;
  if (!ready || bootId === cordoned.drainedBoot) return `node ${name} to be back after its restart`;
  const wanted = nodesVersion(pins);
  return kubeletVersion === wanted
    ? undefined
    : `the kubelet of node ${name} to be ${wanted} (it is ${kubeletVersion})`;
}

function returningNodes(cluster: Cluster, group: GroupFacts, wish: PoolWish): ReadonlyMap<string, string> {
  const found = (group.machines ?? []).flatMap(({ path, running, template }) => {
    const node = nodeOf(cluster, path);
    const away =
      node && template === group.template ? returningOf(cluster, wish, path, node, running) : undefined;
    return away === undefined ? [] : [[parseComputePath(path).name, away] as const];
  });
  return new Map(found);
}

function withReturn(machine: PoolMachine, returning: string | undefined): PoolMachine {
  if (returning === undefined || machine.node === undefined) return machine;
  return { ...machine, node: { ...machine.node, returning } };
}

function withJudgement(machine: PoolMachine, judgement: Judgement | undefined): PoolMachine {
  if (judgement === undefined || judgement.verdict === "proven") return machine;
  if (judgement.verdict === "bad") {
    const node = machine.node && { ...machine.node, unproven: `a change, for ${judgement.why}` };
    return { ...machine, bad: judgement.why, ...(node === undefined ? {} : { node }) };
  }
  return machine.node === undefined
    ? machine
    : { ...machine, node: { ...machine.node, unproven: judgement.waitsFor } };
}

/** That of the machine which has served longest: the pool was whole with it once. */
function lastGoodOf(cluster: Cluster, { template, machines = [] }: GroupFacts): string | undefined {
  const served = machines.flatMap((machine) => {
    const node = nodeOf(cluster, machine.path);
    const isOld = machine.template !== undefined && machine.template !== template && !machine.going;
    return isOld && node?.ready === true
      ? [{ template: machine.template, sinceMs: node.createdMs ?? 0 }]
      : [];
  });
  return served.toSorted((one, other) => one.sinceMs - other.sinceMs)[0]?.template;
}

export function strategyOf({ pool }: PoolWish): Strategy {
  const { strategy, blueGreen } = pool.upgrade;
  if (strategy !== "blue-green") return { kind: strategy };
  return {
    kind: "blue-green",
    batch: Math.max(1, countOf(blueGreen.batch, sizeOf(pool), "up")),
    batchSoakMs: durationMs(blueGreen.batchSoak),
    soakMs: durationMs(blueGreen.soak),
  };
}

function nameOf(template: string): string {
  return template.split("/").at(-1) ?? template;
}
