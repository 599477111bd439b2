/**
 * L7: a command that was accepted comes to an end that is recorded, and says why; until then it stands in the inbox or in the
 * status, and its deadline ends it. That none is left open when all is over, liveness.ts asserts.
 */
import { type AskedCommand, createAsked } from "./asked.ts";
import type { InvariantMaker } from "./checker.ts";
import { type SeenStatus, statusIn } from "./reading.ts";

interface Inbox {
  readonly commands?: readonly { readonly operation: string }[];
}

export const commands: InvariantMaker = (watched) => {
  const asked = createAsked();
  const statuses = new Map<string, SeenStatus>();
  const inboxes = new Map<string, Inbox>();
  const lost = new Set<AskedCommand>();
  const isListed = ({ cluster, uid, operation }: AskedCommand): boolean => {
    const status = statuses.get(cluster);
    const taken = status?.uid === uid ? (status.care?.commands ?? []) : [];
    return [...taken, ...(inboxes.get(cluster)?.commands ?? [])].some((one) => one.operation === operation);
  };
  /** A pass that began after a deadline has ended what it was of. */
  const checkDeadlines = (cluster: string, uid: string, name: string, beganMs: number): void => {
    for (const one of asked.all()) {
      if (one.cluster !== cluster || one.uid !== uid || one.deadlineMs === undefined) continue;
      if (one.result !== "running" || beganMs < one.deadlineMs) watched.held("L7");
      else watched.violated("L7", cluster, `${name} leaves ${one.operation} open, and its deadline was over`);
    }
  };
  return {
    committed: (commit) => {
      const { path, data, process } = commit;
      const inbox = /^clusters\/([^/]+)\/inbox\/current$/.exec(path)?.[1];
      if (inbox !== undefined) inboxes.set(inbox, (data ?? {}) as Inbox);
      const news = asked.committed(commit);
      const { before, now } = news ?? {};
      if (before !== undefined && before.result !== "running" && before.result !== now?.result)
        watched.violated(
          "L7",
          before.cluster,
          `${before.operation} was ${before.result}: ${now?.result} now`,
        );
      if (now !== undefined && now.message === "")
        watched.violated("L7", now.cluster, `${now.operation} is ${now.result}, and nothing says why`);
      const cluster = statusIn(path);
      if (cluster === undefined) return;
      if (data === undefined) return void statuses.delete(cluster);
      const status = data as SeenStatus;
      statuses.set(cluster, status);
      const isReleased = status.lease?.holder === process?.name && status.lease?.untilMs === 0;
      if (process !== undefined && isReleased)
        checkDeadlines(cluster, status.uid, process.name, process.startedMs + process.skewMs);
    },
    ended: ({ name }) => {
      for (const one of asked.all()) {
        if (one.result !== "running" || lost.has(one)) continue;
        if (isListed(one)) watched.held("L7");
        else {
          lost.add(one);
          watched.violated(
            "L7",
            one.cluster,
            `after ${name} nobody knows of ${one.operation}, which is not done`,
          );
        }
      }
    },
  };
};
