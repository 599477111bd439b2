/** Durations as people write them: `90s`, `10m`, `6h`, `30d`, `1h30m`. */
const UNITS_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;

export const DURATION_PATTERN = /^(?=\d)(\d{1,5}d)?(\d{1,5}h)?(\d{1,5}m)?(\d{1,5}s)?$/;

/** Milliseconds, or nothing when it is not a duration. */
export function parseDuration(text: string): number | undefined {
  if (!DURATION_PATTERN.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)([dhms])/g)) {
    total += Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS];
  }
  return total;
}

/** Milliseconds. @throws RangeError when it is not a duration (an accepted spec holds none such). */
export function durationMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new RangeError(`not a duration like 90s, 10m, 6h or 30d: ${text}`);
  return ms;
}
