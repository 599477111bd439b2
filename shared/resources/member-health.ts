/** How the members of the control plane are, for whoever wants to take one of their machines. Pure. */
import { freshIncidents, HOST_RESTART_MS } from "../nodes/health.ts";
import { RESTART_TAKES_MS } from "../nodes/ladder.ts";
import type { Member } from "../nodes/quorum.ts";
import type { Incident } from "../status/inbox.ts";
import { servesAt, suspectAt } from "./member-signs.ts";
import { controlPlaneMachineName } from "./names.ts";
import type { Cluster, MachineState, NodeFacts } from "./resource.ts";

/** What `Repair.pool` says of a member. */
export const CONTROL_PLANE = "control-plane";

/** A member with what the cloud and the cluster say of it. */
export interface SeenMember extends Member {
  /** Absent while it has no machine. */
  readonly path?: string;
  readonly machine?: MachineState;
  readonly node?: NodeFacts;
}

/** One for each that the spec has. */
export function membersOf(cluster: Cluster, nowMs: number): readonly SeenMember[] {
  return memberNames(cluster).map((name) => memberAt(cluster, name, nowMs));
}

/** Of the machines that the spec has. */
export function memberNames(cluster: Cluster): readonly string[] {
  return Array.from({ length: cluster.spec.controlPlane.replicas }, (_, member) =>
    controlPlaneMachineName(cluster, member),
  );
}

function memberAt(cluster: Cluster, name: string, nowMs: number): SeenMember {
  const { kubernetes } = cluster.facts;
  const seen = suspectAt(cluster, name);
  const { path, machine, node } = seen;
  const serves = kubernetes !== undefined && servesAt(kubernetes, name);
  const healthy = machine?.status === "RUNNING" && node?.ready === true && serves;
  const doubt = path === undefined ? undefined : doubtOf(cluster, name, path, machine, nowMs);
  const awaits = healthy ? undefined : awaited(cluster, path, machine, nowMs);
  return {
    ...seen,
    healthy,
    ...(doubt === undefined ? {} : { doubt }),
    ...(awaits === undefined ? {} : { awaits }),
  };
}

const GRAVE: ReadonlySet<Incident["kind"]> = new Set(["host-error", "terminated", "preempted"]);
/** Its Node looks Ready until its heartbeat runs out: the cloud knows sooner. */
function doubtOf(
  { care }: Cluster,
  name: string,
  path: string,
  machine: MachineState | undefined,
  nowMs: number,
): string | undefined {
  const incidents = care?.incidents ?? [];
  const signs = {
    path,
    name,
    restartsItself: true,
    incidents,
    ...(machine === undefined ? {} : { machine }),
  };
  const grave = freshIncidents(signs).find(
    ({ kind, atMs }) => GRAVE.has(kind) && nowMs < atMs + HOST_RESTART_MS,
  );
  return grave === undefined ? undefined : `its host failed at ${new Date(grave.atMs).toISOString()}`;
}

function awaited(
  { care }: Cluster,
  path: string | undefined,
  machine: MachineState | undefined,
  nowMs: number,
): string | undefined {
  if (path === undefined) return "its machine to be made";
  if (machine?.status !== "RUNNING") return `its machine to run, which is ${machine?.status ?? "unknown"}`;
  const restarted = care?.repairs.some(
    ({ machine: what, instanceId, step, atMs }) =>
      what === path &&
      instanceId === machine.instanceId &&
      step === "restart" &&
      nowMs < atMs + RESTART_TAKES_MS,
  );
  return restarted === true ? "its machine to be well after its restart" : undefined;
}

/** It was decided that this machine is replaced, and it is still not well: it needs no protection any more. */
export function isBeingReplaced({ care, facts }: Cluster, name: string): boolean {
  const [path, machine] =
    [...(facts.machineStates ?? [])].find(([one]) => one.endsWith(`/instances/${name}`)) ?? [];
  const { kubernetes } = facts;
  const isReady = kubernetes?.nodes.find((node) => node.name === name)?.ready === true;
  const isWell = kubernetes !== undefined && isReady && servesAt(kubernetes, name);
  if (machine === undefined || isWell) return false;
  return (
    care?.repairs.some(
      (repair) =>
        repair.pool === CONTROL_PLANE &&
        repair.step === "recreate" &&
        repair.machine === path &&
        repair.instanceId === machine.instanceId,
    ) === true
  );
}
