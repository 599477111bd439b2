/** S2, S3, S4, S5, S13, L3, L6: repairs strike machines that are ill, a few at a time, never in a storm, and storms end. */
import { PROJECT } from "../../../simulation/world.ts";
import type { Machine } from "../../../simulator/compute/machine.ts";
import type { KubernetesCluster } from "../../../simulator/kubernetes/cluster.ts";
import type { Node, Pod } from "../../../simulator/kubernetes/objects/object.ts";
import type { Process } from "../observer.ts";
import { type Asked, createAsked } from "./asked.ts";
import type { InvariantMaker, Watched } from "./checker.ts";
import { follow, mutationOf, type SeenStatus } from "./reading.ts";

const MINUTE_MS = 60_000;
/** A decision may rest on a look that is this old. */
const LOOK_MS = 2 * MINUTE_MS;
const STORM_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Machines of a pool made anew within a day, beyond one for each of it: waits of 10, 20, 40 … 240 minutes fill a day. */
const RECREATED_BEYOND_MAX = 10;
const RESTARTED_AN_HOUR_MAX = 5;
/** As decision 0027 has it. */
const SILENT_API_MS = 30 * MINUTE_MS;
/** What runs for as long without a Node is replaced for that. */
const JOINED_BY_MS = 10 * MINUTE_MS;
const ZONE_NODES_MIN = 3;
const ZONE_SHARE = 0.55;
/** Of a cordon that is a repair's. */
const OF_REPAIR =
  /has been (silent|not Ready)|has reported |the host of \S+ failed|was (preempted|stopped) at/;
const FATAL =
  /^(KernelDeadlock|ReadonlyFilesystem|XfsShutdown|CperHardwareErrorFatal|Frequent|KubeletUnhealthy|ContainerRuntimeUnhealthy)/;

export const repairs: InvariantMaker = (watched) => {
  const asked = createAsked();
  const statuses = new Map<string, SeenStatus>();
  const recreated = new Map<string, number[]>();
  const restarted = new Map<string, number[]>();
  /** Processes that heard of nodes by the cluster's API. */
  const hearing = new WeakSet<Process>();
  const aboutOf = (machine: Machine) =>
    [...statuses].find(([, { uid }]) => uid === machine.labels["clusterwright-uid"]);
  const struck = (process: Process, path: string, verb: "delete" | "restart"): void => {
    const machine = watched.cloud.compute.machine(path);
    const [cluster, status] = (machine && aboutOf(machine)) ?? [];
    if (machine === undefined || cluster === undefined || status === undefined || status.deleting) return;
    const isMember = machine.labels["clusterwright-role"] === "control-plane";
    const pool = machine.labels["clusterwright-pool"] ?? "control-plane";
    const size = Number(status.accepted?.nodePools.find(({ name }) => name === pool)?.size ?? 1);
    const countRecreation = () =>
      count(watched, cluster, recreated, `${status.uid} ${pool}`, DAY_MS, size + RECREATED_BEYOND_MAX);
    const kubernetes = watched.cloud.guests.clusterOf(machine);
    if (kubernetes === undefined) {
      // No cordon can say why: a machine that had the time to join and has not.
      const isLate = watched.clock.nowMs() - machine.startedMs >= JOINED_BY_MS;
      if (verb === "delete" && !isMember && isLate) countRecreation();
      return;
    }
    const node = nodeOf(kubernetes, machine.name);
    const why = node?.metadata.annotations?.["clusterwright.dev/cordoned-because"] ?? "";
    const unready = node?.status.conditions?.find(({ type }) => type === "Ready")?.status !== "True";
    // The only member is upgraded by taking it (checker/machines.ts): never repaired, for nothing would be there to say how.
    const isDead = isMember && isPartDead(watched, kubernetes, machine.name);
    const isUpgrade = verb === "delete" && (why !== "" || !(unready || isDead));
    if (isMember && verb === "restart" && isLongLost(watched, status)) {
      isAlone(watched, cluster, machine, status);
      return;
    }
    const isAsked = isWished(asked, status, machine);
    const mayBeAlone = (isUpgrade || isAsked) && replicasOf(status) === 1;
    if (isMember && !mayBeAlone) hasQuorum(watched, cluster, machine, status);
    // Whatever else it is taken for is not a repair: a person's wish, for one.
    if (isAsked) {
      isNotPaused(watched, cluster, machine, status, verb);
      return;
    }
    if (verb === "delete" && !(isMember ? !isUpgrade : OF_REPAIR.test(why))) return;
    isIll(watched, cluster, machine, kubernetes, node);
    isNoStorm(watched, cluster, machine, status, { verb, isReady: !unready, hears: hearing.has(process) });
    if (verb === "delete" && !isMember) isNoDarkZone(watched, cluster, machine, kubernetes);
    if (verb === "delete") countRecreation();
    else
      count(
        watched,
        cluster,
        restarted,
        `${machine.path} ${machine.id}`,
        60 * MINUTE_MS,
        RESTARTED_AN_HOUR_MAX,
      );
  };
  return {
    committed: (commit) => {
      asked.committed(commit);
      follow(statuses, commit);
    },
    before: (call) => {
      const mutation = mutationOf(call);
      if (mutation?.verb === "instances.reset") struck(call.process, mutation.path, "restart");
      if (mutation?.verb === "delete" && mutation.collection === "instances")
        struck(call.process, mutation.path, "delete");
      if (mutation?.verb !== "instanceGroupManagers.deleteInstances") return;
      const { instances = [] } = mutation.body as { readonly instances?: readonly string[] };
      for (const url of instances) struck(call.process, url.slice(url.indexOf("projects/")), "delete");
    },
    after: ({ port, method, target, process }, { ok }) => {
      if (port === "kubernetes" && ok && method === "GET" && target === "/api/v1/nodes") hearing.add(process);
    },
    finish: () => {
      for (const [cluster, status] of statuses) recovered(watched, cluster, status);
    },
  };
};

