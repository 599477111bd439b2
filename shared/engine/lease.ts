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

export type Taking =
  | { readonly taken: true; readonly lease: Lease }
  | { readonly taken: false; readonly lease: Lease };

/** A lease of the same holder name is taken over at once: embedded, a restarted process is the same holder. */
export function takeLease(lease: Lease | undefined, holder: string, nowMs: number): Taking {
  if (lease !== undefined && lease.untilMs > nowMs && lease.holder !== holder) {
    return { taken: false, lease: { ...lease, dirty: true } };
  }
  const epoch = (lease?.epoch ?? 0) + 1;
  return { taken: true, lease: { holder, untilMs: nowMs + LEASE_MS, epoch, dirty: false } };
}

/** Whether `mine` still rules, given what the document says now. Expiry alone does not matter: nobody took over. */
export function stillMine(mine: Lease, current: Lease | undefined): boolean {
  return current !== undefined && current.epoch === mine.epoch && current.holder === mine.holder;
}

export function releaseLease(lease: Lease): Lease {
  return { ...lease, untilMs: 0, dirty: false };
}
