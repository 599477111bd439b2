/**
 * Who may work on a cluster now: `free ─take─► held ─release or expire─► free`. Every taking raises the epoch, and a
 * holder may only save while the epoch is still its own (S8).
 */
export interface Lease {
  readonly holder: string;
  readonly untilMs: number;
  readonly epoch: number;
  /** Something came in while it was held: the holder asks for another pass when it releases. */
  readonly dirty: boolean;
}

/** Longer than a pass may take with its last calls (engine/pass.ts), far shorter than a person's patience. */
export const LEASE_MS = 60_000;

/** A call that begins this long before the end of the lease has reached the cloud by then. */
const ACT_BEFORE_END_MS = 5_000;
/** Clocks of machines in a cloud differ by less; a lease that ends later was written by a clock that is wrong. */
const CLOCK_SKEW_MS_MAX = 60_000;

export type Taking =
  | { readonly taken: true; readonly lease: Lease }
  | { readonly taken: false; readonly lease: Lease };

/** A lease of the same holder name is taken over at once: embedded, a restarted process is the same holder. */
export function takeLease(lease: Lease | undefined, holder: string, nowMs: number): Taking {
  if (lease !== undefined && isHeldByAnother(lease, holder, nowMs)) {
    return { taken: false, lease: { ...lease, dirty: true } };
  }
  const epoch = (lease?.epoch ?? 0) + 1;
  return { taken: true, lease: { holder, untilMs: nowMs + LEASE_MS, epoch, dirty: false } };
}

export function isHeldByAnother(lease: Lease | undefined, holder: string, nowMs: number): boolean {
  return lease !== undefined && isHeld(lease, nowMs) && lease.holder !== holder;
}

/** A lease from the future is void: to wait it out would stop the cluster for as long as that clock was ahead. */
function isHeld({ untilMs }: Lease, nowMs: number): boolean {
  return untilMs > nowMs && untilMs - nowMs <= LEASE_MS + CLOCK_SKEW_MS_MAX;
}

/** Whether a change may still begin under it: later another pass may be at work, and the end is saved by nobody. */
export function mayStillAct({ untilMs }: Lease, nowMs: number): boolean {
  return nowMs < untilMs - ACT_BEFORE_END_MS;
}

/** Whether `mine` still rules, given what the document says now. Expiry alone does not matter: nobody took over. */
export function stillMine(mine: Lease, current: Lease | undefined): boolean {
  return current !== undefined && current.epoch === mine.epoch && current.holder === mine.holder;
}

export function releaseLease(lease: Lease): Lease {
  return { ...lease, untilMs: 0, dirty: false };
}
