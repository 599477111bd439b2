/** S8 and the first half of L4: generations and epochs never go back, one holder at a time, and no old epoch writes. */
import type { Commit } from "../observer.ts";
import type { InvariantMaker } from "./checker.ts";
import { type SeenStatus, statusIn } from "./reading.ts";

/** Longer than any lease that a right clock would grant: such a one is void. */
const LEASE_MAX_MS = 120_000;

export const lease: InvariantMaker = (watched) => {
  const last = new Map<string, SeenStatus>();
  const judge = (before: SeenStatus, after: SeenStatus, { process }: Commit): string | undefined => {
    if (after.generation < before.generation)
      return `the generation goes back from ${before.generation} to ${after.generation}`;
    const [old, now] = [before.lease, after.lease];
    if (old === undefined || now === undefined) return undefined;
    if (now.epoch < old.epoch) return `the epoch goes back from ${old.epoch} to ${now.epoch}`;
    if (now.epoch === old.epoch) {
      if (now.holder !== old.holder) return `epoch ${now.epoch} has two holders`;
      const onlyDirty =
        JSON.stringify({ ...before, lease: { ...old, dirty: true } }) === JSON.stringify(after);
      if (process?.name !== now.holder && !onlyDirty)
        return `${process?.name} writes under epoch ${now.epoch} of ${now.holder}`;
      return undefined;
    }
    if (now.holder !== process?.name) return `${process?.name} takes the lease for ${now.holder}`;
    const ownNowMs = watched.clock.nowMs() + process.skewMs;
    const heldMs = old.untilMs - ownNowMs;
    if (heldMs > 0 && heldMs <= LEASE_MAX_MS && old.holder !== now.holder)
      return `${now.holder} takes the lease that ${old.holder} holds for another ${heldMs} ms`;
    return undefined;
  };
  return {
    committed: (commit) => {
      const cluster = statusIn(commit.path);
      if (cluster === undefined) return;
      const before = last.get(cluster);
      const after = commit.data as SeenStatus | undefined;
      if (after === undefined) {
        last.delete(cluster);
        return;
      }
      last.set(cluster, after);
      if (before === undefined || before.uid !== after.uid) return;
      const trouble = judge(before, after, commit);
      if (trouble === undefined) watched.held("S8");
      else watched.violated("S8", cluster, trouble);
    },
  };
};
