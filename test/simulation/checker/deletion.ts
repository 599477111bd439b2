/** S14 and S7: nothing is deleted as a whole without a tombstone that names its uid, and no etcd disk that was ever used goes before. */
import type { InvariantMaker } from "./checker.ts";
import { mutationOf, rowAt, type SeenStatus, statusIn } from "./reading.ts";

/** A cluster that keeps its spec never needs another of these. */
const LASTING = new Set(["networks", "subnetworks", "secrets"]);

export const deletion: InvariantMaker = (watched) => {
  const last = new Map<string, SeenStatus>();
  /** Disks that a machine has run with: before that there is nothing on them. */
  const used = new Set<string>();
  const isDeleting = (name: string): boolean =>
    [...last].some(([cluster, { uid, deleting }]) => deleting && name.startsWith(`${cluster}-${uid}-`));
  return {
    committed: ({ path, data, process }) => {
      const cluster = statusIn(path) ?? /^clusters\/([^/]+)$/.exec(path)?.[1];
      if (cluster === undefined) return;
      const before = last.get(cluster);
      if (data === undefined && before?.deleting !== true && process !== undefined)
        watched.violated("S14", cluster, `${path} is deleted, and nobody asked for it`);
      if (statusIn(path) === undefined) return;
      const after = data as SeenStatus | undefined;
      if (after === undefined) {
        last.delete(cluster);
        return;
      }
      last.set(cluster, after);
      if (!after.deleting || before?.deleting === true) return;
      if (watched.tombstones.has(`${cluster} ${after.uid}`)) watched.held("S14");
      else
        watched.violated("S14", cluster, `${after.uid} is being deleted without a tombstone that names it`);
    },
    changed: ({ type, path }) => {
      if (type === "deleted") used.delete(path);
      const machine = path.includes("/instances/") ? watched.cloud.compute.machine(path) : undefined;
      if (machine?.status !== "RUNNING") return;
      for (const disk of machine.disks) used.add(disk.path);
    },
    before: (call) => {
      const mutation = mutationOf(call);
      if (mutation?.verb !== "delete") return;
      const labels = rowAt(watched.cloud, mutation.path)?.body["labels"] as
        | Record<string, string>
        | undefined;
      const isEtcd = mutation.collection === "disks" && labels?.["clusterwright-role"] === "etcd";
      if (!isEtcd && !LASTING.has(mutation.collection)) return;
      const invariant = isEtcd ? "S7" : "S14";
      const isEmpty = isEtcd && !used.has(mutation.path);
      if (isDeleting(mutation.name) || isEmpty) watched.held(invariant);
      else
        watched.violated(
          invariant,
          call.process.cluster,
          `${mutation.path} is deleted from a cluster that stays`,
        );
    },
  };
};
