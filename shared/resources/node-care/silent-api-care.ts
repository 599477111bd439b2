/**
 * Managed kind "silent-api": restarts machines of a control plane whose API is silent. It is of the cloud's kinds, for what
 * lives inside the cluster is not even planned then, and looks at nothing by itself.
 */
import { pauseHolds } from "../../nodes/pause.ts";
import { timesOf } from "../../nodes/repair-memory.ts";
import { decideSilent } from "../../nodes/silent-api.ts";
import { parseComputePath } from "../../ports/compute.ts";
import { NO_CARE } from "../../status/care.ts";
import { type ComputeAction, calling, performCompute } from "../gce/action.ts";
import { CONTROL_PLANE, membersOf, type SeenMember } from "../member-health.ts";
import type { Cluster, ManagedKind } from "../resource.ts";

export const silentApi: ManagedKind<never, never, ComputeAction> = {
  kind: "silent-api",
  after: [],
  watches: ["control-plane", "nodes"],
  condition: "ControlPlaneReady",
  desire: () => [],
  observe: async () => [],
  plan: ({ cluster, nowMs }) => ({ actions: planSilence(cluster, nowMs).actions, waiting: [], problems: [] }),
  perform: (cloud, _cluster, action, requestId) => performCompute(cloud.compute, action, requestId),
};

export interface SilencePlan {
  readonly actions: readonly ComputeAction[];
  /** Noun phrases. */
  readonly waiting: readonly string[];
}

/** Nobody sees how its machines are: see decision 0027. */
export function planSilence(cluster: Cluster, nowMs: number): SilencePlan {
  const { care = NO_CARE, facts } = cluster;
  const { lostMs } = care;
  const nothing = { actions: [], waiting: [] };
  if (cluster.deleting || facts.kubernetes !== undefined || lostMs === null) return nothing;
  const members = membersOf(cluster, nowMs);
  const [pause] = pauseHolds(care.pauses, undefined, nowMs);
  if (pause !== undefined) return { ...nothing, waiting: [pause.waitsFor] };
  const decision = decideSilent(
    members.map(({ name, path, machine }) => ({
      name,
      ...(machine === undefined ? {} : { status: machine.status }),
      ...(machine?.startedMs === undefined ? {} : { startedMs: machine.startedMs }),
      resets: care.repairs
        .filter((one) => one.machine === path && one.step === "restart")
        .flatMap(timesOf)
        .filter((atMs) => atMs >= lostMs),
    })),
    lostMs,
    nowMs,
  );
  if ("waitsFor" in decision) return { ...nothing, waiting: [decision.waitsFor] };
  const member = members.find(({ name }) => name === decision.reset);
  const reset = member && resetting(member, decision.reason, nowMs);
  return { ...nothing, actions: reset === undefined ? [] : [reset], waiting: [] };
}

function resetting({ path, machine }: SeenMember, reason: string, nowMs: number): ComputeAction | undefined {
  if (path === undefined || machine === undefined) return undefined;
  const { instanceId } = machine;
  const repair = {
    pool: CONTROL_PLANE,
    machine: path,
    instanceId,
    step: "restart",
    atMs: nowMs,
    reason,
  } as const;
  const ref = { ...parseComputePath(path), kind: "instances" as const };
  return { ...calling("instances.reset", ref, {}, reason), repair };
}
