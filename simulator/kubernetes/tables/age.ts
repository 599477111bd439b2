/** Durations for people, as k8s.io/apimachinery/pkg/util/duration prints them: `5m30s`, `3h`, `2d4h`. */

const SECOND = 1;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

function withRest(total: number, unit: number, rest: number, letters: readonly [string, string]): string {
  const whole = Math.floor(total / unit);
  const remainder = Math.floor((total % unit) / rest);
  return remainder === 0 ? `${whole}${letters[0]}` : `${whole}${letters[0]}${remainder}${letters[1]}`;
}

/** `duration.HumanDuration`. */
export function humanDuration(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 2 * MINUTE) return `${seconds}s`;
  if (seconds < 10 * MINUTE) return withRest(seconds, MINUTE, SECOND, ["m", "s"]);
  if (seconds < 3 * HOUR) return `${Math.floor(seconds / MINUTE)}m`;
  if (seconds < 8 * HOUR) return withRest(seconds, HOUR, MINUTE, ["h", "m"]);
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)}h`;
  if (seconds < 8 * DAY) return withRest(seconds, DAY, HOUR, ["d", "h"]);
  if (seconds < 2 * YEAR) return `${Math.floor(seconds / DAY)}d`;
  if (seconds < 8 * YEAR) return withRest(seconds, YEAR, DAY, ["y", "d"]);
  return `${Math.floor(seconds / YEAR)}y`;
}

/** How long ago a timestamp was. */
export function age(since: string | undefined | null, nowMs: number): string {
  return since === undefined || since === null || since === ""
    ? "<unknown>"
    : humanDuration(nowMs - Date.parse(since));
}
