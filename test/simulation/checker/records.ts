/** S15: every mutation has an event line that names it; a pass that left none is told of by the next one. */
import type { Process } from "../observer.ts";
import type { InvariantMaker } from "./checker.ts";
import { eventsIn, mutationOf, type SeenStatus, statusIn } from "./reading.ts";

interface Work {
  readonly cluster: string;
  readonly mutated: Set<string>;
  readonly named: Set<string>;
  /** It took the lease and gave it back. */
  released: boolean;
  interrupted: boolean;
  /** The one before it took the lease and never gave it back. */
  mustTell: boolean;
}
interface Lines {
  readonly lines: readonly { readonly verb: string; readonly key: string }[];
}

export const records: InvariantMaker = (watched) => {
  const works = new Map<string, Work>();
  const last = new Map<string, SeenStatus>();
  const clusterOfUid = new Map<string, string>();
  const workOf = (process: Process, cluster: string): Work => {
    const key = `${process.name} ${cluster}`;
    const work = works.get(key) ?? {
      cluster,
      mutated: new Set<string>(),
      named: new Set<string>(),
      released: false,
      interrupted: false,
      mustTell: false,
    };
    works.set(key, work);
    return work;
  };
  return {
    committed: ({ process, path, data }) => {
      if (process === undefined || process.what === "join") return;
      const events = eventsIn(path);
      if (events !== undefined && data !== undefined) {
        const work = workOf(process, events);
        for (const { verb, key } of (data as Lines).lines) {
          work.named.add(key);
          if (verb === "interrupted") work.interrupted = true;
        }
      }
      const cluster = statusIn(path);
      if (cluster === undefined) return;
      const before = last.get(cluster);
      const after = data as SeenStatus | undefined;
      if (after === undefined) {
        last.delete(cluster);
        workOf(process, cluster).released = true;
        return;
      }
      last.set(cluster, after);
      clusterOfUid.set(after.uid, cluster);
      if (after.lease?.holder !== process.name) return;
      const work = workOf(process, cluster);
      const takes = after.lease.epoch !== before?.lease?.epoch;
      if (takes && before?.uid === after.uid && (before.lease?.untilMs ?? 0) !== 0) work.mustTell = true;
      work.released = after.lease.untilMs === 0;
    },
    after: (call, { ok }) => {
      const mutation = mutationOf(call);
      if (mutation === undefined || !ok || call.process.what === "join") return;
      const cluster = clusterOfUid.get(/-([a-z0-9]{6})-/.exec(mutation.name)?.[1] ?? "");
      if (cluster !== undefined) workOf(call.process, cluster).mutated.add(mutation.path);
    },
    ended: (process) => {
      for (const [key, work] of works) {
        if (!key.startsWith(`${process.name} `)) continue;
        works.delete(key);
        if (work.mustTell && !work.interrupted)
          watched.violated(
            "S15",
            work.cluster,
            `${process.name} does not tell that the pass before it left no record`,
          );
        if (!work.released || process.state !== "ended") continue;
        const unnamed = [...work.mutated].filter((path) => !work.named.has(path));
        if (unnamed.length === 0) watched.held("S15");
        else
          watched.violated(
            "S15",
            work.cluster,
            `${process.name} changed ${unnamed[0]}, and no event names it`,
          );
      }
    },
  };
};
