/** How long something is unhealthy before it is mended. Pure. */
import type { Cluster } from "./resource.ts";

/** Shorter than this an overloaded machine that runs a simulated cloud makes healthy nodes look silent. */
const HASTY_MIN_MS = 30_000;

/** Where machines are as fast as these. */
export function patienceMs(boundMs: number, { haste = 1 }: Pick<Cluster, "haste">): number {
  return haste <= 1 ? boundMs : Math.max(Math.min(boundMs, HASTY_MIN_MS), boundMs / haste);
}
