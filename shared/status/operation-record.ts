/** A create, update, repair, delete or command as people follow it: `clusters/{id}/operations/{uid}-{operation}`. */
import { z } from "zod";
import type { Frozen } from "../spec/frozen.ts";
import { acceptedCommandSchema } from "./inbox.ts";

const step = z.strictObject({
  kind: z.string().describe("Kind of resource that the step is about."),
  done: z.number().describe("How many are done."),
  total: z.number().describe("Of how many."),
  settled: z.boolean().describe("Whether nothing is left to do for them."),
});
export type OperationStep = Frozen<z.infer<typeof step>>;

const request = acceptedCommandSchema.pick({
  command: true,
  node: true,
  pool: true,
  value: true,
  reason: true,
  notBeforeMs: true,
  deadlineMs: true,
  urgent: true,
  force: true,
});
export type CommandRequest = Frozen<z.infer<typeof request>>;

export const operationRecordSchema = z.strictObject({
  schemaVersion: z.literal(1).describe("Version of this document's form."),
  id: z
    .string()
    .describe(
      "Its name: the type with the generation, for a repair with the moment it began, and of a command its name with a hash.",
    ),
  uid: z.string().describe("Uid of the cluster: another one may have had its name before."),
  type: z.enum(["create", "update", "repair", "delete", "command"]).describe("What is done."),
  generation: z.number().describe("Generation of the spec that it carries out."),
  cause: z.string().describe("What set it off."),
  startedMs: z.number().describe("When it began, in milliseconds since 1970."),
  endedMs: z.number().nullable().describe("When it ended; null while it runs."),
  result: z
    .enum(["running", "succeeded", "superseded", "failed", "expired"])
    .describe("How it ended, or that it has not."),
  steps: z.array(step).describe("Its steps, in order of dependency."),
  message: z.string().describe("Where it stands, in a sentence."),
  request: request.optional().describe("What was asked for, of a command."),
  requestedBy: z.string().optional().describe("Who asked for it, of a command."),
  expireAt: z.iso
    .datetime()
    .optional()
    .describe("When the store may drop the record (time to live); absent while it runs."),
});
export type OperationRecord = Frozen<z.infer<typeof operationRecordSchema>>;

/** Long enough to compare with the year before. */
export const OPERATION_LIFETIME_MS = 400 * 86_400_000;
/** The moment for `expireAt`. */
export function operationExpiry(endedMs: number): string {
  return new Date(endedMs + OPERATION_LIFETIME_MS).toISOString();
}
