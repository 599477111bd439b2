/** What machines that never joined, or failed and are kept, say last on their serial consoles: often the only witness. */
import { isCloudError } from "../../ports/cloud-error.ts";
import { parseComputePath } from "../../ports/compute.ts";
import type { CloudReader, Cluster } from "../resource.ts";
import { joinMsOf } from "./care-view.ts";
import { groupMachines } from "./group-machines.ts";
import { nodeOf } from "./views.ts";

/** One call each; of a pool none of whose machines joins, a few say enough. */
const CONSOLES_READ_MAX = 3;
const TAIL_LINES = 3;
/** Characters: a reason has room for 400, and says more than this. */
const TAIL_LENGTH_MAX = 240;

/** By machine's name. */
export async function lastWords(
  { compute }: CloudReader,
  cluster: Cluster,
): Promise<ReadonlyMap<string, string>> {
  const late = lateMachines(cluster).slice(0, CONSOLES_READ_MAX);
  const said = await Promise.all(
    late.map(async (path) => {
      const ref = { ...parseComputePath(path), kind: "instances" as const };
      try {
        return [ref.name, tailOf((await compute.serialOutput(ref)).contents)] as const;
      } catch (error) {
        // Gone meanwhile, or not to be read: it is replaced all the same.
        if (isCloudError(error)) return undefined;
        throw error;
      }
    }),
  );
  return new Map(said.filter((one) => one !== undefined));
}

function lateMachines(cluster: Cluster): readonly string[] {
  const { groups = [], machineStates, lookedMs = 0 } = cluster.facts;
  return groups.flatMap((group) => {
    const joinMs = joinMsOf(cluster.spec.nodePools.find(({ name }) => name === group.pool)?.repair ?? {});
    return groupMachines(cluster, group)
      .filter(({ path, going }) => {
        const state = machineStates?.get(path);
        if (state?.kept === "leaving" && state.status === "RUNNING") return true;
        const sinceMs = state?.startedMs ?? state?.createdMs;
        if (going || state?.status !== "RUNNING" || sinceMs === undefined) return false;
        return lookedMs >= sinceMs + joinMs && nodeOf(cluster, path) === undefined;
      })
      .map(({ path }) => path);
  });
}

/** A boot may print anything: one line of plain characters is left. */
function tailOf(contents: string): string {
  const lines = contents
    .replace(/[^\x20-\x7e\n]/g, " ")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return lines.slice(-TAIL_LINES).join(" / ").slice(-TAIL_LENGTH_MAX);
}
