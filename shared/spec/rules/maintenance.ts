/** Windows open some day, exclusions end after they begin. */
import type { ClusterSpec } from "../cluster.ts";
import { durationMs } from "../duration.ts";
import { type FieldError, fieldError, type Path } from "../field-error.ts";
import { momentMs } from "../moment.ts";
import { troubleWithRecurrence } from "../recurrence.ts";
import type { RuleInput } from "./rule.ts";

type Window = ClusterSpec["maintenance"]["windows"][number];

/** Local times are compared without their zone, which is at most this far from UTC. */
const ZONE_OFFSET_MAX_MS = 14 * 3_600_000;
/** Bounds the search for openings; older starts say nothing that a later one does not. */
const YEAR_MIN = 2020;
const YEAR_MAX = 2100;

export function checkMaintenance({ parsed, nowMs }: RuleInput): FieldError[] {
  const { windows, exclusions } = parsed.maintenance;
  return [
    ...windows.flatMap((window, index) => checkWindow(["maintenance", "windows", index], window, nowMs)),
    ...exclusions.flatMap((exclusion, index) =>
      checkExclusion(
        ["maintenance", "exclusions", index],
        exclusion,
        exclusions.slice(0, index).map(({ name }) => name),
      ),
    ),
  ];
}

function checkWindow(path: Path, window: Window, nowMs: number): FieldError[] {
  const startMs = momentMs(window.start);
  const year = Number(window.start.slice(0, 4));
  if (startMs === undefined || year < YEAR_MIN || year > YEAR_MAX) {
    return [
      fieldError(
        [...path, "start"],
        window.start,
        "is not a moment that the calendar has",
        `use a day from ${YEAR_MIN} to ${YEAR_MAX} and a time from 00:00 to 23:59, like 2026-01-03T02:00`,
      ),
    ];
  }
  if (!isTimeZone(window.timezone)) {
    return [
      fieldError(
        [...path, "timezone"],
        window.timezone,
        "is not a time zone that is known",
        "use a name of the IANA database, like Europe/Amsterdam or UTC",
      ),
    ];
  }
  if (window.recurrence === undefined) return checkSingle(path, window, startMs, nowMs);
  const fromMs = nowMs - durationMs(window.duration) - ZONE_OFFSET_MAX_MS;
  const trouble = troubleWithRecurrence({ rule: window.recurrence, startMs, fromMs });
  if (trouble === undefined) return [];
  return [fieldError([...path, "recurrence"], window.recurrence, trouble.reason, trouble.remedy)];
}

function checkSingle(path: Path, window: Window, startMs: number, nowMs: number): FieldError[] {
  if (startMs + durationMs(window.duration) + ZONE_OFFSET_MAX_MS > nowMs) return [];
  return [
    fieldError(
      [...path, "start"],
      window.start,
      "is past, and the window opens only once",
      "add a recurrence like FREQ=WEEKLY;BYDAY=SA, or remove the window",
    ),
  ];
}

function checkExclusion(
  path: Path,
  exclusion: ClusterSpec["maintenance"]["exclusions"][number],
  earlierNames: readonly string[],
): FieldError[] {
  const errors: FieldError[] = [];
  if (earlierNames.includes(exclusion.name)) {
    errors.push(
      fieldError(
        [...path, "name"],
        exclusion.name,
        "is the name of an exclusion above",
        "give every exclusion a name of its own",
      ),
    );
  }
  const fromMs = momentMs(exclusion.from);
  const toMs = momentMs(exclusion.to);
  for (const [field, ms] of [
    ["from", fromMs],
    ["to", toMs],
  ] as const) {
    if (ms === undefined)
      errors.push(
        fieldError(
          [...path, field],
          exclusion[field],
          "is not a day of the calendar",
          "write it like 2026-11-20",
        ),
      );
  }
  if (fromMs !== undefined && toMs !== undefined && toMs <= fromMs) {
    errors.push(
      fieldError(
        [...path, "to"],
        exclusion.to,
        `is not after from (${exclusion.from})`,
        "use a later moment; a date means its first moment",
      ),
    );
  }
  return errors;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
