/** Judges recurrence rules (RFC 5545) of maintenance windows: well-formed, and opening some day, found in bounded time. */
import rrule from "rrule";
import type { Said } from "./message.ts";

const DAY_MS = 86_400_000;
/** Four years and some: the 29th of February comes. A window that opens later is a mistake. */
const HORIZON_DAYS = 1500;
/**
 * The library searches a rule that never matches to the year 9999, which takes seconds. The calendar repeats every 400
 * years, weekdays and all, so the search is made this much later, where that year is near.
 */
const SHIFT_YEARS = 7600;
const DAYS_IN_400_YEARS = 146_097;
const SHIFT_MS = (SHIFT_YEARS / 400) * DAYS_IN_400_YEARS * DAY_MS;

const COMMON = ["FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"];
const DAYS_OF_LONGER = [...COMMON, "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS"];
/** By frequency the parts that choose days. Hours and minutes come from the window's start. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  DAILY: COMMON,
  WEEKLY: [...COMMON, "BYDAY"],
  MONTHLY: DAYS_OF_LONGER,
  YEARLY: DAYS_OF_LONGER,
};
const NUMBERS: Readonly<Record<string, RegExp>> = {
  INTERVAL: /^[1-9]\d{0,2}$/,
  COUNT: /^[1-9]\d{0,4}$/,
  UNTIL: /^\d{8}(T\d{6}Z?)?$/,
};

export interface RecurrenceQuestion {
  /** `FREQ=WEEKLY;BYDAY=SA` */
  readonly rule: string;
  /** First opening. Local times are taken for UTC throughout. */
  readonly startMs: number;
  /** Openings before this are over. */
  readonly fromMs: number;
}

/** What is wrong with it, or nothing. */
export function troubleWithRecurrence(question: RecurrenceQuestion): Said | undefined {
  return troubleWithParts(question.rule) ?? troubleWithOpening(question);
}

function troubleWithParts(rule: string): Said | undefined {
  const parts = rule.split(";").map((part): [string, string] => {
    const [name = "", value = ""] = part.split("=");
    return [name, value];
  });
  const names = parts.map(([name]) => name);
  const frequency = parts.find(([name]) => name === "FREQ")?.[1] ?? "";
  const allowed = Object.hasOwn(PARTS, frequency) ? PARTS[frequency] : undefined;
  if (allowed === undefined) {
    return {
      reason: "does not say how often",
      remedy: `begin with FREQ= and ${Object.keys(PARTS).join(", ")}`,
    };
  }
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) return { reason: `has the part ${twice} twice`, remedy: "remove one of the two" };
  const foreign = names.find((name) => !allowed.includes(name));
  if (foreign !== undefined) {
    return {
      reason: `has a part ${foreign}, which FREQ=${frequency} does not take`,
      remedy: `use ${allowed.join(", ")}`,
    };
  }
  const wrong = parts.find(([name, value]) => NUMBERS[name]?.test(value) === false);
  if (wrong === undefined) return undefined;
  return {
    reason: `has no proper value for ${wrong[0]}`,
    remedy: "write INTERVAL=2, COUNT=10 or UNTIL=20271231",
  };
}

function troubleWithOpening({ rule, startMs, fromMs }: RecurrenceQuestion): Said | undefined {
  const horizonMs = Math.max(fromMs, startMs) + HORIZON_DAYS * DAY_MS;
  try {
    const untilMs = Math.min(lastOf(rule), horizonMs);
    if (shifted(rule, startMs, untilMs).after(new Date(fromMs + SHIFT_MS), true) !== null) return undefined;
  } catch {
    return { reason: "is not a recurrence rule", remedy: "write it like FREQ=WEEKLY;BYDAY=SA (RFC 5545)" };
  }
  return {
    reason: `never opens the window in the next ${HORIZON_DAYS} days`,
    remedy: "choose days that come, and check UNTIL, COUNT and start",
  };
}

/** Openings from `fromMs` to `toMs`, both included, of a rule that is in order. Local times are taken for UTC throughout. */
export function openingsOf(
  { rule, startMs, fromMs }: RecurrenceQuestion,
  toMs: number,
  utcOffset: (utcMs: number) => number = () => 0,
): readonly number[] {
  const untilMs = Math.min(lastOf(rule, utcOffset), toMs);
  return shifted(rule, startMs, untilMs)
    .between(new Date(fromMs + SHIFT_MS), new Date(toMs + SHIFT_MS), true)
    .map((date) => date.getTime() - SHIFT_MS);
}

/** The next one after `fromMs`, if there is one within the horizon. */
export function nextOpeningOf(
  { rule, startMs, fromMs }: RecurrenceQuestion,
  utcOffset: (utcMs: number) => number = () => 0,
): number | undefined {
  const untilMs = Math.min(lastOf(rule, utcOffset), Math.max(fromMs, startMs) + HORIZON_DAYS * DAY_MS);
  const next = shifted(rule, startMs, untilMs).after(new Date(fromMs + SHIFT_MS), false);
  return next === null ? undefined : next.getTime() - SHIFT_MS;
}

function shifted(rule: string, startMs: number, untilMs: number): InstanceType<typeof rrule.RRule> {
  const dtstart = new Date(startMs + SHIFT_MS);
  return new rrule.RRule({ ...rrule.RRule.parseString(rule), dtstart, until: new Date(untilMs + SHIFT_MS) });
}

/** Last moment of openings by UNTIL, as local time: a date means all of that day, one with a Z is UTC (RFC 5545). */
function lastOf(rule: string, utcOffset: (utcMs: number) => number = () => 0): number {
  const [, date, time, zulu] = /(?:^|;)UNTIL=(\d{8})(T\d{6})?(Z)?(?:;|$)/.exec(rule) ?? [];
  if (date === undefined) return Number.POSITIVE_INFINITY;
  const part = (text: string, from: number, to: number) => Number(text.slice(from, to));
  const dayMs = Date.UTC(part(date, 0, 4), part(date, 4, 6) - 1, part(date, 6, 8));
  if (time === undefined) return dayMs + DAY_MS - 1;
  const ms = dayMs + (part(time, 1, 3) * 3600 + part(time, 3, 5) * 60 + part(time, 5, 7)) * 1000;
  return zulu === undefined ? ms : ms + utcOffset(ms);
}
