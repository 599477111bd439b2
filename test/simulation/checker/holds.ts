/** S4: nothing is disrupted that somebody has paused, and nothing is upgraded in an exclusion; by what the status says itself. */
import type { ObservedCall } from "../observer.ts";
import type { Watched } from "./checker.ts";
import type { SeenStatus } from "./reading.ts";

interface Disruption {
  readonly cluster: string;
  readonly status: SeenStatus;
  /** Nothing for machines of the control plane. */
  readonly pool: string | undefined;
  /** As a cordon names it, where it does. */
  readonly cause: string | undefined;
  /** As a clause: "cordons n-1". */
  readonly what: string;
}

export function checkHolds(
  watched: Watched,
  { cluster, status, pool, cause, what }: Disruption,
  { process, atMs }: ObservedCall,
): void {
  // One that slept past its lease cannot know what the next one has taken in: that is fenced where it can be (S8).
  if (status.deleting || status.lease?.holder !== process.name) return;
  const nowMs = atMs + process.skewMs;
  const isPaused = status.care?.pauses.some(
    (pause) =>
      (pause.pool === undefined || pause.pool === pool) &&
      (pause.untilMs === undefined || nowMs < pause.untilMs),
  );
  const isFrozen =
    cause === "upgrade" &&
    status.accepted?.maintenance?.exclusions?.some(
      ({ from, to, scope }) => scope === "all" && Date.parse(from) <= nowMs && nowMs < Date.parse(to),
    );
  if (isPaused === true) watched.violated("S4", cluster, `${process.name} ${what} although it is paused`);
  else if (isFrozen === true)
    watched.violated("S4", cluster, `${process.name} ${what} for an upgrade, in an exclusion`);
  else watched.held("S4");
}
