/** Plans node care: decisions about each pool and each drain become actions, waits and problems. Pure. */
import { isDeepStrictEqual } from "node:util";
import { haltMessage, isHalted } from "../../nodes/canary.ts";
import type { Leave } from "../../nodes/cause.ts";
import { type CommandNews, isParked, type NodeOrders } from "../../nodes/commands.ts";
import { decideDrain } from "../../nodes/drain.ts";
import { heldBy } from "../../nodes/hold.ts";
import { decideRepairs, type PoolRepairs } from "../../nodes/repair.ts";
import type { MachineDecision, PoolDecision } from "../../nodes/rollout.ts";
import { begunBy, decideByStrategy, inFlightOf } from "../../nodes/strategy.ts";
import type { PoolCare } from "../../status/care.ts";
import type { Cluster, GroupFacts, NodeFacts, Plan, Problem, Waiting } from "../resource.ts";
import {
  type Because,
  cordoning,
  deletingMachines,
  evicting,
  growing,
  type NodeCareAction,
  notingDrained,
  notingProven,
  restartingMachines,
  uncordoning,
} from "./action.ts";
import { careView, groupMachines } from "./care-view.ts";
import { commandOrders, withCommanded } from "./command-orders.ts";
import { planCommands, restartFor } from "./command-plan.ts";
import { cordonIn } from "./cordon-in.ts";
import { ledgerOf, type SeenDrain } from "./ledger.ts";
import { planMembers } from "./plan-members.ts";
import { returningOf, strategyOf, type UpgradeView, upgradeView } from "./probation.ts";
import { repairOf, restarting } from "./repair-actions.ts";
import {
  type DrainingNode,
  type DrainPolicy,
  drainPolicy,
  nodeOf,
  type PoolWish,
  poolView,
} from "./views.ts";

interface Input {
  readonly cluster: Cluster;
  readonly desired: readonly PoolWish[];
  readonly observed: readonly DrainingNode[];
  readonly nowMs: number;
}

export function planNodeCare(input: Input): Plan<NodeCareAction> {
  if (input.cluster.deleting) return { actions: [], waiting: [], problems: [] };
  const { cluster, nowMs } = input;
  const groups = cluster.facts.groups ?? [];
  const orders = commandOrders(cluster, nowMs);
  const repairs = decideRepairs(careView(cluster, nowMs));
  const drains = new Map<string, SeenDrain>();
  let room = roomOf(input, groups, orders);
  const pools = groups.flatMap((group) => {
    const planned = planGroup(input, group, { orders, repairs: repairs.get(group.pool), room, drains });
    room = Math.max(0, room - (planned?.begun ?? 0));
    return planned ?? [];
  });
  const care = nextPools(cluster, pools);
  const plans: readonly Plan<NodeCareAction>[] = [...pools, planCommands(cluster, orders, nowMs)];
  const commands = plans.flatMap((plan) => plan.commands ?? []);
  const members = planMembers(cluster, nowMs);
  const awaited = members.waiting.map((reason) => ({ key: "control-plane", reason }));
  return {
    actions: [...members.actions, ...plans.flatMap(({ actions }) => actions)],
    waiting: [...awaited, ...plans.flatMap(({ waiting }) => waiting)],
    problems: plans.flatMap(({ problems }) => problems),
    ...(commands.length === 0 ? {} : { commands }),
    ...(cluster.facts.kubernetes === undefined ? {} : { disruptions: ledgerOf(input, drains) }),
    ...(care === undefined ? {} : { pools: care }),
  };
}

/** How many more nodes may be disturbed, over all pools; all that the pools themselves allow where the spec sets no limit. */
function roomOf(
  { cluster, desired, nowMs }: Input,
  groups: readonly GroupFacts[],
  orders: NodeOrders,
): number {
  const { maxDisruptions } = cluster.spec.maintenance;
  if (maxDisruptions === undefined) return Number.POSITIVE_INFINITY;
  const inFlight = groups.map((group) => {
    const wish = desired.find(({ name }) => name === group.pool);
    const view = poolView(cluster, group, wish, orders, nowMs);
    return inFlightOf(wish === undefined ? view : { ...view, strategy: strategyOf(wish) });
  });
  return Math.max(0, maxDisruptions - inFlight.reduce((sum, one) => sum + one, 0));
}

