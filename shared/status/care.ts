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
  atMs: z.number().describe("When; the last time."),
  earlierMs: z.array(z.number()).optional().describe("When the same was tried before, within a day."),
  slot: z
    .string()
    .optional()
    .describe("Path of the first of the machines that were made one in place of another; absent: this one."),
  reason: z.string().describe("Why, in a sentence."),
});
export type Repair = Frozen<z.infer<typeof repair>>;

const kept = z.strictObject({
  pool: z.string().describe("The pool that it was of."),
  machine: z.string().describe("Path of the machine."),
  instanceId: z.string().optional().describe("Compute Engine's number of it."),
  atMs: z.number().describe("When it left its pool."),
  reason: z.string().describe("What was wrong with it."),
  console: z.string().optional().describe("The end of its serial console, before it was stopped."),
  look: z.string().describe("How to look into it."),
  settled: z.boolean().optional().describe("It has left its pool's group."),
});
export type Kept = Frozen<z.infer<typeof kept>>;

const storm = z.strictObject({
  scope: z.string().describe("`cluster`, `zone/z` or `pool/p`."),
  sinceMs: z.number().describe("When it began."),
  endedMs: z.number().nullable().describe("When it was over; the cool-down counts from here."),
  message: z.string().describe("What the machines share."),
});
export type Storm = Frozen<z.infer<typeof storm>>;

const poolCare = z.strictObject({
  pool: z.string().describe("The pool."),
  template: z.string().describe("Path of the template that the spec asked for."),
  bad: z.array(z.string()).describe("Names of its new machines that did not pass their gates."),
  message: z.string().describe("What is wrong with them, and what they share."),
  lastGood: z
    .string()
    .optional()
    .describe("Path of the template that the pool's other machines were made from: where a rollback leads."),
});
export type PoolCare = Frozen<z.infer<typeof poolCare>>;

const missingPart = z.strictObject({
  machine: z.string().describe("Name of the control-plane machine."),
  component: z.enum(["kube-apiserver", "etcd"]).describe("What is not there, not even as a pod that fails."),
  sinceMs: z.number().describe("Since when, as far as we know."),
});
export type MissingPart = Frozen<z.infer<typeof missingPart>>;

const ledgerLine = z.strictObject({
  node: z.string().describe("The node."),
  digest: z.string().describe("Hash of what its ledger entry says."),
  heldMs: z
    .number()
    .optional()
    .describe("Since when disruption budgets hold its drain up and no pod has left it."),
  heldPods: z.number().optional().describe("How many pods they hold."),
  heldBy: z.array(z.string()).optional().describe("Those of them that an event has told of: `shop/web`."),
});

export const careSchema = z.strictObject({
  incidents: z.array(incidentSchema).default([]).describe("Recent incidents, told and acted upon once."),
  commands: z.array(acceptedCommandSchema).default([]).describe("Commands that are not done yet."),
  pauses: z.array(pause).default([]).describe("What somebody paused."),
  repairs: z
    .array(repair)
    .default([])
    .describe(
      "Repairs that were made: the newest, and those of slots that were tried most. The caps count those of the last day.",
    ),
  kept: z.array(kept).default([]).describe("Failed machines that are kept (`repair.keepFailed`)."),
  storms: z.array(storm).default([]).describe("Correlated failures, until their cool-down is over."),
  lostMs: z.number().nullable().default(null).describe("Since when the cluster's API does not answer."),
  lostSeenMs: z
    .number()
    .nullable()
    .default(null)
    .describe("When it was last noted that it does not: a silence that nobody watched counts anew."),
  pools: z.array(poolCare).default([]).describe("Upgrades whose new nodes failed, until the spec changes."),
  missing: z
    .array(missingPart)
    .optional()
    .describe("Parts of control-plane machines that their kubelets do not report at all."),
  ledger: z.array(ledgerLine).default([]).describe("Nodes whose entry in `disruptions` is open."),
  regainedMs: z.number().nullable().default(null).describe("When it answered again; timers count from here."),
  resumedMs: z
    .number()
    .nullable()
    .default(null)
    .describe("When a pause ended last; deadlines of drains count from here."),
});
export type Care = Frozen<z.infer<typeof careSchema>>;

export const NO_CARE: Care = careSchema.parse({});
