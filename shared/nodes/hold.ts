/** What keeps machines of a pool from being taken for a while: a brake, a pause, a closed window. Pure. */
import type { Reason } from "../status/reasons.ts";
import type { Cause } from "./cause.ts";

/** `untilMs` of what only a person ends, which wakes the cluster: there is nothing to look for meanwhile. */
export const UNTIL_TOLD_MS = Date.UTC(9999, 0);

export interface Hold {
  /** Of the condition that tells of it. */
  readonly reason: Reason;
  /** Which disruptions it holds up. */
  readonly causes: "all" | readonly Cause[];
  /** Only machines there, `zones/z`; absent: all of the pool. */
  readonly zone?: string;
  /** Only this machine; absent: each. */
  readonly machine?: string;
  /** What is waited for, as a noun phrase: "the next maintenance window, from 2026-12-05T02:00Z". */
  readonly waitsFor: string;
  /** When it opens by itself, if that is known. */
  readonly untilMs?: number;
  /** Whether what is urgent passes. */
  readonly letsUrgentPass?: boolean;
  /** Whether the one machine passes on which a repair is tried. */
  readonly letsProbePass?: boolean;
  /** Whether a drain that has begun goes on: no other one begins. */
  readonly letsBegunPass?: boolean;
  /** Nodes whose drain has begun are opened for pods again meanwhile: it lasts too long to leave them empty. */
  readonly givesBack?: boolean;
}

/** What a wait for a hold says beside its words: when it ends by itself, and the reason of the condition. */
export function heldBy(
  holds: readonly Hold[],
  waitsFor: string,
): { readonly untilMs?: number; readonly because?: Reason } {
  const hold = holds.find((one) => one.waitsFor === waitsFor);
  if (hold === undefined) return {};
  const { untilMs, reason } = hold;
  return { because: reason, ...(untilMs === undefined ? {} : { untilMs }) };
}

/** The first hold that stands against it. */
export function heldUp(
  holds: readonly Hold[],
  {
    cause,
    urgent = false,
    probe = false,
    zone,
    machine,
  }: {
    readonly cause: Cause;
    readonly urgent?: boolean;
    readonly probe?: boolean;
    readonly zone?: string;
    readonly machine?: string;
  },
): Hold | undefined {
  return holds.find(
    (hold) =>
      (hold.causes === "all" || hold.causes.includes(cause)) &&
      (hold.zone === undefined || hold.zone === zone) &&
      (hold.machine === undefined || hold.machine === machine) &&
      !(urgent && hold.letsUrgentPass === true) &&
      !(probe && hold.letsProbePass === true),
  );
}