/** What a pool is planned among. */
interface Circumstances {
  readonly orders: NodeOrders;
  readonly repairs: PoolRepairs | undefined;
  readonly room: number;
  readonly drains: Map<string, SeenDrain>;
}
interface GroupPlan extends Plan<NodeCareAction> {
  readonly pool: string;
  /** Nodes that it disturbs anew. */
  readonly begun: number;
  readonly care?: PoolCare | undefined;
}

/** What is remembered of the pools; nothing when it is what was remembered before. */
function nextPools({ care }: Cluster, plans: readonly GroupPlan[]): readonly PoolCare[] | undefined {
  const planned = new Set(plans.map(({ pool }) => pool));
  const before = care?.pools ?? [];
  const after = [
    ...before.filter(({ pool }) => !planned.has(pool)),
    ...plans.flatMap((plan) => plan.care ?? []),
  ];
  return isDeepStrictEqual(before, after) ? undefined : after;
}

/** Nothing is taken by a template that is about to change: the group gets the spec's own first. */
function planGroup(
  input: Input,
  listed: GroupFacts,
  { orders, repairs, room, drains }: Circumstances,
): GroupPlan | undefined {
  const { cluster, nowMs } = input;
  const wish = input.desired.find(({ name }) => name === listed.pool);
  if (wish !== undefined && wish.template !== listed.template) return undefined;
  const known = isInOrder(listed, repairs) ? listed : { ...listed, machines: groupMachines(cluster, listed) };
  const group = withCommanded(cluster, known, orders);
  const upgrade =
    wish && upgradeView({ cluster, group, wish, observed: input.observed, orders, repairs, nowMs });
  if (group.machines === undefined) return { ...atRest(input, group, upgrade, wish), begun: 0 };
  const view = { ...(upgrade?.view ?? poolView(cluster, group, wish, orders, nowMs, repairs)), room };
  const decision = decideByStrategy(view, nowMs);
  const draft: Draft = {
    input,
    group,
    policy: drainPolicy(wish),
    decision,
    drains,
    repairs,
    leave: new Map(),
    restart: new Map(),
    actions: (upgrade?.passed ?? []).map((node) => notingProven(node, group.template, group.pool)),
    waits: [],
    problems: [...haltProblems(group, upgrade, wish)],
    commands: [],
  };
  for (const machine of decision.machines) carryOut(draft, machine);
  for (const { name, message } of decision.problems) stuck(draft, name, message);
  draft.waits.push(...decision.waiting, ...(repairs?.waiting ?? []));
  draft.actions.push(
    ...(repairs?.restarts ?? []).map((restart) => restarting(listed.pool, restart, input.nowMs)),
  );
  const change = groupChange(draft);
  const idle = change === undefined && draft.actions.length + draft.waits.length === 0;
  if (!group.stable && idle) draft.waits.push(`the group of pool ${group.pool} to come to rest`);
  const progress = decision.progress === undefined ? {} : { progress: decision.progress };
  return {
    pool: group.pool,
    actions: change === undefined ? draft.actions : [...draft.actions, change],
    waiting: draft.waits.map((reason) => ({
      key: group.path,
      reason,
      ...progress,
      ...heldBy(view.holds, reason),
    })),
    problems: draft.problems,
    commands: draft.commands,
    begun: begunBy(view, decision),
    care: upgrade?.care,
  };
}

/** As many machines as it shall have, of its template, and all of them well. */
function isInOrder({ machines }: GroupFacts, repairs: PoolRepairs | undefined): boolean {
  return machines === undefined && (repairs?.judged ?? []).every(({ verdict }) => verdict.is === "well");
}

/** As many machines as the spec asks for, all alike: an upgrade that went back is over, but not as the spec wants it. */
function atRest(
  input: Input,
  group: GroupFacts,
  upgrade: UpgradeView | undefined,
  wish: PoolWish | undefined,
): Omit<GroupPlan, "begun"> {
  const rest = leftovers(input, group, wish);
  const problems = [...rest.problems, ...haltProblems(group, upgrade, wish)];
  // Whatever was bad on the way, all of it is of the spec's template now.
  const isDone = wish === undefined || group.template === (wish.wanted ?? wish.template);
  return { ...rest, problems, pool: group.pool, care: isDone ? undefined : upgrade?.care };
}

