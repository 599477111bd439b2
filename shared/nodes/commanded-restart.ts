/** From when on restarts of a machine count for the command that asked for one. Pure. */
import type { AcceptedCommand } from "../status/inbox.ts";
import { LADDER_REMEMBERS_MS } from "./ladder.ts";

/**
 * From when it was begun on. A clock that was ahead may have begun it: by any other clock no restart would count for as long
 * as that, and a machine that is back would be restarted again and again. Then those of the last hour count.
 */
export function restartsCountFromMs({ begunMs }: Pick<AcceptedCommand, "begunMs">, nowMs: number): number {
  if (begunMs === undefined) return nowMs;
  return begunMs <= nowMs ? begunMs : nowMs - LADDER_REMEMBERS_MS;
}
