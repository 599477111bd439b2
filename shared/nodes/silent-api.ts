/**
 * Which control-plane machine is reset while the cluster's API is silent. Pure. Everywhere else lost sight of a cluster
 * freezes repairs; here nothing else can bring sight back. A reset deletes nothing, and only one machine is away at a time.
 *
 *   silent ─30 min─► one is reset ─30 min─► the next … ─all were─► again, after twice the time ─four rounds─► a person
 */
import { quorumOf } from "./quorum.ts";

/** Longer than for a member beside others: what cuts us off rather than the cluster is mostly over before. */
export const SILENT_API_MS = 30 * 60_000;
/** Each member is reset as often at most in one silence: what that does not mend is not mended by one more. */
export const ROUNDS_MAX = 4;

export interface SilentMember {
  readonly name: string;
  /** Absent while it has no machine. */
  readonly status?: string;
  readonly startedMs?: number;
  /** When it was reset in this silence. */
  readonly resets: readonly number[];
}
export type SilentDecision =
  | { readonly reset: string; readonly reason: string }
  /** A noun phrase. */
  | { readonly waitsFor: string };

export function decideSilent(
  members: readonly SilentMember[],
  lostMs: number,
  nowMs: number,
): SilentDecision {
  const since = `the cluster's API to answer, silent since ${iso(lostMs)}`;
  const off = members.find(({ status }) => status !== "RUNNING");
  // Its zone may be dark, or it is being made or started: that must end first.
  if (off !== undefined)
    return { waitsFor: `${since}; ${off.name} does not run (${off.status ?? "it has no machine"})` };
  const resets = members.flatMap((member) => member.resets);
  const round = Math.floor(resets.length / members.length);
  if (round >= ROUNDS_MAX)
    return {
      waitsFor: `${since}; its machines were restarted ${resets.length} times: somebody must look into it`,
    };
  const patienceMs = SILENT_API_MS * 2 ** round;
  const lastMs = Math.max(lostMs, ...resets, ...members.map(({ startedMs = 0 }) => startedMs));
  const dueMs = lastMs + patienceMs;
  const next = members.toSorted((one, other) => one.resets.length - other.resets.length)[0];
  if (next === undefined) return { waitsFor: since };
  if (nowMs < dueMs)
    return { waitsFor: `${since}; ${next.name} is restarted at ${iso(dueMs)} if it does not` };
  const quorum =
    members.length === 1
      ? "it is the only control-plane machine"
      : `fewer than ${quorumOf(members.length)} of ${members.length} control-plane machines may be well, and they are restarted one after another`;
  return { reset: next.name, reason: `the cluster's API has been silent since ${iso(lostMs)}; ${quorum}` };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
