/** Local times of an IANA time zone, daylight saving and all. Pure: the zones come with the runtime. */

/** Longer than any clock change is away from the day that it concerns. */
const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** How far the zone's clocks are ahead of UTC at a moment. */
export function offsetMs(zone: string, utcMs: number): number {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(utcMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const local = Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
  return local - Math.floor(utcMs / 1000) * 1000;
}

/**
 * The moment of a local time, given as if it were UTC. As RFC 5545 has it: one that comes twice is the first, one that is
 * skipped is read with the offset before the change (02:30 becomes 03:30).
 */
export function momentOfLocal(zone: string, localMs: number): number {
  const before = localMs - offsetMs(zone, localMs - DAY_MS);
  const after = localMs - offsetMs(zone, localMs + DAY_MS);
  const real = [before, after].filter((ms) => ms + offsetMs(zone, ms) === localMs);
  return real.length === 0 ? before : Math.min(...real);
}

/** `Sat 2026-12-05 02:00 Europe/Amsterdam`, as people of that zone read it. */
export function showLocal(zone: string, utcMs: number): string {
  const local = new Date(utcMs + offsetMs(zone, utcMs));
  const day = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][local.getUTCDay()];
  return `${day} ${local.toISOString().slice(0, 16).replace("T", " ")} ${zone}`;
}

/** Making one takes longer than asking it a hundred times. */
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    calendar: "iso8601",
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  formats.set(zone, made);
  return made;
}
