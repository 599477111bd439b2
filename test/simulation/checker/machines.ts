/** S3, S5, S6, S16: machines and their pods: never too many, never too many away at once, pods leave by eviction. */

import { PROJECT } from "../../../simulation/world.ts";
import type { Machine } from "../../../simulator/compute/machine.ts";
import type { Node } from "../../../simulator/kubernetes/objects/object.ts";
import type { ObservedCall } from "../observer.ts";
import type { InvariantMaker, Watched } from "./checker.ts";
import { type Mutation, mutationOf, rowAt, type SeenPool, type SeenStatus, statusIn } from "./reading.ts";

const GOING = new Set(["STOPPING", "TERMINATED"]);

interface Known {
  readonly status: SeenStatus;
  /** The most machines that any spec since the last rest has asked for, by pool. */
  readonly most: ReadonlyMap<string, number>;
}

export const machines: InvariantMaker = (watched) => {
  const known = new Map<string, Known>();
  return {
    committed: ({ path, data }) => {
      const cluster = statusIn(path);
      if (cluster === undefined) return;
      if (data === undefined) known.delete(cluster);
      else known.set(cluster, learn(known.get(cluster), data as SeenStatus));
    },
    changed: ({ type, path }) => {
      if (type === "inserted" && path.includes("/instances/")) countMachines(watched, known, path);
    },
    before: (call) => {
      if (call.port === "kubernetes") {
        checkCordon(watched, known, call);
        return checkPods(watched, known, call);
      }
      const mutation = mutationOf(call);
      if (mutation?.verb === "instanceGroupManagers.deleteInstances")
        checkBudget(watched, known, call, mutation);
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
function sizeOf({ size }: SeenPool): number {
  return typeof size === "number" ? size : size.max;
}
function shareOf(count: number | string, of: number, round: (value: number) => number): number {
  return typeof count === "number" ? count : round((Number.parseInt(count, 10) / 100) * of);
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
  const most = size + shareOf(spec?.upgrade.maxSurge ?? 0, size, Math.ceil);
  if (count > most)
    watched.violated("S6", cluster, `pool ${pool} has ${count} machines, ${most} are the most it may have`);
  else watched.held("S6");
}

/** S3: machines with a node that are taken at once, and those on their way out already. */
function checkBudget(
  watched: Watched,
  known: ReadonlyMap<string, Known>,
  call: ObservedCall,
  mutation: Mutation,
): void {
  const [cluster, about] = [...known].find(([, one]) => mutation.name.includes(`-${one.status.uid}-`)) ?? [];
  if (cluster === undefined || about === undefined) return;
  const pool = mutation.name.split(`-${about.status.uid}-n-`)[1] ?? "";
  const { instances = [] } = (mutation.body ?? {}) as { readonly instances?: readonly string[] };
  const taken = new Set(instances.map((url) => url.split("/").at(-1)));
  const mine = [...watched.cloud.compute.machines(PROJECT)].filter(
    ({ labels }) => labels["clusterwright-uid"] === about.status.uid && labels["clusterwright-pool"] === pool,
  );
  const going = mine.filter(
    (machine) =>
      (machine.status === "STOPPING" || taken.has(machine.name)) &&
      watched.cloud.guests.clusterOf(machine) !== undefined,
  );
  const spec = about.status.accepted?.nodePools.find(({ name }) => name === pool);
  const size = spec === undefined ? 0 : sizeOf(spec);
  const surge = shareOf(spec?.upgrade.maxSurge ?? 0, size, Math.ceil);
  const budget = Math.max(1, surge + shareOf(spec?.upgrade.maxUnavailable ?? 0, size, Math.floor));
  const away = going.filter(({ status }) => status === "RUNNING" || status === "STOPPING").length;
  if (away > budget)
    watched.violated(
      "S3",
      cluster,
      `${call.process.name} takes ${away} nodes of pool ${pool} at once, budget ${budget}`,
    );
  else watched.held("S3");
}

/** S3 at the beginning of a disruption: nodes that we drain, whatever for, and machines that are on their way out. */
function checkCordon(watched: Watched, known: ReadonlyMap<string, Known>, call: ObservedCall): void {
  const name = /^\/api\/v1\/nodes\/([^/?]+)/.exec(call.target)?.[1];
  const request = call.args[1] as {
    readonly body?: { readonly spec?: { readonly unschedulable?: boolean } };
  };
  if (call.method !== "PATCH" || name === undefined || request?.body?.spec?.unschedulable !== true) return;
  const [cluster, about] = [...known].find(([, one]) => name.includes(`-${one.status.uid}-`)) ?? [];
  if (cluster === undefined || about === undefined) return;
  const machines = [...watched.cloud.compute.machines(PROJECT)].filter(
    ({ labels }) => labels["clusterwright-uid"] === about.status.uid,
  );
  const pool = machines.find((machine) => machine.name === name)?.labels["clusterwright-pool"];
  const mine = machines.filter(({ labels }) => labels["clusterwright-pool"] === pool);
  const taken = mine.filter((machine) => machine.name === name || isTaken(watched, machine));
  const spec = about.status.accepted?.nodePools.find((one) => one.name === pool);
  if (spec === undefined) return;
  const size = sizeOf(spec);
  const { maxSurge, maxUnavailable } = spec.upgrade;
  const budget = Math.max(1, shareOf(maxSurge, size, Math.ceil) + shareOf(maxUnavailable, size, Math.floor));
  if (taken.length > budget)
    watched.violated(
      "S3",
      cluster,
      `${taken.length} nodes of pool ${pool} are taken at once, budget ${budget}`,
    );
  else watched.held("S3");
}

function isTaken({ cloud }: Watched, machine: Machine): boolean {
  if (machine.status === "STOPPING") return true;
  const node = cloud.guests.clusterOf(machine)?.store.get<Node>("nodes", undefined, machine.name);
  return node?.metadata.annotations?.["clusterwright.dev/cordoned-because"] !== undefined;
}

/** S5: a control-plane machine goes only from a cluster that goes, or when the others are a quorum. */
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
  if (others.length >= Math.floor(replicas / 2) + 1) watched.held("S5");
  else
    watched.violated(
      "S5",
      call.process.cluster,
      `${mutation.path} is deleted, ${others.length} of ${replicas} are left`,
    );
}

/** S16: no pod is deleted directly, unless the pool's policy is force. */
function checkPods(watched: Watched, known: ReadonlyMap<string, Known>, call: ObservedCall): void {
  if (call.method === "POST" && call.target.endsWith("/eviction")) watched.held("S16");
  if (call.method !== "DELETE" || !/\/pods\/[^/]+$/.test(call.target)) return;
  const about = known.get(call.process.cluster ?? "");
  if (about === undefined || about.status.deleting) return;
  const forced = about.status.accepted?.nodePools.some(({ upgrade }) => upgrade.onDrainTimeout === "force");
  if (forced === true) watched.held("S16");
  else
    watched.violated(
      "S16",
      call.process.cluster,
      `${call.process.name} deletes ${call.target} instead of evicting it`,
    );
}
