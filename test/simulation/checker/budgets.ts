/** What a pool's spec allows, by the invariants' own arithmetic. */
import type { SeenPool } from "./reading.ts";

export function sizeOf({ size }: SeenPool): number {
  return typeof size === "number" ? size : size.max;
}
export function shareOf(count: number | string, of: number, round: (value: number) => number): number {
  return typeof count === "number" ? count : round((Number.parseInt(count, 10) / 100) * of);
}

export function isBlueGreen(spec: SeenPool | undefined): boolean {
  return spec?.upgrade.strategy === "blue-green";
}
/** Nodes that may leave at once: a blue-green upgrade has a batch, all others what may be too many and may miss. */
export function budgetOf(spec: SeenPool | undefined, size: number): number {
  if (isBlueGreen(spec)) return Math.max(1, shareOf(spec?.upgrade.blueGreen?.batch ?? 1, size, Math.ceil));
  const surge = shareOf(spec?.upgrade.maxSurge ?? 0, size, Math.ceil);
  return Math.max(1, surge + shareOf(spec?.upgrade.maxUnavailable ?? 0, size, Math.floor));
}
