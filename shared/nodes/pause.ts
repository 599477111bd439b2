/** What somebody paused: nothing of it is disrupted until it is resumed, or its time is over. Pure. */
import type { Pause } from "../status/care.ts";
import { type Hold, UNTIL_TOLD_MS } from "./hold.ts";

/** Those of the cluster, and those of the pool where one is asked for. A pause holds urgent things up as well (S4). */
export function pauseHolds(
  pauses: readonly Pause[],
  pool: string | undefined,
  nowMs: number,
): readonly Hold[] {
  return pauses
    .filter((pause) => (pause.pool === undefined || pause.pool === pool) && isOpen(pause, nowMs))
    .map((pause) => ({
      reason: "Paused",
      causes: "all",
      waitsFor: waitsFor(pause),
      untilMs: pause.untilMs ?? UNTIL_TOLD_MS,
    }));
}

export function isOpen({ untilMs }: Pause, nowMs: number): boolean {
  return untilMs === undefined || nowMs < untilMs;
}

function waitsFor({ pool, by, reason, untilMs }: Pause): string {
  const what = pool === undefined ? "the cluster" : `pool ${pool}`;
  const end =
    untilMs === undefined ? "to be resumed" : `to be resumed, or ${new Date(untilMs).toISOString()} to come`;
  return `${what}, which ${by} paused (${reason}), ${end}`;
}
