/** What is remembered of repairs: each once, with when the same was tried before; what was tried most goes last. Pure. */
import type { Repair } from "../status/care.ts";

/** A slot that is made anew with growing waits (brake.ts) comes to some ten tries within a day; a machine, to fewer restarts. */
const TRIES_KEPT_MAX = 16;
/** Earlier tries count for a day, as everywhere. */
const TRIES_KEPT_MS = 24 * 3_600_000;

/** When it was tried, the last time last. */
export function timesOf({ earlierMs = [], atMs }: Repair): readonly number[] {
  return [...earlierMs, atMs];
}

/** Repairs of one machine, or of one slot that was made anew, become one. In the order of their last tries. */
export function gathered(repairs: readonly Repair[]): readonly Repair[] {
  return [...Map.groupBy(repairs, sameness).values()]
    .flatMap(([first, ...others]) => (first === undefined ? [] : [together([first, ...others])]))
    .toSorted((one, other) => one.atMs - other.atMs);
}

/** A restart is of a machine; one that is made anew ends, and is remembered by who comes in its place. */
function sameness({ pool, step, machine, instanceId, slot = machine }: Repair): string {
  return JSON.stringify(step === "restart" ? [pool, step, machine, instanceId] : [pool, step, slot]);
}

function together(same: readonly [Repair, ...Repair[]]): Repair {
  if (same.length === 1) return same[0];
  const last = same.reduce((newest, one) => (one.atMs >= newest.atMs ? one : newest));
  const times = same.flatMap(timesOf).toSorted((one, other) => one - other);
  const earlierMs = times
    .slice(0, -1)
    .filter((atMs) => last.atMs - atMs < TRIES_KEPT_MS)
    .slice(-TRIES_KEPT_MAX);
  // A restart by command is remembered without a slot.
  const slot = last.slot ?? same.findLast((one) => one.slot !== undefined)?.slot;
  return { ...last, ...(slot === undefined ? {} : { slot }), earlierMs };
}

/**
 * Half of the room is for the newest, which are at work; the other half for slots that were tried most within the last day,
 * so that the one that fails again and again is not forgotten for many that failed once.
 */
export function keptRepairs(repairs: readonly Repair[], most: number): readonly Repair[] {
  if (repairs.length <= most) return repairs;
  const newest = repairs.slice(-Math.floor(most / 2));
  const slot = ({ pool, machine, slot: its = machine }: Repair) => `${pool} ${its}`;
  const sinceMs = Math.max(...repairs.map(({ atMs }) => atMs)) - TRIES_KEPT_MS;
  const recent = (all: readonly Repair[]) => all.flatMap(timesOf).filter((atMs) => atMs > sinceMs);
  const tries = new Map([...Map.groupBy(repairs, slot)].map(([name, all]) => [name, recent(all).length]));
  const triesOf = (repair: Repair) => tries.get(slot(repair)) ?? 0;
  const others = repairs
    .slice(0, -newest.length)
    .toReversed()
    .toSorted((one, other) => triesOf(other) - triesOf(one))
    .slice(0, most - newest.length);
  const kept = new Set([...others, ...newest]);
  return repairs.filter((one) => kept.has(one));
}
