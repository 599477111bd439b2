/**
 * What the outside has said since the last pass: `clusters/{id}/inbox/current`. Functions add to it; the pass that takes the
 * lease moves everything into the status, in the same transaction, so that each entry is taken in exactly once.
 */
import { z } from "zod";
import type { Frozen } from "../spec/frozen.ts";

/** More than a cluster's machines can fail in the time between two passes; beyond it the oldest go, for a pass looks afresh. */
export const INBOX_ENTRIES_MAX = 200;

export const INCIDENT_KINDS = [
  /** The host failed; Compute Engine restarts the machine. */
  "host-error",
  "automatic-restart",
  "preempted",
  "migrated",
  /** Stopped for maintenance, from inside, or by somebody. */
  "terminated",
  /** A managed group repairs it by itself. */
  "group-repair",
  /** Maintenance is announced, with its window. */
  "maintenance-notice",
  /** A method that we do not know: told, and nothing is done. */
  "unknown",
] as const;

export const incidentSchema = z.strictObject({
  id: z.string().describe("What tells it from its doubles: insertId, timestamp and log, hashed."),
  kind: z.enum(INCIDENT_KINDS).describe("What happened."),
  method: z.string().describe("The audit log's word for it: `compute.instances.hostError`."),
  machine: z.string().describe("Path of the machine: `projects/p/zones/z/instances/i`."),
  instanceId: z
    .string()
    .describe("Compute Engine's number of the machine: one of the same name has another."),
  atMs: z.number().describe("When it happened, in milliseconds since 1970."),
  receivedMs: z.number().describe("When it was told."),
  message: z.string().describe("What the cloud said."),
  window: z
    .strictObject({
      startMs: z.number().describe("When maintenance begins at the earliest."),
      endMs: z.number().describe("When it has ended."),
      canReschedule: z.boolean().describe("Whether it can be moved."),
      type: z.string().describe("`SCHEDULED` or `UNSCHEDULED`."),
    })
    .optional()
    .describe("Of a maintenance notice."),
});
export type Incident = Frozen<z.infer<typeof incidentSchema>>;

export const COMMANDS = [
  "upgrade",
  "repair",
  "drain",
  "cordon",
  "uncordon",
  "restart",
  "rotate-machine",
  "resize",
  "pause",
  "resume",
  "backup",
  "verify",
] as const;
export type CommandName = (typeof COMMANDS)[number];

/** A command that was found in order; its operation record stands already. */
export const acceptedCommandSchema = z.strictObject({
  operation: z.string().describe("Id of its operation record."),
  command: z.enum(COMMANDS).describe("What shall be done."),
  node: z.string().optional().describe("Name of the node that is meant."),
  pool: z.string().optional().describe("Name of the pool that is meant."),
  value: z.string().optional().describe("A version, or a size."),
  reason: z.string().describe("Why, in the words of who asked."),
  requestedBy: z.string().describe("Who asked."),
  requestedMs: z.number().describe("When it was asked for, in milliseconds since 1970."),
  notBeforeMs: z.number().optional().describe("It waits until then."),
  deadlineMs: z.number().optional().describe("What is not done by then is given up."),
  urgent: z.boolean().optional().describe("It passes maintenance windows and exclusions."),
  force: z.boolean().optional().describe("A repair that replaces also what nothing speaks against."),
  begunMs: z.number().optional().describe("When it was begun; absent while it waits for its turn."),
  mark: z.string().optional().describe("What it is known by when it is done."),
});
export type AcceptedCommand = Frozen<z.infer<typeof acceptedCommandSchema>>;

export const inboxSchema = z.strictObject({
  schemaVersion: z.literal(1).describe("Version of this document's form."),
  incidents: z.array(incidentSchema).describe("Oldest first."),
  commands: z.array(acceptedCommandSchema).describe("Oldest first."),
});
export type Inbox = Frozen<z.infer<typeof inboxSchema>>;

export const EMPTY_INBOX: Inbox = { schemaVersion: 1, incidents: [], commands: [] };
