/** What the care of nodes must remember from pass to pass, since neither the cloud nor the cluster tells of it: `care` in the status. */
import { z } from "zod";
import type { Frozen } from "../spec/frozen.ts";
import { acceptedCommandSchema, incidentSchema } from "./inbox.ts";

const pause = z.strictObject({
  pool: z.string().optional().describe("The pool that is paused; absent: the cluster."),
  reason: z.string().describe("Why."),
  by: z.string().describe("Who paused it."),
  sinceMs: z.number().describe("Since when."),
  untilMs: z.number().optional().describe("It ends by itself then."),
});
export type Pause = Frozen<z.infer<typeof pause>>;

const repair = z.strictObject({
  pool: z.string().describe("The pool, or `control-plane`."),
  machine: z.string().describe("Path of the machine."),
  instanceId: z.string().optional().describe("Compute Engine's number of it."),
  step: z.enum(["restart", "recreate"]).describe("What was tried."),
  atMs: z.number().describe("When."),
  reason: z.string().describe("Why, in a sentence."),
});
export type Repair = Frozen<z.infer<typeof repair>>;

const storm = z.strictObject({
  scope: z.string().describe("`cluster`, `zone/z` or `pool/p`."),
  sinceMs: z.number().describe("When it began."),
  endedMs: z.number().nullable().describe("When it was over; the cool-down counts from here."),
  message: z.string().describe("What the machines share."),
});
export type Storm = Frozen<z.infer<typeof storm>>;

export const careSchema = z.strictObject({
  incidents: z.array(incidentSchema).default([]).describe("Recent incidents, told and acted upon once."),
  commands: z.array(acceptedCommandSchema).default([]).describe("Commands that are not done yet."),
  pauses: z.array(pause).default([]).describe("What somebody paused."),
  repairs: z.array(repair).default([]).describe("Repairs of the last hours, for their cap."),
  storms: z.array(storm).default([]).describe("Correlated failures, until their cool-down is over."),
  lostMs: z.number().nullable().default(null).describe("Since when the cluster's API does not answer."),
  regainedMs: z.number().nullable().default(null).describe("When it answered again; timers count from here."),
});
export type Care = Frozen<z.infer<typeof careSchema>>;

export const NO_CARE: Care = careSchema.parse({});
