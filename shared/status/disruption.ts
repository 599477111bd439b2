/** A node that is taken out of service, and how far that is: the ledger `clusters/{id}/disruptions/{node}`. */
import { z } from "zod";
import type { Frozen } from "../spec/frozen.ts";

/** Causes are those of `nodes/cause.ts`, as text: a status does not import decisions. */
const blocker = z.strictObject({
  pod: z.string().describe("The pod: `shop/web-1`."),
  budgets: z.array(z.string()).describe("Disruption budgets that hold it: `shop/web`."),
  why: z.string().describe("In a clause."),
});

export const DISRUPTION_STATES = [
  /** Cordoned; its drain has not begun, or rests. */
  "waiting",
  "draining",
  /** Past its deadline; it goes on when the way is free. */
  "paused",
  /** Past its deadline; budgets are overridden. */
  "forcing",
  /** Nothing is left on it; the machine is kept for a while. */
  "drained",
  /** Its machine is deleted, or restarts. */
  "leaving",
  /** Somebody else cordoned it. */
  "cordoned",
  "ended",
] as const;

export const disruptionSchema = z.strictObject({
  node: z.string().describe("The node's name, which is its machine's."),
  pool: z.string().optional().describe("Its pool; absent for a node of none."),
  owner: z.enum(["us", "others"]).describe("Who cordoned it."),
  cause: z
    .string()
    .optional()
    .describe("`repair`, `upgrade`, `maintenance`, `scale-down`, `removal` or `command`; ours only."),
  reason: z.string().describe("Why, in a sentence."),
  operation: z.string().optional().describe("Id of the operation that asked for it."),
  sinceMs: z.number().nullable().describe("Since when; null where nobody noted it."),
  deadlineMs: z.number().nullable().describe("When the drain should have ended."),
  policy: z.enum(["pause", "force"]).nullable().describe("What happens at the deadline."),
  state: z.enum(DISRUPTION_STATES).describe("How far it is."),
  blockers: z.array(blocker).describe("What holds the drain up; the first of them."),
  blockersMore: z.number().describe("How many more there are."),
});
export type Disruption = Frozen<z.infer<typeof disruptionSchema>>;

export const disruptionRecordSchema = z.strictObject({
  schemaVersion: z.literal(1).describe("Version of this document's form."),
  uid: z.string().describe("Uid of the cluster: another one may have had its name before."),
  ...disruptionSchema.shape,
  changedMs: z.number().describe("When this was written, in milliseconds since 1970."),
  endedMs: z.number().nullable().describe("When it ended; null while it goes on."),
  result: z
    .enum(["gone", "uncordoned"])
    .nullable()
    .describe("gone: the node left. uncordoned: it is in service again. null while it goes on."),
  expireAt: z.iso
    .datetime()
    .optional()
    .describe("When the store may drop the entry (time to live); absent while it goes on."),
});
export type DisruptionRecord = Frozen<z.infer<typeof disruptionRecordSchema>>;

/** As long as events, which tell of it too. */
export const DISRUPTION_LIFETIME_MS = 30 * 86_400_000;
/** A drain may wait for a hundred pods; the first say enough. */
export const BLOCKERS_MAX = 20;
