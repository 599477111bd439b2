/** Makes an incident of a log entry: what happened to which machine, told apart from its doubles. Pure. */
import { createHash } from "node:crypto";
import { readMoment } from "../spec/moment.ts";
import type { Incident } from "../status/inbox.ts";
import type { LogEntry, MachineRef } from "./log-entry.ts";

type Kind = Incident["kind"];

/** By the audit log's word for it, without `compute.instances.`. What is not here is told, and nothing is done. */
const KINDS: Readonly<Record<string, Kind>> = {
  hostError: "host-error",
  automaticRestart: "automatic-restart",
  preempted: "preempted",
  migrateOnHostMaintenance: "migrated",
  terminateOnHostMaintenance: "terminated",
  guestTerminate: "terminated",
  "repair.recreateInstance": "group-repair",
  upcomingMaintenance: "maintenance-notice",
  upcomingInfraMaintenance: "maintenance-notice",
};

/** What is said where the cloud says nothing. */
const WORDS: Readonly<Record<Kind, string>> = {
  "host-error": "its host failed",
  "automatic-restart": "Compute Engine restarts it",
  preempted: "Compute Engine took it back",
  migrated: "it moved to another host while running",
  terminated: "it was stopped",
  "group-repair": "its group makes it anew",
  "maintenance-notice": "maintenance of its host is announced",
  unknown: "an event that is not known here",
};
/** The status has little room. */
const MESSAGE_CHARACTERS_MAX = 300;

export function incidentOf(entry: LogEntry, machine: MachineRef, receivedMs: number): Incident {
  const { methodName } = entry.protoPayload;
  const kind = kindOf(methodName);
  const notice = kind === "maintenance-notice" ? noticeOf(entry) : undefined;
  const window = notice?.window;
  return {
    id: incidentId(entry),
    kind,
    method: methodName,
    machine: `projects/${machine.project}/zones/${machine.zone}/instances/${machine.name}`,
    instanceId: machine.instanceId,
    atMs: Date.parse(entry.timestamp),
    receivedMs,
    message: messageOf(entry, kind, notice?.reasons ?? []),
    ...(window === undefined ? {} : { window }),
  };
}

/** A repeat has another message id, and may come by another sink: what Cloud Logging tells entries apart by counts. */
export function incidentId({ insertId, timestamp, logName }: LogEntry): string {
  return createHash("sha256")
    .update(JSON.stringify([insertId, timestamp, logName]))
    .digest("hex")
    .slice(0, 32);
}

export function kindOf(method: string): Kind {
  const word = method.replace(/^compute\.instances\./, "");
  return Object.hasOwn(KINDS, word) ? (KINDS[word] ?? "unknown") : "unknown";
}

function messageOf({ protoPayload }: LogEntry, kind: Kind, reasons: readonly string[]): string {
  const said = printable(protoPayload.status?.message ?? "") || WORDS[kind];
  const why = reasons.length === 0 ? said : `${said} (${reasons.join(", ")})`;
  return why.slice(0, MESSAGE_CHARACTERS_MAX);
}

interface Notice {
  readonly window: NonNullable<Incident["window"]> | undefined;
  readonly reasons: readonly string[];
}

/** Source of the fields: UpcomingMaintenance of Compute Engine's API; the event has them bare or within one of that name. */
function noticeOf({ protoPayload: { metadata } }: LogEntry): Notice {
  const inner = metadata?.["upcomingMaintenance"];
  const fields = isObject(inner) ? inner : (metadata ?? {});
  const { windowStartTime, windowEndTime, canReschedule, type, maintenanceReasons } = fields;
  const startMs = momentOf(windowStartTime);
  const endMs = momentOf(windowEndTime);
  const listed: readonly unknown[] = Array.isArray(maintenanceReasons) ? maintenanceReasons : [];
  const reasons = listed.filter((one) => typeof one === "string").slice(0, REASONS_MAX);
  const told = typeof type === "string" ? printable(type).slice(0, TYPE_CHARACTERS_MAX) : "SCHEDULED";
  const window =
    startMs === undefined || endMs === undefined || endMs < startMs
      ? undefined
      : { startMs, endMs, canReschedule: canReschedule === true || canReschedule === "TRUE", type: told };
  return { window, reasons: reasons.map((one) => printable(one).slice(0, TYPE_CHARACTERS_MAX)) };
}
/** A host has few reasons at a time; an enum's word is short. */
const REASONS_MAX = 5;
const TYPE_CHARACTERS_MAX = 60;

function momentOf(time: unknown): number | undefined {
  return typeof time === "string" ? readMoment(time) : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** On one line: it is shown in terminals. */
function printable(text: string): string {
  return text.replaceAll(/\p{C}+/gu, " ").trim();
}
