/** S7: a disk goes to another machine only once the one before is confirmed stopped, and a workload's disk outlives its machine. */
import { PROJECT } from "../../../simulation/world.ts";
import type { InvariantMaker, Watched } from "./checker.ts";
import { type Mutation, mutationOf, rowAt } from "./reading.ts";

const OUR_MARK = "clusterwright-uid";
/** Its power is off for sure: nothing of it writes any more. */
const STOPPED = new Set(["TERMINATED", "SUSPENDED"]);

export const disks: InvariantMaker = (watched) => {
  /** Paths of disks that are nobody's of ours: workloads claimed them. */
  const claimed = new Set<string>();
  return {
    changed: ({ type, path }) => {
      if (path.includes("/instances/") && type === "deleted") return outlived(watched, claimed);
      if (!path.includes("/disks/")) return;
      if (type === "inserted" && isWorkloads(watched, path)) claimed.add(path);
      if (type === "deleted" && claimed.delete(path))
        watched.violated("S7", undefined, `${path} is a workload's, and was deleted`);
    },
    before: (call) => {
      const mutation = mutationOf(call);
      if (mutation === undefined) return;
      const { cluster } = call.process;
      for (const { path, holder } of heldDisks(watched, mutation))
        watched.violated(
          "S7",
          cluster,
          `${mutation.verb} ${mutation.path} takes ${path}, which ${holder} has and has not stopped`,
        );
      if (mutation.verb === "delete" && claimed.has(mutation.path))
        watched.violated("S7", cluster, `${mutation.path} is a workload's, and is asked to be deleted`);
    },
  };

  /** What a mutation would attach while another machine may still write to it. */
  function heldDisks({ cloud, held }: Watched, mutation: Mutation) {
    const wanted = attached(mutation);
    if (wanted.length === 0) return [];
    held("S7");
    // Compute Engine itself refuses a second machine of the same name.
    const others = [...cloud.compute.machines(PROJECT)].filter(({ path }) => path !== mutation.path);
    return wanted.flatMap((path) =>
      others
        .filter((one) => !STOPPED.has(one.status) && one.disks.some((disk) => disk.path === path))
        .map((one) => ({ path, holder: one.path })),
    );
  }
};

/** Paths of disks that were there before and that the machine gets. */
function attached({ verb, collection, body }: Mutation): readonly string[] {
  const { disks: all = [], source } = (body ?? {}) as {
    readonly disks?: readonly { readonly source?: string }[];
    readonly source?: string;
  };
  const sources =
    verb === "insert" && collection === "instances"
      ? all.map((disk) => disk.source)
      : verb === "instances.attachDisk"
        ? [source]
        : [];
  return sources.flatMap((link) => (link === undefined ? [] : [link.slice(link.indexOf("projects/"))]));
}

function isWorkloads({ cloud }: Watched, path: string): boolean {
  const labels = rowAt(cloud, path)?.body["labels"] as Readonly<Record<string, string>> | undefined;
  return labels?.[OUR_MARK] === undefined;
}

function outlived({ cloud, held }: Watched, claimed: ReadonlySet<string>): void {
  for (const path of claimed) if (rowAt(cloud, path) !== undefined) held("S7");
}