/** Somebody asked for just that; a repair of a machine of a pool that is not forced strikes what is ill alone. */
function isWished(asked: Asked, { uid }: SeenStatus, { name, labels }: Machine): boolean {
  const isMember = labels["clusterwright-role"] === "control-plane";
  const wishes = ["restart", "rotate-machine", ...(isMember ? ["repair"] : [])];
  return asked.isAsked(uid, name, wishes) || asked.isAsked(uid, name, ["repair"], true);
}

function nodeOf(kubernetes: KubernetesCluster, name: string): Node | undefined {
  return kubernetes.store.get<Node>("nodes", undefined, name);
}
function isSilent(watched: Watched, kubernetes: KubernetesCluster, name: string): boolean {
  const kubelet = kubernetes.kubelet(name);
  return kubelet === undefined || watched.clock.nowMs() - kubelet.renewedMs() > LOOK_MS;
}

/** One of its static pods is down, or was a moment ago. */
function isPartDead(watched: Watched, kubernetes: KubernetesCluster, name: string): boolean {
  return ["etcd", "kube-apiserver"].some((component) => {
    const pod = kubernetes.store.get<Pod>("pods", "kube-system", `${component}-${name}`);
    const ready = pod?.status.conditions?.find(({ type }) => type === "ContainersReady");
    const sinceMs = Date.parse(ready?.lastTransitionTime ?? "");
    return ready?.status !== "True" || watched.clock.nowMs() - sinceMs < LOOK_MS;
  });
}

/** The status says that the API has been silent for half an hour: then members are restarted one by one, ill or not (decision 0027). */
function isLongLost(watched: Watched, { care }: SeenStatus): boolean {
  const lostMs = care?.lostMs ?? null;
  return lostMs !== null && watched.clock.nowMs() - lostMs >= SILENT_API_MS;
}
/** S5, of a restart in the dark: no other member is away. */
function isAlone(watched: Watched, cluster: string, machine: Machine, status: SeenStatus): void {
  const off = othersOf(watched, machine, status).filter((one) => one.status !== "RUNNING");
  if (off.length === 0) watched.held("S5");
  else watched.violated("S5", cluster, `${machine.path} is restarted, and ${off[0]?.name} does not run`);
}
function othersOf(watched: Watched, { path }: Machine, { uid }: SeenStatus): readonly Machine[] {
  return [...watched.cloud.compute.machines(PROJECT)].filter(
    (one) =>
      one.path !== path &&
      one.labels["clusterwright-uid"] === uid &&
      one.labels["clusterwright-role"] === "control-plane",
  );
}

function replicasOf({ accepted }: SeenStatus): number {
  return accepted?.controlPlane.replicas ?? 1;
}

/** S2: what was said of an earlier machine of its name is no reason to touch one that is well. */
function isIll(
  watched: Watched,
  cluster: string,
  { name, status, path, labels }: Machine,
  kubernetes: KubernetesCluster,
  node: Node | undefined,
): void {
  const conditions = node?.status.conditions ?? [];
  const troubled = conditions.some(({ type, status: is }) => FATAL.test(type) && is === "True");
  const unready = conditions.find(({ type }) => type === "Ready")?.status !== "True";
  const isDead = labels["clusterwright-role"] === "control-plane" && isPartDead(watched, kubernetes, name);
  const since = Date.parse(conditions.find(({ type }) => type === "Ready")?.lastTransitionTime ?? "");
  const justWell = watched.clock.nowMs() - since < LOOK_MS;
  const isQuiet = isSilent(watched, kubernetes, name);
  if (status !== "RUNNING" || troubled || unready || justWell || isDead || isQuiet) watched.held("S2");
  else watched.violated("S2", cluster, `${path} is repaired, and there is nothing wrong with it`);
}

