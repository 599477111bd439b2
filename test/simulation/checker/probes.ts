/** S4 of probes: no upgrade takes a node while the workload that its pool's probe names has not been whole for a while. */
import type { SimulatedCloud } from "../../../simulator/cloud.ts";
import type { KubeObject } from "../../../simulator/kubernetes/objects/object.ts";
import type { ObservedCall } from "../observer.ts";
import { createAuthorities } from "./authorities.ts";
import type { InvariantMaker } from "./checker.ts";
import { follow, type SeenPool, type SeenStatus } from "./reading.ts";

/** A decision may rest on a look that is this old. */
const LOOK_MS = 2 * 60_000;

interface CordonBody {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string | null>> };
  readonly spec?: { readonly unschedulable?: boolean | null };
}
interface Deployment extends KubeObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly updatedReplicas?: number; readonly availableReplicas?: number };
}

export const probes: InvariantMaker = (watched) => {
  const statuses = new Map<string, SeenStatus>();
  /** By uid and pool, since when the workload is not whole. */
  const broken = new Map<string, number>();
  const uidOf = createAuthorities(watched);
  const look = (uid: string, pool: SeenPool): void => {
    const key = `${uid} ${pool.name}`;
    if (isWhole(watched.cloud, uid, pool)) broken.delete(key);
    else if (!broken.has(key)) broken.set(key, watched.clock.nowMs());
  };
  return {
    committed: (commit) => follow(statuses, commit),
    before: (call) => {
      if (call.port !== "kubernetes") return;
      const probed = [...statuses].filter(([, status]) => status.accepted?.nodePools.some(hasProbe));
      if (probed.length === 0) return;
      const uid = uidOf(call);
      const [cluster, status] = probed.find(([, one]) => one.uid === uid) ?? [];
      if (uid === undefined || cluster === undefined) return;
      for (const pool of status?.accepted?.nodePools ?? []) {
        if (!hasProbe(pool)) continue;
        look(uid, pool);
        const node = upgradedNode(call);
        if (node?.includes(`-${uid}-n-${pool.name}-`) !== true) continue;
        const sinceMs = broken.get(`${uid} ${pool.name}`);
        if (sinceMs !== undefined && watched.clock.nowMs() - sinceMs > LOOK_MS)
          watched.violated("S4", cluster, `${call.process.name} takes ${node}, and its pool's probe fails`);
        else watched.held("S4");
      }
    },
  };
};

function hasProbe({ upgrade }: SeenPool): boolean {
  return upgrade.probe !== undefined;
}

/** Name of the node that a call cordons for an upgrade. */
function upgradedNode({ method, target, args }: ObservedCall): string | undefined {
  const { body } = (args[1] ?? {}) as { readonly body?: CordonBody };
  const isCordon = method === "PATCH" && body?.spec?.unschedulable === true;
  const isOfUpgrade = body?.metadata?.annotations?.["clusterwright.dev/cordoned-for"] === "upgrade";
  return isCordon && isOfUpgrade ? /^\/api\/v1\/nodes\/([^/?]+)$/.exec(target)?.[1] : undefined;
}

function isWhole({ guests }: SimulatedCloud, uid: string, { upgrade: { probe } }: SeenPool): boolean {
  const server = guests.servers().find(({ labels }) => labels["clusterwright-uid"] === uid);
  const { store } = (server && guests.serving(server)) ?? {};
  const found = store?.get<Deployment>("deployments.apps", probe?.namespace, probe?.name ?? "");
  const { replicas = 1 } = found?.spec ?? {};
  const { updatedReplicas = 0, availableReplicas = 0 } = found?.status ?? {};
  return found !== undefined && updatedReplicas >= replicas && availableReplicas >= replicas;
}
