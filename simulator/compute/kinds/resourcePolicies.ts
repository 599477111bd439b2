/** Resource policies: snapshot schedules for disks. */

import { invalid, notModelled, required } from "../api-error.ts";
import type { JsonObject } from "../call.ts";
import { checkEnum, checkInteger, checkLabels } from "../formats.ts";
import { asNumber, asObject, asText } from "../json.ts";
import type { Kind } from "../world.ts";

/** Source: compute.proto, ResourcePolicyHourlyCycle (hoursInCycle 1–23) and ResourcePolicyDailyCycle (daysInCycle 1). */
const HOURS_MOST = 23;
const RETENTION_DAYS_MOST = 65_536;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TIME = /^([01]\d|2[0-3]):00$/;

function checkStart(cycle: JsonObject, field: string): void {
  const start = asText(cycle["startTime"]);
  if (start === undefined || !TIME.test(start))
    throw invalid(`${field}.startTime`, start ?? "", "Must be a full hour like 04:00, in UTC.");
}

function checkSchedule(policy: JsonObject): void {
  const field = "resource.snapshotSchedulePolicy";
  const schedule = asObject(policy["schedule"]);
  const hourly = schedule["hourlySchedule"];
  const daily = schedule["dailySchedule"];
  if (schedule["weeklySchedule"] !== undefined) throw notModelled("weekly snapshot schedules");
  if ((hourly === undefined) === (daily === undefined)) throw required(`${field}.schedule`);
  if (hourly !== undefined) {
    checkInteger(
      asObject(hourly)["hoursInCycle"] ?? 0,
      1,
      HOURS_MOST,
      `${field}.schedule.hourlySchedule.hoursInCycle`,
    );
    checkStart(asObject(hourly), `${field}.schedule.hourlySchedule`);
  } else {
    checkInteger(asObject(daily)["daysInCycle"] ?? 0, 1, 1, `${field}.schedule.dailySchedule.daysInCycle`);
    checkStart(asObject(daily), `${field}.schedule.dailySchedule`);
  }
  const retention = asObject(policy["retentionPolicy"]);
  checkInteger(
    retention["maxRetentionDays"],
    1,
    RETENTION_DAYS_MOST,
    `${field}.retentionPolicy.maxRetentionDays`,
  );
  checkEnum(
    retention["onSourceDiskDelete"],
    ["KEEP_AUTO_SNAPSHOTS", "APPLY_RETENTION_POLICY"],
    `${field}.retentionPolicy.onSourceDiskDelete`,
  );
  checkLabels(asObject(policy["snapshotProperties"])["labels"], `${field}.snapshotProperties.labels`);
}

function prepare(body: JsonObject): JsonObject {
  if (body["snapshotSchedulePolicy"] === undefined)
    throw notModelled("resource policies other than snapshot schedules");
  checkSchedule(asObject(body["snapshotSchedulePolicy"]));
  return { ...body, status: "READY" };
}

/** When a policy takes snapshots: the first time after an epoch hour, and the time between two. */
export function cycleOf(body: JsonObject): {
  readonly offsetMs: number;
  readonly everyMs: number;
  readonly keepMs: number;
} {
  const policy = asObject(body["snapshotSchedulePolicy"]);
  const schedule = asObject(policy["schedule"]);
  const hourly = asObject(schedule["hourlySchedule"]);
  const hours = asNumber(hourly["hoursInCycle"]);
  const start =
    asText(hourly["startTime"]) ?? asText(asObject(schedule["dailySchedule"])["startTime"]) ?? "00:00";
  const days = asNumber(asObject(policy["retentionPolicy"])["maxRetentionDays"]);
  return {
    offsetMs: Number(start.slice(0, 2)) * HOUR_MS,
    everyMs: hours === undefined ? DAY_MS : hours * HOUR_MS,
    keepMs: days === undefined ? Number.POSITIVE_INFINITY : days * DAY_MS,
  };
}

export const resourcePolicies: Kind = {
  collection: "resourcePolicies",
  noun: "resourcePolicy",
  scopes: ["regions"],
  methods: ["Get", "List", "AggregatedList", "Insert", "Delete", "Patch"],
  outputOnly: ["status", "resourceStatus"],
  usage: () => [{ metric: "RESOURCE_POLICIES", region: "global", amount: 1 }],
  prepare,
  prepareChange: prepare,
};