function isPaused(watched: Watched, care: SeenStatus["care"], pool: string | undefined): boolean {
  const nowMs = watched.clock.nowMs();
  const isOpen = (pause: NonNullable<typeof care>["pauses"][number]) =>
    (pause.pool ?? pool) === pool && (pause.untilMs === undefined || nowMs < pause.untilMs);
  return care?.pauses.some(isOpen) === true;
}
/** S4, of what somebody asked for: no storm holds it, but a pause does. */
function isNotPaused(
  watched: Watched,
  cluster: string,
  { path, labels }: Machine,
  { care }: SeenStatus,
  verb: "delete" | "restart",
): void {
  if (isPaused(watched, care, labels["clusterwright-pool"]))
    watched.violated("S4", cluster, `${verb} of ${path} by command, although it is paused`);
  else watched.held("S4");
}

/** S4: by what the status itself says is going on. */
function isNoStorm(
  watched: Watched,
  cluster: string,
  machine: Machine,
  { care }: SeenStatus,
  {
    verb,
    isReady,
    hears,
  }: { readonly verb: "delete" | "restart"; readonly isReady: boolean; readonly hears: boolean },
): void {
  const pool = machine.labels["clusterwright-pool"];
  const nowMs = watched.clock.nowMs();
  const scopes = ["cluster", `zone/${machine.zone}`, `pool/${pool}`];
  // After an hour it is tried with single restarts; in a pool, where a node is heard, with another machine.
  const mayBeTried = (scope: string, sinceMs: number) =>
    isReady && scope === `pool/${pool}` && nowMs >= sinceMs + STORM_MS;
  const storm =
    verb === "delete" &&
    care?.storms.some(
      ({ scope, sinceMs, endedMs }) =>
        scopes.includes(scope) && endedMs === null && !mayBeTried(scope, sinceMs),
    );
  // A pass that hears again goes on with what was decided before, and its status is not saved yet.
  const isLost = (care?.lostMs ?? null) !== null && !hears;
  if (isPaused(watched, care, pool) || storm === true || isLost)
    watched.violated(
      "S4",
      cluster,
      `${verb} of ${machine.path} although the status says that nothing is repaired`,
    );
  else watched.held("S4");
}

/** S5, before a member is taken: the others that are heard of, and of which no part is dead, are a quorum. */
function hasQuorum(watched: Watched, cluster: string, machine: Machine, status: SeenStatus): void {
  const heard = othersOf(watched, machine, status).filter((one) => {
    const kubernetes = watched.cloud.guests.clusterOf(one);
    if (kubernetes === undefined || isSilent(watched, kubernetes, one.name)) return false;
    const deadMs = kubernetes.state.deadParts.sinceMs(one.name);
    return deadMs === undefined || watched.clock.nowMs() - deadMs < LOOK_MS;
  });
  const replicas = replicasOf(status);
  if (heard.length >= Math.floor(replicas / 2) + 1) watched.held("S5");
  else
    watched.violated(
      "S5",
      cluster,
      `${machine.path} is taken, and ${heard.length} others of ${replicas} are heard and whole`,
    );
}

/** S3: where most of a zone's nodes are ill, none is deleted for it. */
function isNoDarkZone(
  watched: Watched,
  cluster: string,
  machine: Machine,
  kubernetes: KubernetesCluster,
): void {
  const there = [...watched.cloud.compute.machines(PROJECT)].filter(
    (one) => one.zone === machine.zone && watched.cloud.guests.clusterOf(one) === kubernetes,
  );
  const silent = there.filter(({ name }) => isSilent(watched, kubernetes, name)).length;
  if (there.length < ZONE_NODES_MIN || silent < there.length * ZONE_SHARE) watched.held("S3");
  else
    watched.violated(
      "S3",
      cluster,
      `${machine.path} is deleted, and ${silent} of ${there.length} nodes there are silent`,
    );
}

/** S13 */
function count(
  watched: Watched,
  cluster: string,
  counts: Map<string, number[]>,
  key: string,
  windowMs: number,
  most: number,
): void {
  const nowMs = watched.clock.nowMs();
  const recent = [...(counts.get(key) ?? []), nowMs].filter((atMs) => nowMs - atMs < windowMs);
  counts.set(key, recent);
  if (recent.length > most)
    watched.violated(
      "S13",
      cluster,
      `${key}: repaired ${recent.length} times in ${windowMs} ms, at most ${most}`,
    );
  else watched.held("S13");
}

/** L3, L6: everything is over and at rest; no brake is on, and nothing waits for a repair. */
function recovered(
  watched: Watched,
  cluster: string,
  { phase, care, conditions, deleting }: SeenStatus,
): void {
  if (phase !== "Ready" || deleting) return;
  const open = care?.storms.filter(({ endedMs }) => endedMs === null) ?? [];
  if (open.length > 0 || (care?.lostMs ?? null) !== null)
    watched.violated(
      "L6",
      cluster,
      `all is well, and a brake is still on: ${open[0]?.scope ?? "lost sight"}`,
    );
  else watched.held("L6");
  const repairing = conditions?.find(({ type }) => type === "Repairing");
  if (repairing === undefined || repairing.message === "") watched.held("L3");
  else watched.violated("L3", cluster, `at rest, and yet: ${repairing.reason} ${repairing.message}`);
}
