/** Windows open some day, exclusions end after they begin. */
import rrule from "rrule";
import type { ClusterSpec } from "../cluster.ts";
import { durationMs } from "../duration.ts";
import { type FieldError, fieldError, type Path } from "../field-error.ts";
import type { RuleInput } from "./rule.ts";

type Window = ClusterSpec["maintenance"]["windows"][number];

const DAY_MS = 86_400_000;
/** Four years and some: the 29th of February comes. A window that opens later is a mistake. Bounds the search, too. */
const HORIZON_DAYS = 1500;
/** Local times are compared without their zone, which is at most this far from UTC. */
const ZONE_OFFSET_MAX_MS = 14 * 3_600_000;
/** Bounds the search; older starts say nothing that a later one does not. */
const YEAR_MIN = 2020;
const YEAR_MAX = 2100;
const FREQUENCIES = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"];
/** The parts that choose days. Hours and minutes come from `start`. */
const PARTS = ["FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS", "WKST"];

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
        "is not a day of the calendar that can be",
        `use a day from ${YEAR_MIN} to ${YEAR_MAX}, like 2026-01-03T02:00`,
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
  return checkRecurrence([...path, "recurrence"], window, window.recurrence, startMs, nowMs);
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

function checkRecurrence(
  path: Path,
  window: Window,
  text: string,
  startMs: number,
  nowMs: number,
): FieldError[] {
  const trouble = troubleWithParts(text);
  if (trouble !== undefined) return [fieldError(path, text, trouble.reason, trouble.remedy)];
  const opens = nextOpening(text, startMs, nowMs - durationMs(window.duration) - ZONE_OFFSET_MAX_MS, nowMs);
  if (opens === "invalid")
    return [
      fieldError(path, text, "is not a recurrence rule", "write it like FREQ=WEEKLY;BYDAY=SA (RFC 5545)"),
    ];
  if (opens === "never") {
    return [
      fieldError(
        path,
        text,
        `never opens the window in the next ${HORIZON_DAYS} days`,
        "choose days that come, and check UNTIL, COUNT and start",
      ),
    ];
  }
  return [];
}

function troubleWithParts(text: string): { reason: string; remedy: string } | undefined {
  const names = text.split(";").map((part) => part.split("=", 1)[0] ?? "");
  const unknown = names.find((name) => !PARTS.includes(name));
  if (unknown !== undefined)
    return { reason: `has a part ${unknown} that windows do not take`, remedy: `use ${PARTS.join(", ")}` };
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) return { reason: `has the part ${twice} twice`, remedy: "remove one of the two" };
  const frequency = /(?:^|;)FREQ=([A-Z]+)/.exec(text)?.[1];
  if (frequency === undefined || !FREQUENCIES.includes(frequency)) {
    return { reason: "does not say how often", remedy: `begin with FREQ= and ${FREQUENCIES.join(", ")}` };
  }
  if (/(?:^|;)INTERVAL=(?!\d{1,3}(;|$))/.test(text) || /(?:^|;)INTERVAL=0+(;|$)/.test(text)) {
    return {
      reason: "has an INTERVAL that is no number from 1 to 999",
      remedy: "use INTERVAL=1 to INTERVAL=999",
    };
  }
  return undefined;
}

/** Looks a bounded time ahead: a rule that never matches would be searched to the end of the calendar. */
function nextOpening(
  text: string,
  startMs: number,
  fromMs: number,
  nowMs: number,
): "opens" | "never" | "invalid" {
  try {
    const options = rrule.RRule.parseString(text);
    const horizonMs = Math.max(nowMs, startMs) + HORIZON_DAYS * DAY_MS;
    const untilMs = Math.min(options.until?.getTime() ?? horizonMs, horizonMs);
    const rule = new rrule.RRule({ ...options, dtstart: new Date(startMs), until: new Date(untilMs) });
    return rule.after(new Date(fromMs), true) === null ? "never" : "opens";
  } catch {
    return "invalid";
  }
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

/** Reads a moment without a zone as UTC. Nothing for the 31st of February. */
function momentMs(text: string): number | undefined {
  const [date = "", time] = text.split("T");
  const midnight = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== date) return undefined;
  if (time === undefined) return midnight;
  const ms = Date.parse(/(Z|[+-]\d{2}:\d{2})$/.test(time) ? text : `${text}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
