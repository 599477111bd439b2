/** Plans node care: every pool within the cluster's limit, what was commanded, and members of the control plane. Pure. */
import { isDeepStrictEqual } from "node:util";
import { decideRepairs } from "../../nodes/repair.ts";
import { inFlightOf } from "../../nodes/strategy.ts";
import type { PoolCare } from "../../status/care.ts";
import type { Cluster, Plan } from "../resource.ts";
import { type NodeCareAction, unmarking } from "./action.ts";
import { careView } from "./care-view.ts";
import type { CareInput } from "./carry-out.ts";
import { commandOrders } from "./command-orders.ts";
import { planCommands } from "./command-plan.ts";
import { planCommandedMembers } from "./commanded-members.ts";
import { ledgerOf, type SeenDrain } from "./ledger.ts";
import { membersInFlight } from "./member-room.ts";
import { isMemberNext } from "./plan-control-plane-care.ts";
import { planKept } from "./plan-kept.ts";
import { planMembers } from "./plan-members.ts";
import { type GroupPlan, type PoolScene, planPool, poolScene } from "./plan-pool.ts";
import type { PoolWish } from "./views.ts";

interface Input extends CareInput {
  readonly desired: readonly PoolWish[];
}

export function planNodeCare(input: Input): Plan<NodeCareAction> {
  if (input.cluster.deleting) return { actions: [], waiting: [], problems: [] };
  const { cluster, nowMs } = input;
  const orders = commandOrders(cluster, nowMs);
  const repairs = decideRepairs(careView(cluster, nowMs));
  const scenes = (cluster.facts.groups ?? []).map((group) =>
    poolScene(input, group, orders, repairs.get(group.pool)),
  );
  const drains = new Map<string, SeenDrain>();
  const pools = planPools(input, scenes, drains);
  const care = nextPools(cluster, pools);
  const plans: readonly Plan<NodeCareAction>[] = [
    ...pools,
    planKept(cluster, nowMs),
    planCommands(cluster, orders, nowMs),
  ];
  const commands = plans.flatMap((plan) => plan.commands ?? []);
  const members = planMembers(cluster, nowMs);
  const asked = planCommandedMembers(cluster, orders, members.actions.length > 0, nowMs);
  // Evictions last: there may be hundreds, a pass has room for some, and machines of other pools wait for none of them.
  const cared = plans.flatMap(({ actions }) => actions).toSorted((a, b) => turnOf(a) - turnOf(b));
  const awaited = [
    ...[...members.waiting, ...asked.waiting].map((reason) => ({ key: "control-plane", reason })),
    ...input.desired.flatMap(({ name, missing }) =>
      missing === undefined ? [] : [{ key: name, reason: missing }],
    ),
  ];
  return {
    // Marks after cordons: a node that is cordoned anew gets others.
    actions: [...members.actions, ...asked.actions, ...cared, ...unmarked(cluster)],
    waiting: [...awaited, ...plans.flatMap(({ waiting }) => waiting)],
    problems: plans.flatMap(({ problems }) => problems),
    ...(commands.length === 0 ? {} : { commands }),
    ...(cluster.facts.kubernetes === undefined ? {} : { disruptions: ledgerOf(input, drains) }),
    ...(care === undefined ? {} : { pools: care }),
  };
}

function turnOf(action: NodeCareAction): number {
  return "namespace" in action ? 1 : 0;
}

function unmarked({ facts }: Cluster): readonly NodeCareAction[] {
  return (facts.kubernetes?.nodes ?? []).filter(({ marked }) => marked === true).map(unmarking);
}

function planPools(
  input: Input,
  scenes: readonly PoolScene[],
  drains: Map<string, SeenDrain>,
): readonly GroupPlan[] {
  let room = roomOf(input, scenes);
  return inTurn(scenes).flatMap((scene) => {
    const planned = planPool(input, scene, room, drains);
    room = Math.max(0, room - (planned?.begun ?? 0));
    return planned ?? [];
  });
}

/** Whose drains are not told by cordons comes first: what it drains, it drains on, before others begin. */
function inTurn(scenes: readonly PoolScene[]): readonly PoolScene[] {
  const rank = ({ view }: PoolScene) => (view.strategy?.kind === "blue-green" ? 0 : 1);
  return scenes.toSorted((one, other) => rank(one) - rank(other));
}

/** How many more nodes may be disturbed, over all pools, beside the control plane; all that the pools themselves allow where the spec sets no limit. */
function roomOf({ cluster, nowMs }: Input, scenes: readonly PoolScene[]): number {
  const { maxDisruptions } = cluster.spec.maintenance;
  if (maxDisruptions === undefined) return Number.POSITIVE_INFINITY;
  const pools = scenes.reduce((sum, { view }) => sum + inFlightOf(view), 0);
  const next = isMemberNext(cluster, nowMs) ? 1 : 0;
  const inFlight = pools + membersInFlight(cluster, nowMs) + next;
  return Math.max(0, maxDisruptions - inFlight);
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
