/** Those who write cluster documents: the steps of a workload, and hands that spoil documents and mend them again. */
import type { Engine } from "../../shared/engine/engine.ts";
import { clusterPath } from "../../shared/engine/paths.ts";
import type { ClusterStatus } from "../../shared/status/cluster-status.ts";
import type { VirtualClock } from "../../simulator/clock.ts";
import type { SimulatedCloud } from "../../simulator/cloud.ts";
import type { Delivery } from "./delivery.ts";
import type { FaultRoom } from "./faults/room.ts";
import type { Asking, Step } from "./scenario.ts";
import type { Trace } from "./trace.ts";
import { claim } from "./workload/claim.ts";
import { breakWorkload, deploy, undeploy } from "./workload/deploy.ts";
import { broken, createdSpec, edited, type Spec, withoutProbes } from "./workload/edits.ts";
import { createMaintainer, type Maintainer } from "./workload/maintainer.ts";

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
  /**
   * Takes workloads away, and probes that ask them: a budget that nothing can satisfy any more would hold up a drain for
   * ever, as it should. What commands have edited is written as it was wished for last.
   */
  withdraw(): Promise<void>;
  unanswered: Maintainer["unanswered"];
  /** `cluster uid` of all deletions that were asked for. */
  readonly tombstones: ReadonlySet<string>;
}

export function createPeople(world: {
  readonly clock: VirtualClock;
  readonly engine: Engine;
  /** The same, whose commits are seen. */
  readonly observed: Engine;
  repeatedAnew(cluster: string, message: string): void;
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
  /** Clusters whose documents commands may have edited. */
  const resized = new Set<string>();
  const uidOf = (cluster: string) => statuses.get(cluster)?.uid;
  const { observed, repeatedAnew } = world;
  const maintainer = createMaintainer({ clock, engine: observed, cloud, trace, uidOf, repeatedAnew });
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
  /** Who has a pool resized by command has it in the file too, and applies that again when all is over. */
  const ask = (cluster: string, { spec }: Wished, asking: Asking): void => {
    const pools = (spec["nodePools"] as readonly { readonly name: string }[]).map(({ name }) => name);
    if (asking.command === "resize") {
      const pool = Math.floor(asking.which * pools.length);
      const next = edited(spec, { edit: "resize", pool, size: Number(asking.value) }, clock.nowMs());
      if (next !== undefined) wishes.set(cluster, { spec: next });
      resized.add(cluster);
    }
    maintainer.ask(cluster, asking, pools);
  };
  return {
    tombstones,
    unanswered: (cluster) => maintainer.unanswered(cluster),
    withdraw: async () => {
      for (const cluster of [...deployed]) {
        const uid = statuses.get(cluster)?.uid;
        if (uid === undefined || undeploy(cloud, uid)) deployed.delete(cluster);
      }
      for (const [cluster, { spec, deletion }] of wishes) {
        const unprobed = deletion === undefined ? withoutProbes(spec) : undefined;
        if (unprobed !== undefined) wish(cluster, { spec: unprobed });
      }
      for (const cluster of [...resized]) {
        if ((await maintainer.unanswered(cluster)) !== undefined) continue;
        resized.delete(cluster);
        restore(cluster);
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
      if (change.edit === "pause") return maintainer.pause(cluster, change.minutes, change.pool);
      if (change.edit === "command") return ask(cluster, now, change.asking);
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
