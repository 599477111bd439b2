/** What speaks against a control-plane member, and since when: its node is not Ready, or a part of it is dead. Pure. */
import { sinceOf } from "../nodes/health.ts";
import type { MissingPart } from "../status/care.ts";
import { patienceMs } from "./patience.ts";
import type { Cluster, KubernetesFacts, MachineState, MemberPart, NodeFacts } from "./resource.ts";

/** As the default of pools: Compute Engine has had its time to restart it. */
const SILENT_MS = 10 * 60_000;
/** In the order of their dependency: an API server asks the etcd beside it. */
const PARTS: readonly MemberPart["component"][] = ["etcd", "kube-apiserver"];

export interface MemberSign {
  readonly sinceMs: number;
  /** A clause: "node cp-1 has been silent since 2026-11-29T12:00:00.000Z". */
  readonly reason: string;
}
/** A member with what the cloud and the cluster say of it. */
export interface Suspect {
  readonly name: string;
  readonly machine?: MachineState;
  readonly node?: NodeFacts;
}

/** What is seen of the machine and the node of this name, and where the machine is. */
export function suspectAt({ facts }: Cluster, name: string): Suspect & { readonly path?: string } {
  const path = facts.machines?.find((one) => one.endsWith(`/instances/${name}`));
  const machine = path === undefined ? undefined : facts.machineStates?.get(path);
  const node = facts.kubernetes?.nodes.find((one) => one.name === name);
  return {
    name,
    ...(path === undefined ? {} : { path }),
    ...(machine === undefined ? {} : { machine }),
    ...(node === undefined ? {} : { node }),
  };
}

/**
 * It has failed, and its repair waits until the others are there: so another one does not wait for it. A member that comes
 * back is no change of etcd's members; one that is new needs all voters that there are.
 *
 * @param comesBack the other one has been a member before
 */
export function holdsUpNobody(cluster: Cluster, name: string, comesBack: boolean): boolean {
  const { kubernetes, lookedMs } = cluster.facts;
  if (lookedMs === undefined || !hasFailed(cluster, suspectAt(cluster, name), lookedMs)) return false;
  const isVoter = ({ component, machine, ready }: MemberPart): boolean =>
    component === "etcd" && machine === name && ready;
  return comesBack || kubernetes?.parts?.some(isVoter) === true;
}

/** Its API server and its etcd are Ready. Where nobody asked for etcd, the API server speaks for it. */
export function servesAt({ apiServers, parts }: KubernetesFacts, name: string): boolean {
  const hasEtcd =
    parts === undefined ||
    parts.some(({ component, machine, ready }) => component === "etcd" && machine === name && ready);
  return hasEtcd && apiServers.includes(name);
}

/** How long any sign stands before something is done. */
export function memberPatienceMs(cluster: Pick<Cluster, "haste">): number {
  return patienceMs(SILENT_MS, cluster);
}

/** The oldest one. Its machine runs and has joined: one that never did needs a person, who is told by its console (decision 0015). */
export function signOf(cluster: Cluster, suspect: Suspect): MemberSign | undefined {
  const { machine, node } = suspect;
  if (node?.readinessSinceMs === undefined || machine?.status !== "RUNNING") return undefined;
  if (node.readinessSinceMs < (machine.createdMs ?? 0)) return undefined;
  const joinedMs = sinceOf(node, node.readinessSinceMs, cluster.facts.lookedMs ?? Number.POSITIVE_INFINITY);
  const signs = [silence(node, joinedMs), ...PARTS.map((part) => deadPart(cluster, suspect, part))];
  return signs.filter((sign) => sign !== undefined).toSorted((one, other) => one.sinceMs - other.sinceMs)[0];
}

/** Whether it has stood for so long that the member is not left to itself any more. */
export function hasFailed(cluster: Cluster, suspect: Suspect, nowMs: number): boolean {
  const sign = signOf(cluster, suspect);
  return sign !== undefined && nowMs >= sign.sinceMs + memberPatienceMs(cluster);
}

function silence({ name, ready, readiness }: NodeFacts, sinceMs: number): MemberSign | undefined {
  if (ready) return undefined;
  const how = readiness === "Unknown" ? "silent" : "not Ready";
  return { sinceMs, reason: `node ${name} has been ${how} since ${iso(sinceMs)}` };
}

function deadPart(
  { care, facts }: Cluster,
  { name, machine }: Suspect,
  component: MemberPart["component"],
): MemberSign | undefined {
  const { parts } = facts.kubernetes ?? {};
  if (parts === undefined) return undefined;
  const part = parts.find((one) => one.component === component && one.machine === name);
  if (part?.ready === true) return undefined;
  const absence = care?.missing?.find((one) => one.component === component && one.machine === name);
  const saidMs = part === undefined ? absence?.sinceMs : part.downSinceMs;
  if (saidMs === undefined) return undefined;
  const sinceMs = Math.max(saidMs, machine?.createdMs ?? 0);
  const how = part === undefined ? "missing" : `not Ready${part.trouble ? ` (${part.trouble})` : ""}`;
  return { sinceMs, reason: `${component} of ${name} has been ${how} since ${iso(sinceMs)}` };
}

/**
 * Parts that their kubelets do not report at all, since when: a pod that is not there bears no time. The same list when
 * nothing has changed.
 *
 * @param members names of the machines that the spec has
 */
export function missingParts(
  before: readonly MissingPart[] | undefined,
  members: readonly string[],
  { nodes, parts }: KubernetesFacts,
  nowMs: number,
): readonly MissingPart[] | undefined {
  if (parts === undefined) return before;
  const heard = members.filter((name) => nodes.some((node) => node.name === name && node.ready));
  const missing = heard.flatMap((machine) =>
    PARTS.filter((part) => !parts.some((one) => one.component === part && one.machine === machine)).map(
      (component) => ({ machine, component }),
    ),
  );
  const after = missing.map((one): MissingPart => {
    const old = before?.find(
      ({ machine, component }) => machine === one.machine && component === one.component,
    );
    return old ?? { ...one, sinceMs: nowMs };
  });
  const isSame = after.length === (before?.length ?? 0) && after.every((one, at) => one === before?.[at]);
  if (isSame) return before;
  return after.length === 0 ? undefined : after;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
