/** Carries a pool's decision out: cordons, drains, evictions, and the one change of its group; all of it as a plan. Pure. */
import type { Cause, Leave } from "../../nodes/cause.ts";
import type { CommandNews } from "../../nodes/commands.ts";
import { decideDrain } from "../../nodes/drain.ts";
import type { PoolRepairs } from "../../nodes/repair.ts";
import type { MachineDecision, PoolDecision } from "../../nodes/rollout.ts";
import type { Cluster, GroupFacts, NodeFacts, Problem } from "../resource.ts";
import {
  type Because,
  cordoning,
  deletingMachines,
  evicting,
  growing,
  type NodeCareAction,
  notingDrained,
  restartingMachines,
  uncordoning,
} from "./action.ts";
import { restartFor } from "./command-plan.ts";
import type { SeenDrain } from "./ledger.ts";
import { keeping } from "./plan-kept.ts";
import { repairOf } from "./repair-actions.ts";
import { type DrainingNode, type DrainPolicy, nodeOf } from "./views.ts";

/** What a decision is carried out among. */
export interface CareInput {
  readonly cluster: Cluster;
  readonly observed: readonly DrainingNode[];
  readonly nowMs: number;
}
export interface Draft {
  readonly input: CareInput;
  readonly repairs: PoolRepairs | undefined;
  readonly group: GroupFacts;
  readonly policy: DrainPolicy;
  readonly decision: PoolDecision;
  /** What the drains of this pass have come to, by node, in their order: each knows what those before it spend. */
  readonly drains: Map<string, SeenDrain>;
  /** Failed machines are kept. */
  readonly keeps: boolean;
  /** Machines that may be deleted now, and why. */
  readonly leave: Map<string, Because>;
  /** Machines that may be restarted now, and why. */
  readonly restart: Map<string, Because>;
  readonly actions: NodeCareAction[];
  readonly waits: string[];
  readonly problems: Problem[];
  readonly commands: CommandNews[];
}

export function carryOut(draft: Draft, decision: MachineDecision): void {
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

const NOTHING_SPENT: ReadonlyMap<string, number> = new Map();

function drain(draft: Draft, decided: MachineDecision, node: NodeFacts): void {
  const { cause, sinceMs, leave } = decided;
  const { input, policy } = draft;
  const { nowMs } = input;
  const seen = input.observed.find(({ name }) => name === node.name);
  const { cordoned } = node;
  // Drained and kept before this was decided: its pods are not looked at any more.
  if (seen === undefined && cordoned?.drainedMs !== undefined) {
    if (decided.keep !== true) drainedWhole(draft, decided, node, "");
    return;
  }
  // Cordoned after the look at the pods: the next round looks again.
  if (seen === undefined || cordoned === undefined) {
    draft.waits.push(`a look at the pods of node ${node.name}`);
    return;
  }
  const { pods, budgets } = seen;
  const resumedMs = draft.input.cluster.care?.resumedMs ?? 0;
  const begunMs = Math.max(sinceMs ?? cordoned.sinceMs, leave?.sinceMs ?? 0, resumedMs);
  const spent = [...draft.drains.values()].at(-1)?.decision.spent ?? NOTHING_SPENT;
  const decision = decideDrain({ node, sinceMs: begunMs, nowMs, ...policy, pods, budgets, spent });
  draft.drains.set(node.name, { decision, sinceMs: begunMs, policy });
  const left = decision.overridden.length === 0 ? "" : ` (${decision.overridden.join("; ")})`;
  if (decision.finished) drainedWhole(draft, decided, node, left);
  draft.actions.push(...decision.evictions.map((one) => evicting(one, cause)));
  if (decision.waiting.length > 0) draft.waits.push(drained(node.name, begunMs, decision.waiting));
  for (const message of decision.problems) stuck(draft, node.name, message, false);
}

function drainedWhole(
  draft: Draft,
  { name, cause, reason, keep, leave }: MachineDecision,
  node: NodeFacts,
  left: string,
): void {
  const { nowMs } = draft.input;
  if (leave?.afterwards !== undefined) afterDrain(draft, name, leave);
  else if (keep === true)
    draft.actions.push(notingDrained(node, { cause, reason: `node ${node.name} is drained${left}` }, nowMs));
  else draft.leave.set(name, { cause, reason: `${reason}; its node is drained${left}` });
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
export function stuck(draft: Draft, name: string, message: string, waited = true): void {
  const because = waited ? "CordonedByOthers" : "DrainBlocked";
  draft.problems.push({ key: `/api/v1/nodes/${name}`, code: "blocked", because, message });
  if (waited) draft.waits.push(`node ${name} to be uncordoned by whoever cordoned it`);
}

/** Of a machine that failed and leaves for it, by itself or because somebody asked. */
const MENDS: ReadonlySet<Cause | undefined> = new Set<Cause | undefined>(["repair", "command"]);

/** One change of a group at a time: a deletion lowers the target, which growth must have seen. */
export function groupChange({
  input,
  group,
  leave,
  restart,
  decision,
  repairs,
  keeps,
}: Draft): NodeCareAction | undefined {
  // Failed machines one by one, for each is remembered by itself.
  const [failed] = [...leave.keys()].filter((name) => MENDS.has(repairs?.leaves.get(name)?.cause));
  if (failed !== undefined) {
    const why = leave.get(failed) ?? { reason: "" };
    const { reason } = why;
    const repair = repairOf(group.pool, repairs, failed, reason, input.nowMs);
    const path = group.machines?.find((one) => one.path.endsWith(`/${failed}`))?.path ?? "";
    const kept = keeps && "repair" in repair ? keeping(input, group, path, reason) : undefined;
    if (kept?.verb === "instances.setLabels") return kept;
    return { ...(kept ?? deletingMachines(group, new Set([failed]), why)), ...repair };
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
