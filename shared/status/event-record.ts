/** What happened in a pass and why: `clusters/{id}/events/{uid}-{epoch}`, one document a pass that did something. */
import { z } from "zod";
import type { Frozen } from "../spec/frozen.ts";

const line = z.strictObject({
  level: z.enum(["info", "warning"]).describe("Whether somebody should look."),
  verb: z.string().describe("insert, patch, delete, finished, failed, accepted, refused, phase, …"),
  key: z.string().describe("What it happened to."),
  message: z.string().describe("What happened and why, in a sentence."),
  cause: z
    .string()
    .optional()
    .describe("Why a machine is disturbed: repair, upgrade, maintenance, scale-down, removal or command."),
});
export type EventLine = Frozen<z.infer<typeof line>>;

export const eventRecordSchema = z.strictObject({
  schemaVersion: z.literal(1).describe("Version of this document's form."),
  atMs: z.number().describe("When it happened, in milliseconds since 1970."),
  uid: z.string().describe("Uid of the cluster: another one may have had its name before."),
  epoch: z.number().describe("Fencing epoch of the pass."),
  cause: z.string().describe("What woke the pass."),
  lines: z.array(line).describe("What the pass did and learned."),
  expireAt: z.iso.datetime().describe("When the store may drop the record (time to live)."),
});
export type EventRecord = Frozen<z.infer<typeof eventRecordSchema>>;

/** Long enough for a monthly review. */
export const EVENT_LIFETIME_MS = 30 * 86_400_000;
/** The moment for `expireAt`. */
export function eventExpiry(atMs: number): string {
  return new Date(atMs + EVENT_LIFETIME_MS).toISOString();
}
