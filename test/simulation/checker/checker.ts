/** The checker: invariants that watch a run from outside, counted and reported by number. */
import type { VirtualClock } from "../../../simulator/clock.ts";
import type { SimulatedCloud } from "../../../simulator/cloud.ts";
import type { Delivery } from "../delivery.ts";
import type { Observer } from "../observer.ts";
import type { Trace } from "../trace.ts";

export interface Violation {
  /** E.g. `S2`. */
  readonly invariant: string;
  readonly atMs: number;
  readonly cluster: string | undefined;
  readonly message: string;
}

/** What an invariant sees and says. */
export interface Watched {
  readonly clock: VirtualClock;
  readonly cloud: SimulatedCloud;
  readonly delivery: Delivery;
  /** Paths of resources that somebody else made under a name of ours. */
  readonly foreign: ReadonlySet<string>;
  /** Ids of incidents that a fault put into an inbox itself. */
  readonly planted: ReadonlySet<string>;
  /** `uid pool` of groups that somebody resized by hand. */
  readonly resizedByHand: ReadonlySet<string>;
  /** Clusters for whose documents a deletion with their own uid was ever written: `cluster uid`. */
  readonly tombstones: ReadonlySet<string>;
  /** It was looked at once, and held. */
  held(invariant: string): void;
  violated(invariant: string, cluster: string | undefined, message: string): void;
}
export interface Invariant extends Observer {
  /** Everything is over. */
  finish?(): void;
}
export type InvariantMaker = (watched: Watched) => Invariant;

/** The same violation again is not news. */
const VIOLATIONS_KEPT_MAX = 20;

export interface Checker {
  readonly observer: Observer;
  readonly violations: readonly Violation[];
  /** How often each invariant was looked at. */
  readonly checks: Readonly<Record<string, number>>;
  violated: Watched["violated"];
  held: Watched["held"];
  finish(): void;
}

export function createChecker(
  makers: readonly InvariantMaker[],
  world: Omit<Watched, "held" | "violated">,
  trace: Trace,
): Checker {
  const violations: Violation[] = [];
  const checks: Record<string, number> = {};
  const held = (invariant: string): void => {
    checks[invariant] = (checks[invariant] ?? 0) + 1;
  };
  const violated = (invariant: string, cluster: string | undefined, message: string): void => {
    held(invariant);
    if (violations.length >= VIOLATIONS_KEPT_MAX) return;
    const violation = { invariant, atMs: world.clock.nowMs(), cluster, message };
    violations.push(violation);
    trace.add("violation", cluster, `${invariant}: ${message}`);
  };
  const invariants = makers.map((make) => make(Object.assign(world, { held, violated })));
  return {
    violations,
    checks,
    violated,
    held,
    finish: () => {
      for (const one of invariants) one.finish?.();
    },
    observer: toAll(invariants),
  };
}

function toAll(invariants: readonly Invariant[]): Observer {
  return {
    before: (call) => {
      for (const one of invariants) one.before?.(call);
    },
    after: (call, outcome) => {
      for (const one of invariants) one.after?.(call, outcome);
    },
    changed: (change) => {
      for (const one of invariants) one.changed?.(change);
    },
    committed: (commit) => {
      for (const one of invariants) one.committed?.(commit);
    },
    logged: (level, text) => {
      for (const one of invariants) one.logged?.(level, text);
    },
    ended: (process) => {
      for (const one of invariants) one.ended?.(process);
    },
  };
}
