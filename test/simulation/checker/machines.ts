/**
 * S3, S4, S5, S6, S16, S17: machines and their pods: never too many, never too many away at once, none that somebody holds,
 * pods leave by eviction, and a person's cordon stays.
 */

import { PROJECT } from "../../../simulation/world.ts";
import type { ObservedCall } from "../observer.ts";
import { type Asked, createAsked } from "./asked.ts";
import { createAuthorities } from "./authorities.ts";
import { budgetOf, isBlueGreen, shareOf, sizeOf } from "./budgets.ts";
import type { InvariantMaker, Watched } from "./checker.ts";
import { checkCordons } from "./cordons.ts";
import { checkHolds } from "./holds.ts";
import { causeOf, createLeaving, isReady, type Leaving, nodeOf } from "./leaving.ts";
import { checkPods } from "./pods.ts";
import { type Mutation, mutationOf, rowAt, type SeenStatus, statusIn } from "./reading.ts";

/** Commands that take a machine away. */
const TAKING = ["rotate-machine", "repair"];
const GOING = new Set(["STOPPING", "TERMINATED"]);

export interface Known {
  readonly status: SeenStatus;
  /** The most machines that any spec since the last rest has asked for, by pool. */
  readonly most: ReadonlyMap<string, number>;
}

export const machines: InvariantMaker = (watched) => {
  const known = new Map<string, Known>();
  const asked = createAsked();
  const leaving = createLeaving(watched, asked);
  const uidOf = createAuthorities(watched);
  return {
    committed: (commit) => {
      asked.committed(commit);
      const { path, data } = commit;
      const cluster = statusIn(path);
      if (cluster === undefined) return;
      if (data === undefined) known.delete(cluster);
      else known.set(cluster, learn(known.get(cluster), data as SeenStatus));
    },
    changed: ({ type, path }) => {
      if (!path.includes("/instances/")) return;
      if (type === "inserted") countMachines(watched, known, path);
      if (type === "deleted") leaving.gone(path);
    },
    before: (call) => {
      if (call.port === "kubernetes") {
        const uid = uidOf(call);
        const [cluster, about] = [...known].find(([, { status }]) => status.uid === uid) ?? [];
        if (cluster === undefined || about === undefined) return;
        checkCordons(watched, { leaving, asked }, cluster, about.status, call);
        return checkPods(watched, cluster, about.status, call);
      }
      const mutation = mutationOf(call);
      if (mutation?.verb === "instanceGroupManagers.deleteInstances")
        checkBudget(watched, { leaving, asked }, known, call, mutation);
      if (mutation?.verb === "delete" && mutation.collection === "instances")
        checkQuorum(watched, known, call, mutation);
    },
  };
};

function learn(before: Known | undefined, status: SeenStatus): Known {
  const rests = status.phase === "Ready" && status.readyGeneration === status.generation;
  const most = new Map(rests ? [] : before?.most);
  for (const pool of status.accepted?.nodePools ?? [])
    most.set(pool.name, Math.max(most.get(pool.name) ?? 0, sizeOf(pool)));
  return { status, most };
}
/** S6, at the birth of a machine. A group that somebody resized by hand is theirs until it is put back. */
function countMachines(watched: Watched, known: ReadonlyMap<string, Known>, path: string): void {
  const born = watched.cloud.compute.machine(path);
  const uid = born?.labels["clusterwright-uid"];
  const [cluster, about] = [...known].find(([, one]) => one.status.uid === uid) ?? [];
  if (born === undefined || about === undefined) return;
  const alike = [...watched.cloud.compute.machines(PROJECT)].filter(
    ({ labels, status }) => labels["clusterwright-uid"] === uid && !GOING.has(status),
  );
  const member = born.labels["clusterwright-member"];
  if (member !== undefined) {
    const twins = alike.filter(({ labels }) => labels["clusterwright-member"] === member);
    if (twins.length > 1) watched.violated("S6", cluster, `member ${member} has ${twins.length} machines`);
    else watched.held("S6");
    return;
  }
  const pool = born.labels["clusterwright-pool"] ?? "";
  if (watched.resizedByHand.has(`${uid} ${pool}`)) return;
  const count = alike.filter(({ labels }) => labels["clusterwright-pool"] === pool).length;
  const spec = about.status.accepted?.nodePools.find(({ name }) => name === pool);
  const size = about.most.get(pool) ?? 0;
  const most = size + (isBlueGreen(spec) ? size : shareOf(spec?.upgrade.maxSurge ?? 0, size, Math.ceil));
  if (count > most)
    watched.violated("S6", cluster, `pool ${pool} has ${count} machines, ${most} are the most it may have`);
  else watched.held("S6");
}

