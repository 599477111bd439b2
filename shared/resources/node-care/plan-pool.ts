/** Plans the care of one pool: its decision becomes actions, waits and problems. Pure. */
import { haltMessage, isHalted } from "../../nodes/canary.ts";
import { isParked, type NodeOrders } from "../../nodes/commands.ts";
import { heldBy } from "../../nodes/hold.ts";
import type { PoolView } from "../../nodes/pool-view.ts";
import type { PoolRepairs } from "../../nodes/repair.ts";
import { begunBy, decideByStrategy } from "../../nodes/strategy.ts";
import type { PoolCare } from "../../status/care.ts";
import type { Cluster, GroupFacts, NodeFacts, Plan, Problem, Waiting } from "../resource.ts";
import { type NodeCareAction, notingProven, uncordoning } from "./action.ts";
import { type CareInput, carryOut, type Draft, groupChange, stuck } from "./carry-out.ts";
import { withCommanded } from "./command-orders.ts";
import { cordonIn } from "./cordon-in.ts";
import { groupMachines } from "./group-machines.ts";
import type { SeenDrain } from "./ledger.ts";
import { returningOf, strategyOf, type UpgradeView, upgradeView } from "./probation.ts";
import { restarting } from "./repair-actions.ts";
import { drainPolicy, type PoolWish, poolView } from "./views.ts";

/** A pool with all that is known of it when it is decided about. */
export interface PoolScene {
  /** With its machines, unless it is in order. */
  readonly group: GroupFacts;
  /** Absent when the spec has no such pool any more. */
  readonly wish: PoolWish | undefined;
  readonly repairs: PoolRepairs | undefined;
  readonly upgrade: UpgradeView | undefined;
  readonly view: PoolView;
  /**
   * Its group is about to get another template, as a noun phrase: nothing is taken by the one that it has, but for what
   * failed, or was asked for. It may be long in coming: an image that is not there, a template that is refused.
   */
  readonly awaits: string | undefined;
}
export interface GroupPlan extends Plan<NodeCareAction> {
  readonly pool: string;
  /** Nodes that it disturbs anew. */
  readonly begun: number;
  readonly care?: PoolCare | undefined;
}

export function poolScene(
  input: CareInput & { readonly desired: readonly PoolWish[] },
  listed: GroupFacts,
  orders: NodeOrders,
  repairs: PoolRepairs | undefined,
): PoolScene {
  const { cluster, observed, nowMs } = input;
  const wish = input.desired.find(({ name }) => name === listed.pool);
  const known = isInOrder(listed, repairs) ? listed : { ...listed, machines: groupMachines(cluster, listed) };
  const group = withCommanded(cluster, known, orders);
  const awaits = awaitedBy(wish, listed);
  const upgrade =
    wish === undefined || awaits !== undefined
      ? undefined
      : upgradeView({ cluster, group, wish, observed, orders, repairs, nowMs });
  const plain = poolView(cluster, group, wish, orders, nowMs, repairs);
  const view = upgrade?.view ?? (wish === undefined ? plain : { ...plain, strategy: strategyOf(wish) });
  return {
    group,
    wish,
    repairs,
    upgrade,
    view: awaits === undefined ? view : upgradeHeld(view, awaits),
    awaits,
  };
}

function awaitedBy(wish: PoolWish | undefined, { pool, template }: GroupFacts): string | undefined {
  if (wish === undefined) return undefined;
  return wish.missing ?? (wish.template === template ? undefined : `the new template of pool ${pool}`);
}
function upgradeHeld(view: PoolView, waitsFor: string): PoolView {
  return { ...view, holds: [...view.holds, { reason: "Waiting", causes: ["upgrade"], waitsFor }] };
}
/** Some machine of it leaves, or is restarted, for a reason of its own. */
function isAskedFor({ view, repairs }: PoolScene): boolean {
  return view.machines.some(({ leave }) => leave !== undefined) || (repairs?.restarts.length ?? 0) > 0;
}

/** As many machines as it shall have, of its template, and all of them well. */
function isInOrder({ machines }: GroupFacts, repairs: PoolRepairs | undefined): boolean {
  return machines === undefined && (repairs?.judged ?? []).every(({ verdict }) => verdict.is === "well");
}

