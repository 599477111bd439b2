/** The part of a system-event audit log entry that tells what happened to a machine, checked at the edge. Pure. */
import { z } from "zod";
import { readMoment } from "../spec/moment.ts";

/** RFC 3339 with up to nine digits of a second, as Cloud Logging writes it. */
const moment = z
  .string()
  .max(40)
  .refine((text) => readMoment(text) !== undefined, "not a time");
/** Names are at most 63 characters; the rest is room for what we do not know. */
const short = z.string().max(500);

/**
 * `authenticationInfo`, `status` and `metadata` are left out by some methods (seen on automaticRestart).
 * Source: https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry and the AuditLog message.
 */
export const logEntrySchema = z.object({
  logName: short,
  insertId: short.min(1),
  timestamp: moment,
  resource: z
    .object({
      type: short,
      labels: z
        .object({
          instance_id: z.string().regex(/^\d{1,20}$/),
          project_id: short.optional(),
          zone: short.optional(),
        })
        .loose(),
    })
    .loose(),
  protoPayload: z
    .object({
      serviceName: short,
      methodName: short,
      resourceName: short,
      status: z.object({ message: z.string().optional() }).loose().nullish(),
      metadata: z.record(z.string(), z.unknown()).nullish(),
    })
    .loose(),
});
export type LogEntry = z.infer<typeof logEntrySchema>;

const SYSTEM_EVENTS = /^projects\/([^/]+)\/logs\/cloudaudit\.googleapis\.com(?:%2F|\/)system_event$/;
const MACHINE = /^projects\/([^/]+)\/zones\/([a-z0-9-]{1,63})\/instances\/([a-z0-9-]{1,63})$/;
const METHOD = /^compute\.instances\.[\w.]{1,100}$/;

/** Which machine an entry is about. */
export interface MachineRef {
  readonly project: string;
  readonly zone: string;
  readonly name: string;
  readonly instanceId: string;
}

export type Read =
  | { readonly ok: true; readonly entry: LogEntry; readonly machine: MachineRef }
  | { readonly ok: false; readonly reason: string };

/** What is not the system telling of a machine is refused with the reason, be it foreign or forged. */
export function readLogEntry(said: unknown): Read {
  const read = logEntrySchema.safeParse(said);
  if (!read.success) {
    const [issue] = read.error.issues;
    return no(`not an audit log entry of a machine: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`);
  }
  const entry = read.data;
  const { protoPayload, resource } = entry;
  const [, logProject] = SYSTEM_EVENTS.exec(entry.logName) ?? [];
  if (logProject === undefined) return no(`${entry.logName} is not the log of system events`);
  if (protoPayload.serviceName !== "compute.googleapis.com" || resource.type !== "gce_instance")
    return no(`${resource.type} of ${protoPayload.serviceName} is not a machine of Compute Engine`);
  if (!METHOD.test(protoPayload.methodName)) return no(`${protoPayload.methodName} is not about a machine`);
  const machine = machineOf(entry, logProject);
  return machine === undefined
    ? no(`${protoPayload.resourceName} is not one machine of one project: log, resource and labels differ`)
    : { ok: true, entry, machine };
}

/** An entry lies in the log of the project whose machine it is about; all that it says of the place must agree. */
function machineOf({ protoPayload, resource }: LogEntry, logProject: string): MachineRef | undefined {
  const [, project, zone, name] = MACHINE.exec(protoPayload.resourceName) ?? [];
  const { project_id = logProject, zone: labelled = zone, instance_id } = resource.labels;
  if (zone === undefined || name === undefined || labelled !== zone || project_id !== logProject)
    return undefined;
  // Some methods write the project's number there.
  if (project !== logProject && !/^\d+$/.test(project ?? "")) return undefined;
  return { project: logProject, zone, name, instanceId: instance_id };
}

function no(reason: string): Read {
  return { ok: false, reason };
}