/** S3, S4 and S17: machines with a node that are taken at once, and those that leave already. */
function checkBudget(
  watched: Watched,
  { leaving, asked }: { readonly leaving: Leaving; readonly asked: Asked },
  known: ReadonlyMap<string, Known>,
  call: ObservedCall,
  mutation: Mutation,
): void {
  const [cluster, about] = [...known].find(([, one]) => mutation.name.includes(`-${one.status.uid}-`)) ?? [];
  if (cluster === undefined || about === undefined) return;
  const { status } = about;
  const pool = mutation.name.split(`-${status.uid}-n-`)[1] ?? "";
  const { instances = [] } = (mutation.body ?? {}) as { readonly instances?: readonly string[] };
  const names = new Set(instances.map((url) => url.split("/").at(-1) ?? ""));
  const taken = [...watched.cloud.compute.machines(PROJECT)].filter(
    (machine) =>
      names.has(machine.name) &&
      machine.status === "RUNNING" &&
      machine.labels["clusterwright-uid"] === status.uid &&
      watched.cloud.guests.clusterOf(machine) !== undefined,
  );
  const spec = status.accepted?.nodePools.find(({ name }) => name === pool);
  const budget = budgetOf(spec, spec === undefined ? 0 : sizeOf(spec));
  const away = leaving.count(status, pool, names) + taken.length;
  const told = `${call.process.name} takes ${taken.length} nodes of pool ${pool}`;
  if (taken.length > 0 && away > budget)
    watched.violated("S3", cluster, `${told}, so that ${away} leave at once, budget ${budget}`);
  else watched.held("S3");
  for (const machine of taken) {
    leaving.take(machine.path);
    const node = nodeOf(watched, machine);
    if (isReady(node) && asked.isParked(status.uid, node) && !asked.isAsked(status.uid, machine.name, TAKING))
      watched.violated("S17", cluster, `${told}, and somebody asked for a cordon of ${machine.name}`);
    const cause = causeOf(watched, machine, node);
    checkHolds(watched, { cluster, status, pool, cause, what: `takes ${machine.name}` }, call);
  }
}

/**
 * S5: a control-plane machine goes only from a cluster that goes, or while the others' etcd members are a quorum, and no
 * other one is missing. The only one of a cluster may go: its disk stays.
 */
function checkQuorum(
  watched: Watched,
  known: ReadonlyMap<string, Known>,
  call: ObservedCall,
  mutation: Mutation,
): void {
  const labels = rowAt(watched.cloud, mutation.path)?.body["labels"] as Record<string, string> | undefined;
  if (labels?.["clusterwright-role"] !== "control-plane") return;
  const about = [...known.values()].find(({ status }) => status.uid === labels["clusterwright-uid"]);
  if (about === undefined || about.status.deleting) return;
  const replicas = about.status.accepted?.controlPlane.replicas ?? 1;
  const others = [...watched.cloud.compute.machines(PROJECT)].filter(
    (machine) =>
      machine.path !== mutation.path &&
      machine.status === "RUNNING" &&
      machine.labels["clusterwright-uid"] === labels["clusterwright-uid"] &&
      machine.labels["clusterwright-role"] === "control-plane",
  );
  const machine = watched.cloud.compute.machine(mutation.path);
  const etcd = machine === undefined ? undefined : watched.cloud.guests.clusterOf(machine)?.etcd;
  const voters = (etcd?.members() ?? []).filter(({ learner }) => !learner);
  const well = voters.filter(({ running, name }) => running && name !== mutation.name).length;
  const isOnly = replicas === 1 && voters.length <= 1;
  const keepsQuorum = others.length === replicas - 1 && well >= Math.floor(voters.length / 2) + 1;
  if (isOnly || keepsQuorum) watched.held("S5");
  else
    watched.violated(
      "S5",
      call.process.cluster,
      `${mutation.path} is deleted, ${others.length} of ${replicas} machines are left and ${well} of ${voters.length} etcd members`,
    );
}
