/** Those who write cluster documents: the steps of a workload, and hands that spoil documents and mend them again. */
import type { Engine } from "../../shared/engine/engine.ts";
import { clusterPath } from "../../shared/engine/paths.ts";
import { submitCommand } from "../../shared/engine/submit-command.ts";
import type { ClusterStatus } from "../../shared/status/cluster-status.ts";
import { readCommand } from "../../shared/status/command.ts";
import type { VirtualClock } from "../../simulator/clock.ts";
import type { SimulatedCloud } from "../../simulator/cloud.ts";
import type { Delivery } from "./delivery.ts";
import type { FaultRoom } from "./faults/room.ts";
import type { Step } from "./scenario.ts";
import type { Trace } from "./trace.ts";
import { claim } from "./workload/claim.ts";
import { breakWorkload, deploy, undeploy } from "./workload/deploy.ts";
import { broken, createdSpec, edited, type Spec } from "./workload/edits.ts";

/** How often somebody who wants to delete looks whether there is a uid yet. */
const LOOK_AGAIN_MS = 5_000;

export interface Wished {
  readonly spec: Spec;
  readonly deletion?: { readonly uid: string };
}
export interface People {
  take(step: Step): void;
  tamper: FaultRoom["writeDocument"];
  /** What the document of a cluster should say in the end; nothing before its creation. */
  wished(cluster: string): Wished | undefined;
  /** Takes workloads away: a budget that nothing can satisfy any more would hold up a drain for ever, as it should. */
  withdraw(): void;
  /** `cluster uid` of all deletions that were asked for. */
  readonly tombstones: ReadonlySet<string>;
}

export function createPeople(world: {
  readonly clock: VirtualClock;
  readonly engine: Engine;
  readonly cloud: SimulatedCloud;
  readonly delivery: Delivery;
  readonly trace: Trace;
  readonly statuses: ReadonlyMap<string, ClusterStatus>;
}): People {
  const { clock, cloud, engine, delivery, trace, statuses } = world;
  const { store } = engine;
  const wishes = new Map<string, Wished>();
  const tombstones = new Set<string>();
  const deployed = new Set<string>();
  const write = (cluster: string, data: Readonly<Record<string, unknown>> | undefined): void => {
    void store
      .transact(async (transaction) => {
        if (data === undefined) transaction.delete(clusterPath(cluster));
        else transaction.set(clusterPath(cluster), data);
      })
      .then(() => delivery.trigger(cluster));
  };
  const wish = (cluster: string, wished: Wished): void => {
    wishes.set(cluster, wished);
    write(cluster, { ...wished });
  };
  const remove = (cluster: string): void => {
    const now = wishes.get(cluster);
    const uid = statuses.get(cluster)?.uid;
    if (now === undefined) return;
    if (uid === undefined) {
      clock.after(LOOK_AGAIN_MS, () => remove(cluster));
      return;
    }
    trace.add("person", cluster, `asks for the deletion of ${uid}`);
    tombstones.add(`${cluster} ${uid}`);
    wish(cluster, { spec: now.spec, deletion: { uid } });
  };
  const pause = (
    cluster: string,
    { pool, minutes }: { readonly pool?: string; readonly minutes: number },
  ) => {
    const asked = {
      command: "pause",
      cluster,
      value: `${minutes}m`,
      ...(pool === undefined ? {} : { pool }),
    };
    const read = readCommand(asked);
    if (!read.ok) throw new Error(`no command: ${JSON.stringify(read.errors)}`);
    void submitCommand(engine, read.command, { by: "somebody" }).then(({ verdict }) =>
      trace.add("person", cluster, `asks for a pause: ${verdict}`),
    );
  };
  return {
    tombstones,
    withdraw: () => {
      for (const cluster of [...deployed]) {
        const uid = statuses.get(cluster)?.uid;
        if (uid === undefined || undeploy(cloud, uid)) deployed.delete(cluster);
      }
    },
    wished: (cluster) => wishes.get(cluster),
    take: ({ cluster, change }) => {
      const now = wishes.get(cluster);
      trace.add("person", cluster, JSON.stringify(change));
      if (change.edit === "create")
        return wish(cluster, { spec: createdSpec(cluster, change.replicas, change.version) });
      if (now === undefined || now.deletion !== undefined) return;
      if (change.edit === "delete") return remove(cluster);
      // Somebody notices and takes it back, some minutes later.
      if (change.edit === "invalid") {
        write(cluster, { spec: broken(now.spec, change.how) });
        clock.after(4 * 60_000, () => restore(cluster));
        return;
      }
      if (change.edit === "deploy") {
        if (deploy(cloud, statuses.get(cluster)?.uid ?? "", change.replicas)) deployed.add(cluster);
        return;
      }
      if (change.edit === "break-workload")
        return void breakWorkload(cloud, statuses.get(cluster)?.uid ?? "", change.broken);
      if (change.edit === "claim") {
        const disk = claim(cloud, clock, statuses.get(cluster)?.uid ?? "", change.pool);
        return trace.add("person", cluster, `a workload has ${disk ?? "no disk"}`);
      }
      if (change.edit === "pause") return pause(cluster, change);
      const spec = edited(now.spec, change, clock.nowMs());
      if (spec !== undefined) wish(cluster, { spec });
    },
    tamper: (cluster, data) => {
      if (!wishes.has(cluster)) return;
      if (data === "wished") restore(cluster);
      else if (!isGone(cluster)) write(cluster, data);
    },
  };

  /** A cluster whose deletion was asked for and which is gone stays gone. */
  function isGone(cluster: string): boolean {
    return wishes.get(cluster)?.deletion !== undefined && !statuses.has(cluster);
  }
  function restore(cluster: string): void {
    const wished = wishes.get(cluster);
    if (wished !== undefined && !isGone(cluster)) write(cluster, { ...wished });
  }
}
