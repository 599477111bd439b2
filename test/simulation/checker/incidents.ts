/**
 * S2 and S10 of what is heard: an incident in an inbox is about a machine that is there and is the cluster's, each is taken in
 * at most once, and nothing is written for whoever forges one.
 */
import { LABEL_CLUSTER } from "../../../shared/resources/owner.ts";
import type { Incident } from "../../../shared/status/inbox.ts";
import type { InvariantMaker } from "./checker.ts";
import { statusIn } from "./reading.ts";

interface Incidents {
  readonly uid?: string;
  readonly incidents?: readonly Incident[];
  readonly care?: { readonly incidents: readonly Incident[] };
}

export const incidents: InvariantMaker = (watched) => {
  /** By cluster and uid: what was taken in, and what the status held last. */
  const taken = new Map<string, Set<string>>();
  const held = new Map<string, ReadonlySet<string>>();
  /** By cluster: what lay in its inbox last, whoever had put it there. */
  const inboxes = new Map<string, ReadonlySet<string>>();

  const checkInbox = (cluster: string, data: Incidents): void => {
    const before = inboxes.get(cluster);
    for (const { id, machine: path, instanceId } of data.incidents ?? []) {
      if (before?.has(id) === true) continue;
      const machine = watched.cloud.compute.machine(path);
      // It may have gone since it was asked for.
      const isOurs = machine === undefined || machine.labels[LABEL_CLUSTER] === cluster;
      if (isOurs && (machine === undefined || machine.id === instanceId)) watched.held("S2");
      else
        watched.violated(
          "S2",
          cluster,
          `${path} is not the machine ${instanceId} of which something was told`,
        );
    }
  };
  const checkStatus = (cluster: string, { uid = "", care }: Incidents): void => {
    const key = `${cluster} ${uid}`;
    const all = taken.get(key) ?? new Set<string>();
    const before = held.get(key) ?? new Set<string>();
    const now = new Set(care?.incidents.map(happening));
    for (const what of now) {
      if (before.has(what)) continue;
      if (all.has(what)) watched.violated("S10", cluster, `${what} is taken in twice`);
      else watched.held("S10");
      all.add(what);
    }
    if ((care?.incidents.length ?? 0) !== now.size)
      watched.violated("S10", cluster, "one incident stands twice in the status");
    taken.set(key, all);
    held.set(key, now);
  };
  return {
    committed: ({ process, path, data }) => {
      if (process?.what === "forged-event")
        watched.violated("S2", process.cluster, `${path} is written for a forged event`);
      const inbox = /^clusters\/([^/]+)\/inbox\/current$/.exec(path)?.[1];
      if (inbox !== undefined && data === undefined) inboxes.delete(inbox);
      if (data === undefined) return;
      if (inbox !== undefined) {
        if (process?.what === "machine-event") checkInbox(inbox, data as Incidents);
        inboxes.set(inbox, new Set((data as Incidents).incidents?.map(({ id }) => id)));
      }
      const status = statusIn(path);
      if (status !== undefined) checkStatus(status, data as Incidents);
    },
  };
};

/** What happened, by what the world itself knows of it. */
function happening({ method, machine, instanceId, atMs }: Incident): string {
  return `${method} of ${machine} (${instanceId}) at ${atMs}`;
}
