/** Plans node care: decisions about each pool and each drain become actions, waits and problems. Pure. */
import { decideDrain } from "../../nodes/drain.ts";
import { decideRepairs, type PoolRepairs } from "../../nodes/repair.ts";
import { decidePool, type MachineDecision, type PoolDecision } from "../../nodes/rollout.ts";
import type { Cluster, GroupFacts, NodeFacts, Plan, Problem, Waiting } from "../resource.ts";
import {
  cordoning,
  deletingMachines,
  evicting,
  growing,
  type NodeCareAction,
  uncordoning,
} from "./action.ts";
import { careView, groupMachines } from "./care-view.ts";
import { planMembers } from "./plan-members.ts";
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
  const repairs = decideRepairs(careView(input.cluster, input.nowMs));
  const plans = (input.cluster.facts.groups ?? []).flatMap(
    (group) => planGroup(input, group, repairs.get(group.pool)) ?? [],
  );
  const members = planMembers(input.cluster, input.nowMs);
  const awaited = members.waiting.map((reason) => ({ key: "control-plane", reason }));
  return {
    actions: [...members.actions, ...plans.flatMap(({ actions }) => actions)],
    waiting: [...awaited, ...plans.flatMap(({ waiting }) => waiting)],
    problems: plans.flatMap(({ problems }) => problems),
  };
}

/** Nothing is taken by a template that is about to change: the group gets the spec's own first. */
function planGroup(
  input: Input,
  listed: GroupFacts,
  repairs: PoolRepairs | undefined,
): Plan<NodeCareAction> | undefined {
  const wish = input.desired.find(({ name }) => name === listed.pool);
  if (wish !== undefined && wish.template !== listed.template) return undefined;
  const group = isInOrder(listed, repairs)
    ? listed
    : { ...listed, machines: groupMachines(input.cluster, listed) };
  if (group.machines === undefined) return leftovers(input, group);
  const view = poolView(input.cluster, group, wish, repairs);
  const decision = decidePool(view);
  const draft: Draft = {
    input,
    group,
    policy: drainPolicy(wish),
    decision,
    repairs,
    leave: new Map(),
    actions: [],
    waits: [],
    problems: [],
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
    actions: change === undefined ? draft.actions : [...draft.actions, change],
    waiting: draft.waits.map((reason) => ({ key: group.path, reason, ...progress })),
    problems: draft.problems,
  };
}

/** As many machines as it shall have, of its template, and all of them well. */
function isInOrder({ machines }: GroupFacts, repairs: PoolRepairs | undefined): boolean {
  return machines === undefined && (repairs?.judged ?? []).every(({ verdict }) => verdict.is === "well");
}

interface Draft {
  readonly input: Input;
  readonly repairs: PoolRepairs | undefined;
  readonly group: GroupFacts;
  readonly policy: DrainPolicy;
  readonly decision: PoolDecision;
  /** Machines that may be deleted now, and why. */
  readonly leave: Map<string, string>;
  readonly actions: NodeCareAction[];
  readonly waits: string[];
  readonly problems: Problem[];
}

function carryOut(draft: Draft, { verb, name, reason }: MachineDecision): void {
  const path = draft.group.machines?.find((machine) => machine.path.endsWith(`/${name}`))?.path;
  const node = path === undefined ? undefined : nodeOf(draft.input.cluster, path);
  if (verb === "delete") {
    const empty = node === undefined ? `it has no node${lastWordsOf(draft, name)}` : "it does not run";
    draft.leave.set(name, `${reason}; ${empty}`);
  } else if (node === undefined) return;
  else if (verb === "cordon") draft.actions.push(cordoning(node, reason, draft.input.nowMs));
  else if (verb === "uncordon") draft.actions.push(uncordoning(node, reason));
  else drain(draft, name, node, reason);
}

function lastWordsOf({ input }: Draft, machine: string): string {
  const said = input.observed.find(({ name }) => name === machine)?.console;
  return said === undefined ? "" : `, and its console ends with: ${said}`;
}

function drain(draft: Draft, machine: string, node: NodeFacts, reason: string): void {
  const { input, policy } = draft;
  const seen = input.observed.find(({ name }) => name === node.name);
  const { cordoned } = node;
  // Cordoned after the look at the pods: the next round looks again.
  if (seen === undefined || cordoned === undefined) {
    draft.waits.push(`a look at the pods of node ${node.name}`);
    return;
  }
  const { pods, budgets } = seen;
  const decision = decideDrain({ node, ...cordoned, nowMs: input.nowMs, ...policy, pods, budgets });
  const left = decision.overridden.length === 0 ? "" : ` (${decision.overridden.join("; ")})`;
  if (decision.finished) draft.leave.set(machine, `${reason}; its node is drained${left}`);
  draft.actions.push(...decision.evictions.map(evicting));
  if (decision.waiting.length > 0) draft.waits.push(drained(node.name, cordoned.sinceMs, decision.waiting));
  for (const message of decision.problems) stuck(draft, node.name, message, false);
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
  draft.problems.push({ key: `/api/v1/nodes/${name}`, code: "blocked", message });
  if (waited) draft.waits.push(`node ${name} to be uncordoned by whoever cordoned it`);
}

/** One change of a group at a time: a deletion lowers the target, which growth must have seen. */
function groupChange({ input, group, leave, decision, repairs }: Draft): NodeCareAction | undefined {
  // Failed machines one by one, for each is remembered by itself.
  const [failed] = [...leave.keys()].filter((name) => repairs?.leaves.get(name)?.cause === "repair");
  if (failed !== undefined) {
    const action = deletingMachines(group, new Set([failed]), leave.get(failed) ?? "");
    return { ...action, ...repairOf(group.pool, repairs, failed, action.reason, input.nowMs) };
  }
  const [why] = leave.values();
  if (why !== undefined) {
    const more = leave.size === 1 ? "" : `; and ${leave.size - 1} more`;
    return deletingMachines(group, new Set(leave.keys()), why + more);
  }
  return decision.grow === undefined ? undefined : growing(group, decision.grow.to, decision.grow.reason);
}

/** A pool in order has no reason for a cordon of ours: a change was taken back after a drain had begun. */
function leftovers({ cluster }: Input, group: GroupFacts): Plan<NodeCareAction> {
  const base = group.path.split("/").at(-1) ?? "";
  const { kubernetes, machines = [], stoppingMachines = [] } = cluster.facts;
  const actions: NodeCareAction[] = [];
  const waiting: Waiting[] = [];
  for (const node of kubernetes?.nodes ?? []) {
    if (node.cordoned === undefined || node.name.slice(0, node.name.lastIndexOf("-")) !== base) continue;
    const isIts = (path: string) => path.endsWith(`/instances/${node.name}`);
    // A group may forget a machine before it is gone; then its Node goes.
    if (stoppingMachines.some(isIts))
      waiting.push({ key: group.path, reason: `machine ${node.name} to be deleted` });
    else if (machines.some(isIts))
      actions.push(uncordoning(node, `pool ${group.pool} keeps ${node.name} after all`));
  }
  return { actions, waiting, problems: [] };
}