function haltProblems(
  group: GroupFacts,
  upgrade: UpgradeView | undefined,
  wish: PoolWish | undefined,
): readonly Problem[] {
  const care = upgrade?.care;
  if (care === undefined || wish === undefined) return [];
  if (!isHalted(care, wish.wanted ?? wish.template, wish.pool.upgrade)) return [];
  return [
    { key: group.path, code: "blocked", because: "Halted", message: haltMessage(care, group.template) },
  ];
}

interface Draft {
  readonly input: Input;
  readonly repairs: PoolRepairs | undefined;
  readonly group: GroupFacts;
  readonly policy: DrainPolicy;
  readonly decision: PoolDecision;
  /** What the drains of this pass have come to, by node. */
  readonly drains: Map<string, SeenDrain>;
  /** Machines that may be deleted now, and why. */
  readonly leave: Map<string, Because>;
  /** Machines that may be restarted now, and why. */
  readonly restart: Map<string, Because>;
  readonly actions: NodeCareAction[];
  readonly waits: string[];
  readonly problems: Problem[];
  readonly commands: CommandNews[];
}

function carryOut(draft: Draft, decision: MachineDecision): void {
  const { verb, name, cause, reason } = decision;
  const { nowMs } = draft.input;
  const path = draft.group.machines?.find((machine) => machine.path.endsWith(`/${name}`))?.path;
  const node = path === undefined ? undefined : nodeOf(draft.input.cluster, path);
  if (verb === "delete")
    draft.leave.set(name, { cause, reason: `${reason}; ${whyEmpty(draft, name, node)}` });
  else if (node === undefined) return;
  else if (verb === "cordon") draft.actions.push(cordoning(node, decision, nowMs));
  else if (verb === "uncordon") draft.actions.push(uncordoning(node, reason));
  // Which boot it was drained in is what tells later that it was restarted.
  else if (verb === "restart" && node.cordoned?.drainedBoot !== node.bootId)
    draft.actions.push(notingDrained(node, { cause, reason: `node ${node.name} is drained` }, nowMs));
  else if (verb === "restart")
    draft.restart.set(name, { cause, reason: `${reason}; it is drained, and restarts with the present one` });
  else drain(draft, decision, node);
}

function whyEmpty({ input, group }: Draft, name: string, node: NodeFacts | undefined): string {
  if (node === undefined) {
    const said = input.observed.find((one) => one.name === name)?.console;
    return said === undefined ? "it has no node" : `it has no node, and its console ends with: ${said}`;
  }
  const isOff = group.machines?.some(({ path, running }) => path.endsWith(`/${name}`) && !running);
  return isOff === true ? "it does not run" : "its node is drained";
}

function drain(
  draft: Draft,
  { name: machine, cause, reason, sinceMs, keep, leave }: MachineDecision,
  node: NodeFacts,
): void {
  const { input, policy } = draft;
  const { nowMs } = input;
  const seen = input.observed.find(({ name }) => name === node.name);
  const { cordoned } = node;
  // Cordoned after the look at the pods: the next round looks again.
  if (seen === undefined || cordoned === undefined) {
    draft.waits.push(`a look at the pods of node ${node.name}`);
    return;
  }
  const { pods, budgets } = seen;
  const begunMs = sinceMs ?? cordoned.sinceMs;
  const decision = decideDrain({ node, sinceMs: begunMs, nowMs, ...policy, pods, budgets });
  draft.drains.set(node.name, { decision, sinceMs: begunMs, policy });
  const left = decision.overridden.length === 0 ? "" : ` (${decision.overridden.join("; ")})`;
  if (decision.finished && leave?.afterwards !== undefined) afterDrain(draft, machine, leave);
  else if (decision.finished && keep === true)
    draft.actions.push(notingDrained(node, { cause, reason: `node ${node.name} is drained${left}` }, nowMs));
  else if (decision.finished)
    draft.leave.set(machine, { cause, reason: `${reason}; its node is drained${left}` });
  draft.actions.push(...decision.evictions.map((one) => evicting(one, cause)));
  if (decision.waiting.length > 0) draft.waits.push(drained(node.name, begunMs, decision.waiting));
  for (const message of decision.problems) stuck(draft, node.name, message, false);
}

