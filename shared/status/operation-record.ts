/** A create, update, repair or delete as people follow it: `clusters/{id}/operations/{id}`. */
import { z } from "zod";
import type { Frozen } from "../spec/frozen.ts";

const step = z.strictObject({
  kind: z.string().describe("Kind of resource that the step is about."),
  done: z.number().describe("How many are done."),
  total: z.number().describe("Of how many."),
  settled: z.boolean().describe("Whether nothing is left to do for them."),
});
export type OperationStep = Frozen<z.infer<typeof step>>;

export const operationRecordSchema = z.strictObject({
  schemaVersion: z.literal(1).describe("Version of this document's form."),
  id: z.string().describe("Id of the record."),
  type: z.enum(["create", "update", "repair", "delete"]).describe("What is done."),
  generation: z.number().describe("Generation of the spec that it carries out."),
  cause: z.string().describe("What set it off."),
  startedMs: z.number().describe("When it began, in milliseconds since 1970."),
  endedMs: z.number().nullable().describe("When it ended; null while it runs."),
  result: z
    .enum(["running", "succeeded", "superseded", "failed"])
    .describe("How it ended, or that it has not."),
  steps: z.array(step).describe("Its steps, in order of dependency."),
  message: z.string().describe("Where it stands, in a sentence."),
});
export type OperationRecord = Frozen<z.infer<typeof operationRecordSchema>>;
