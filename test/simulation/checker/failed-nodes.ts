/** L3: a machine that has failed is repaired, or the status says why it is not; judged by the machine and its Node alone. */
import { PROJECT } from "../../../simulation/world.ts";
import type { Machine } from "../../../simulator/compute/machine.ts";
import type { InvariantMaker, Watched } from "./checker.ts";
import { nodeOf } from "./leaving.ts";
import { follow, type SeenStatus } from "./reading.ts";

const MINUTE_MS = 60_000;
/** `repair.after` and joining take 10 minutes each, a look at clusters at rest comes every 5, and a repair's boot takes some. */
const UNSAID_MAX_MS = 30 * MINUTE_MS;
/** At rest everything is over: what is ill for longer than a hiccup was overlooked. */
const AT_REST_MAX_MS = 2 * MINUTE_MS;
/** Conditions of a Node that speak against its machine, whoever reads them. */
const FATAL =
  /^(KernelDeadlock|ReadonlyFilesystem|XfsShutdown|CperHardwareErrorFatal|Frequent|KubeletUnhealthy|ContainerRuntimeUnhealthy)/;

export const failedNodes: InvariantMaker = (watched) => {
  const statuses = new Map<string, SeenStatus>();
  /** When a machine was seen to be off first: nothing of it tells. */
  const offSince = new Map<string, number>();
  const check = (cluster: string, status: SeenStatus, mostMs: number): void => {
    if (status.deleting || status.accepted === undefined || saysWhy(status)) return;
    for (const machine of watched.cloud.compute.machines(PROJECT)) {
      if (machine.labels["clusterwright-uid"] !== status.uid) continue;
      const ill = illness(watched, machine, offSince);
      if (ill !== undefined && watched.clock.nowMs() - ill.sinceMs > mostMs)
        watched.violated("L3", cluster, `${machine.name} ${ill.how}, is not repaired, and nothing says why`);
      else watched.held("L3");
    }
  };
  return {
    committed: (commit) => follow(statuses, commit),
    changed: ({ type, path }) => {
      if (type === "deleted") offSince.delete(path);
    },
    // One that died, or ran into another's lease, may not have looked.
    ended: ({ what, cluster, state }) => {
      const status = cluster === undefined ? undefined : statuses.get(cluster);
      if (what !== "pass" || state !== "ended" || cluster === undefined || status === undefined) return;
      check(cluster, status, UNSAID_MAX_MS);
    },
    finish: () => {
      for (const [cluster, status] of statuses)
        if (status.phase === "Ready" && status.wakeAtMs === null) check(cluster, status, AT_REST_MAX_MS);
    },
  };
};

/** Why nothing is repaired, or what is; while an edit is carried out, that is what is waited for. */
function saysWhy({ conditions = [], readyGeneration, generation }: SeenStatus): boolean {
  const repairing = conditions.find(({ type }) => type === "Repairing");
  return readyGeneration < generation || (repairing !== undefined && repairing.message !== "");
}

function illness(
  watched: Watched,
  machine: Machine,
  offSince: Map<string, number>,
): { readonly how: string; readonly sinceMs: number } | undefined {
  const { path, status, labels, startedMs } = machine;
  if (labels["clusterwright-kept"] !== undefined) return undefined;
  if (status === "TERMINATED") {
    const sinceMs = offSince.get(path) ?? watched.clock.nowMs();
    offSince.set(path, sinceMs);
    return { how: "does not run", sinceMs };
  }
  offSince.delete(path);
  if (status !== "RUNNING") return undefined;
  const node = nodeOf(watched, machine);
  if (node === undefined) return { how: "has not joined", sinceMs: startedMs };
  const conditions = node.status.conditions ?? [];
  const sinceOf = (one: { readonly lastTransitionTime?: string } | undefined) =>
    Date.parse(one?.lastTransitionTime ?? "");
  const ready = conditions.find(({ type }) => type === "Ready");
  if (ready?.status !== "True") return { how: "is not Ready", sinceMs: sinceOf(ready) };
  const trouble = conditions.find(({ type, status: is }) => FATAL.test(type) && is === "True");
  return trouble && { how: `reports ${trouble.type}`, sinceMs: sinceOf(trouble) };
}
