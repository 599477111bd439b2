/** The one disruption budget of a pool: how many machines it may have too many, and how many may be missing. Pure. */
import type { NodePool } from "../spec/cluster.ts";
import { countOf } from "../spec/share.ts";

export interface DisruptionBudget {
  /** Machines above the size while machines are replaced. */
  readonly surge: number;
  /** Nodes below the size that a disruption may lead to. */
  readonly unavailable: number;
  /** Machines that are drained or deleted at the same time: what moves at once is what was made too many or may miss. */
  readonly inFlight: number;
}

/** A pool that goes has no policy of its own any more: the gentlest that there is. */
export const REMOVED_POOL_BUDGET: DisruptionBudget = { surge: 0, unavailable: 0, inFlight: 1 };

/** Shares are rounded as the spec's own rules round them: surge up, unavailability down. */
export function disruptionBudget(
  size: number,
  upgrade: Pick<NodePool["upgrade"], "maxSurge" | "maxUnavailable"> & Partial<NodePool["upgrade"]>,
): DisruptionBudget {
  const { strategy, blueGreen } = upgrade;
  if (strategy === "blue-green") {
    const batch = countOf(blueGreen?.batch ?? 1, size, "up");
    return { surge: size, unavailable: 0, inFlight: Math.max(1, batch) };
  }
  if (strategy === "in-place") {
    const missing = Math.max(1, countOf(upgrade.maxUnavailable, size, "down"));
    return { surge: 0, unavailable: missing, inFlight: missing };
  }
  const surge = countOf(upgrade.maxSurge, size, "up");
  const unavailable = countOf(upgrade.maxUnavailable, size, "down");
  // A pool of size 0 has shares of nothing, and may still have machines to be rid of.
  return { surge, unavailable, inFlight: Math.max(1, surge + unavailable) };
}
