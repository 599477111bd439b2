/** Why a machine is taken out of its pool. All causes share one budget; what holds one up may let another pass. */

export const CAUSES = [
  /** It failed. */
  "repair",
  /** It is made from an older template, or runs an older version. */
  "upgrade",
  /** Its host is about to be maintained. */
  "maintenance",
  /** The pool has more machines than it shall. */
  "scale-down",
  /** The pool is gone from the spec. */
  "removal",
  /** Somebody asked for this machine. */
  "command",
] as const;
export type Cause = (typeof CAUSES)[number];

/** A reason of its own for which one machine shall leave. */
export interface Leave {
  readonly cause: Cause;
  /** A sentence without its full stop: "node n-1 has been NotReady since 10:00". */
  readonly reason: string;
  /** It passes windows, exclusions and a pause of upgrades, by policy. */
  readonly urgent?: boolean;
  /** An hour into a pool's trouble: whether another machine in its place helps is tried on this one. */
  readonly probe?: boolean;
  /** Of the command that asked for it. */
  readonly operation?: string;
  /** When its drain may have begun at the earliest: a cordon may be older than the reason to leave. */
  readonly sinceMs?: number;
  /** What follows its drain, unless it goes: it stays empty, or it is restarted. */
  readonly afterwards?: "stay" | "restart";
}