/** Nothing of an upgrade while another template is awaited. @param room how many more nodes may be disturbed */
export function planPool(
  input: CareInput,
  scene: PoolScene,
  room: number,
  drains: Map<string, SeenDrain>,
): GroupPlan | undefined {
  const { group, wish, repairs, upgrade } = scene;
  if (scene.awaits !== undefined && !isAskedFor(scene)) return undefined;
  if (group.machines === undefined) return { ...atRest(input, scene), begun: 0 };
  const view = { ...scene.view, room };
  const decision = decideByStrategy(view, input.nowMs);
  const draft: Draft = {
    input,
    group,
    policy: drainPolicy(wish),
    decision,
    drains,
    repairs,
    keeps: (wish?.pool.repair.keepFailed ?? 0) > 0,
    leave: new Map(),
    restart: new Map(),
    actions: (upgrade?.passed ?? []).map((node) => notingProven(node, group.template, group.pool)),
    waits: [],
    problems: [...haltProblems(scene)],
    commands: [],
  };
  for (const machine of decision.machines) carryOut(draft, machine);
  for (const { name, message } of decision.problems) stuck(draft, name, message);
  draft.waits.push(...decision.waiting, ...(repairs?.waiting ?? []));
  draft.actions.push(
    ...(repairs?.restarts ?? []).map((restart) => restarting(group.pool, restart, input.nowMs)),
  );
  const change = groupChange(draft);
  const idle = change === undefined && draft.actions.length + draft.waits.length === 0;
  if (!group.stable && idle) draft.waits.push(`the group of pool ${group.pool} to come to rest`);
  const progress = decision.progress === undefined ? {} : { progress: decision.progress };
  return {
    pool: group.pool,
    actions: [...draft.actions, ...(change === undefined ? [] : [change])].map((action) =>
      grounded(action, scene),
    ),
    waiting: draft.waits.map((reason) => ({
      key: group.path,
      reason,
      ...progress,
      ...heldBy(view.holds, reason),
    })),
    problems: draft.problems,
    commands: draft.commands,
    begun: begunBy(view, decision),
    care: scene.awaits === undefined ? upgrade?.care : remembered(input.cluster, group),
  };
}

/**
 * Which machines are outdated or too many is told by their group, whatever else is known of a machine; but not which of
 * those that stay was restarted.
 */
function grounded(action: NodeCareAction, { view: { strategy } }: PoolScene): NodeCareAction {
  if (strategy?.kind === "in-place") {
    const { restsOn: _less, ...whole } = action;
    return whole as NodeCareAction;
  }
  const isPlanned = action.cause === "upgrade" || action.cause === "scale-down";
  return isPlanned && action.restsOn === undefined ? { ...action, restsOn: ["machine-groups"] } : action;
}

function remembered({ care }: Cluster, { pool }: GroupFacts): PoolCare | undefined {
  return care?.pools.find((one) => one.pool === pool);
}

/** As many machines as the spec asks for, all alike: an upgrade that went back is over, but not as the spec wants it. */
function atRest(input: CareInput, scene: PoolScene): Omit<GroupPlan, "begun"> {
  const { group, wish, upgrade } = scene;
  const rest = leftovers(input, scene);
  const problems = [...rest.problems, ...haltProblems(scene)];
  // Whatever was bad on the way, all of it is of the spec's template now.
  const isDone = wish === undefined || group.template === (wish.wanted ?? wish.template);
  return { ...rest, problems, pool: group.pool, care: isDone ? undefined : upgrade?.care };
}

function haltProblems({ group, upgrade, wish }: PoolScene): readonly Problem[] {
  const care = upgrade?.care;
  if (care === undefined || wish === undefined) return [];
  if (!isHalted(care, wish.wanted ?? wish.template, wish.pool.upgrade)) return [];
  return [
    { key: group.path, code: "blocked", because: "Halted", message: haltMessage(care, group.template) },
  ];
}

function isKept({ facts }: Cluster, name: string): boolean {
  const all = [...(facts.machineStates ?? [])];
  return all.some(([path, { kept }]) => kept !== undefined && path.endsWith(`/instances/${name}`));
}

/** Why a node that was drained takes pods again, when its machine was restarted and not replaced. */
function returnOf({ name, cordoned }: NodeFacts, wish: PoolScene["wish"]): string | undefined {
  if (/^restart-/.test(cordoned?.operation ?? "")) return `${name} is back from its restart`;
  if (cordoned?.drainedMs === undefined || wish?.pool.upgrade.strategy !== "in-place") return undefined;
  return `${name} is back with the present template`;
}

/** A pool in order has no reason for a cordon of ours: a change was taken back after a drain had begun. */
function leftovers({ cluster }: CareInput, { group, wish }: PoolScene): Plan<NodeCareAction> {
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
    // It was drained, and is kept outside of the pool.
    if (isKept(cluster, node.name)) continue;
    const isIts = (path: string) => path.endsWith(`/instances/${node.name}`);
    // A group may forget a machine before it is gone; then its Node goes.
    if (stoppingMachines.some(isIts)) {
      const end = returnOf(node, wish) !== undefined ? "stop, and to start again" : "be deleted";
      waiting.push({ key: group.path, reason: `machine ${node.name} to ${end}` });
      continue;
    }
    const path = machines.find(isIts);
    const away = path && wish && returningOf(cluster, wish, path, node, true);
    if (away !== undefined) waiting.push({ key: group.path, reason: away });
    else if (path !== undefined)
      actions.push(
        uncordoning(node, returnOf(node, wish) ?? `pool ${group.pool} keeps ${node.name} after all`),
      );
  }
  return { actions, waiting, problems: [] };
}
