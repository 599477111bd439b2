/**
 * Failed machines that are kept for somebody to look into (`repair.keepFailed`). Pure; where one stands is on the machine.
 *
 *   failed ─label─► leaving ─abandoned by its group─► labelled with the time, stopped ─too many, or its pool goes─► deleted
 */
import { parseComputePath } from "../../ports/compute.ts";
import type { Kept } from "../../status/care.ts";
import { type CallAction, calling, deletion } from "../gce/action.ts";
import { LABEL_KEPT } from "../owner.ts";
import type { Cluster, GroupFacts, KeptMachine, MachineState, Plan } from "../resource.ts";
import { abandoningMachines, type NodeCareAction } from "./action.ts";
import type { DrainingNode } from "./views.ts";

interface Input {
  readonly cluster: Cluster;
  readonly observed: readonly DrainingNode[];
  readonly nowMs: number;
}

/** Instead of its deletion; nothing for one that does not run: Compute Engine has taken it, or it was never made. */
export function keeping(
  { cluster, observed, nowMs }: Input,
  group: GroupFacts,
  path: string,
  reason: string,
): CallAction | undefined {
  const state = cluster.facts.machineStates?.get(path);
  if (state?.status !== "RUNNING") return undefined;
  const { name, scope, project } = parseComputePath(path);
  const zone = scope.replace("zones/", "");
  if (state.kept === undefined) return labelling(path, state, "leaving", `${reason}; it is kept`);
  const console = observed.find((one) => one.name === name && one.console !== undefined)?.console;
  const kept: Kept = {
    pool: group.pool,
    machine: path,
    instanceId: state.instanceId,
    atMs: nowMs,
    reason,
    ...(console === undefined ? {} : { console }),
    look: `gcloud compute disks snapshot ${name} --zone ${zone} --project ${project}, and attach a disk made from that to a machine of yours`,
  };
  const said = console === undefined ? "" : `; its console ends with: ${console}`;
  const why = `${reason}; it is kept, stopped, outside of pool ${group.pool}${said}`;
  return { ...abandoningMachines(group, new Set([name]), why), kept };
}

export function planKept(cluster: Cluster, nowMs: number): Plan<NodeCareAction> {
  const { facts } = cluster;
  const states = [...(facts.machineStates ?? [])].filter(([, { kept }]) => kept !== undefined);
  const actions: NodeCareAction[] = states.flatMap(([path, state]) => settling(cluster, path, state, nowMs));
  const waiting = states
    .filter(([, { kept }]) => typeof kept === "object")
    .map(([path]) => ({
      key: path,
      reason: `machine ${parseComputePath(path).name}, which is kept, to stop`,
    }));
  return { actions: [...actions, ...surplus(cluster)], waiting, problems: [] };
}

/** On its way out of the pool. */
function settling(
  { facts }: Cluster,
  path: string,
  state: MachineState,
  nowMs: number,
): readonly NodeCareAction[] {
  if (state.status !== "RUNNING") return [];
  const { name } = parseComputePath(path);
  if (state.kept !== "leaving") {
    const ref = { ...parseComputePath(path), kind: "instances" as const };
    return [calling("instances.stop", ref, {}, `${name} failed and is kept, stopped, to be looked into`)];
  }
  const base = name.slice(0, name.lastIndexOf("-"));
  const group = facts.groups?.find((one) => one.path.endsWith(`/${base}`));
  const isMember = group?.machines?.some((one) => one.path === path) ?? true;
  if (group !== undefined && isMember) return [];
  const since = String(Math.floor(nowMs / 1000));
  return [labelling(path, state, since, `${name} is of no group any more, and kept`)];
}

/** More than the pool keeps: the oldest go; and all of a pool that is gone. */
function surplus({ facts, spec }: Cluster): readonly NodeCareAction[] {
  const byPool = Map.groupBy(facts.kept ?? [], ({ pool }) => pool);
  return [...byPool].flatMap(([name, kept]) => {
    const most = spec.nodePools.find((pool) => pool.name === name)?.repair.keepFailed ?? 0;
    const old = kept.toSorted((one, other) => other.sinceMs - one.sinceMs).slice(most);
    return old.map((one) => dropping(one, most));
  });
}

function dropping({ path, pool }: KeptMachine, most: number): NodeCareAction {
  const why =
    most === 0
      ? `pool ${pool} keeps no failed machines any more`
      : `pool ${pool} keeps ${most} failed machines, and this one is older than those`;
  return deletion({ ...parseComputePath(path), kind: "instances" as const }, why);
}

function labelling(path: string, state: MachineState, value: string, reason: string): CallAction {
  const { labels = {}, labelFingerprint } = state;
  const body = {
    labels: { ...labels, [LABEL_KEPT]: value },
    ...(labelFingerprint === undefined ? {} : { labelFingerprint }),
  };
  return calling("instances.setLabels", { ...parseComputePath(path), kind: "instances" }, body, reason);
}