/** It is drained for a command, and stays. */
function afterDrain({ input, group, actions, waits, commands }: Draft, machine: string, leave: Leave): void {
  const { operation = "", afterwards } = leave;
  if (afterwards === "stay") {
    const message = `node ${machine} is drained; it stays cordoned until it is uncordoned`;
    commands.push({ operation, news: "succeeded", message });
    return;
  }
  const path = group.machines?.find((one) => one.path.endsWith(`/${machine}`))?.path ?? "";
  const restart = restartFor(input.cluster, path, group.pool, leave, input.nowMs);
  if (restart === undefined) waits.push(`machine ${machine} to come back from its restart`);
  else actions.push(restart);
}

/** A sentence must stay readable with a hundred pods on the node. */
const NAMED_MAX = 3;
function drained(name: string, sinceMs: number, holds: readonly string[]): string {
  const more = holds.length > NAMED_MAX ? [`${holds.length - NAMED_MAX} more`] : [];
  const why = [...holds.slice(0, NAMED_MAX), ...more].join(", ");
  return `node ${name} to be drained, since ${new Date(sinceMs).toISOString()}: ${why}`;
}

/** A person must act, and is noticed when it happened: so it is also waited for. */
function stuck(draft: Draft, name: string, message: string, waited = true): void {
  const because = waited ? "CordonedByOthers" : "DrainBlocked";
  draft.problems.push({ key: `/api/v1/nodes/${name}`, code: "blocked", because, message });
  if (waited) draft.waits.push(`node ${name} to be uncordoned by whoever cordoned it`);
}

/** One change of a group at a time: a deletion lowers the target, which growth must have seen. */
function groupChange({ input, group, leave, restart, decision, repairs }: Draft): NodeCareAction | undefined {
  // Failed machines one by one, for each is remembered by itself.
  const [failed] = [...leave.keys()].filter((name) => repairs?.leaves.get(name)?.cause === "repair");
  if (failed !== undefined) {
    const action = deletingMachines(group, new Set([failed]), leave.get(failed) ?? { reason: "" });
    return { ...action, ...repairOf(group.pool, repairs, failed, action.reason, input.nowMs) };
  }
  if (leave.size > 0) return deletingMachines(group, new Set(leave.keys()), together(leave));
  if (restart.size > 0) return restartingMachines(group, new Set(restart.keys()), together(restart));
  return decision.grow === undefined ? undefined : growing(group, decision.grow.to, decision.grow);
}

function together(machines: ReadonlyMap<string, Because>): Because {
  const [first = { reason: "" }, ...others] = machines.values();
  if (others.length === 0) return first;
  const reason = `${first.reason}; and ${others.length} more`;
  return others.every(({ cause }) => cause === first.cause) ? { ...first, reason } : { reason };
}

/** A pool in order has no reason for a cordon of ours: a change was taken back after a drain had begun. */
function leftovers({ cluster }: Input, group: GroupFacts, wish: PoolWish | undefined): Plan<NodeCareAction> {
  const base = group.path.split("/").at(-1) ?? "";
  const { kubernetes, machines = [], stoppingMachines = [] } = cluster.facts;
  const actions: NodeCareAction[] = [];
  const waiting: Waiting[] = [];
  for (const node of kubernetes?.nodes ?? []) {
    if (
      node.cordoned === undefined ||
      isParked(cordonIn(node)) ||
      node.name.slice(0, node.name.lastIndexOf("-")) !== base
    )
      continue;
    const isIts = (path: string) => path.endsWith(`/instances/${node.name}`);
    // A group may forget a machine before it is gone; then its Node goes.
    if (stoppingMachines.some(isIts)) {
      waiting.push({ key: group.path, reason: `machine ${node.name} to be deleted` });
      continue;
    }
    const path = machines.find(isIts);
    const away = path && wish && returningOf(cluster, wish, path, node, true);
    if (away !== undefined) waiting.push({ key: group.path, reason: away });
    else if (path !== undefined)
      actions.push(
        uncordoning(
          node,
          node.cordoned.drainedMs !== undefined && wish?.pool.upgrade.strategy === "in-place"
            ? `${node.name} is back with the present template`
            : `pool ${group.pool} keeps ${node.name} after all`,
        ),
      );
  }
  return { actions, waiting, problems: [] };
}
