/** Conditions as Kubernetes has them: what holds of a cluster, since when, and why. */
import { z } from "zod";
import type { Frozen } from "../spec/frozen.ts";
import type { Reason } from "./reasons.ts";

export const CONDITION_TYPES = [
  "SpecAccepted",
  "NetworkReady",
  "ControlPlaneReady",
  "NodesReady",
  "AddonsReady",
  "LoggingReady",
  "Healthy",
  "UpToDate",
  "Repairing",
  "Paused",
  "Ready",
] as const;
export type ConditionType = (typeof CONDITION_TYPES)[number];

export const conditionSchema = z.strictObject({
  type: z.enum(CONDITION_TYPES).describe("What the condition is about."),
  status: z.enum(["True", "False", "Unknown"]).describe("Whether it holds."),
  reason: z.string().describe("Why, in one CamelCase word for programs, like `WaitingForMachines`."),
  message: z
    .string()
    .describe("Why, in a sentence for people: what is waited for, and what would unblock it."),
  lastTransitionTime: z.iso.datetime().describe("When `status` changed last."),
  observedGeneration: z.number().describe("Generation of the spec that it speaks of."),
});
export type Condition = Frozen<z.infer<typeof conditionSchema>>;
/** What the control plane says: of a closed list of reasons, where a stored one may be of another version. */
export type Verdict = Pick<Condition, "status" | "message"> & { readonly reason: Reason };
export type NextCondition = Omit<Condition, "lastTransitionTime" | "reason"> & { readonly reason: Reason };

/**
 * The conditions with `next` among them, in the order of CONDITION_TYPES. `lastTransitionTime` moves only when `status`
 * changes; the same list comes back when nothing does.
 */
export function setCondition(
  conditions: readonly Condition[],
  next: NextCondition,
  nowMs: number,
): readonly Condition[] {
  const before = findCondition(conditions, next.type);
  const kept = before !== undefined && before.status === next.status;
  const { type, status, reason, message, observedGeneration } = next;
  const lastTransitionTime = kept ? before.lastTransitionTime : new Date(nowMs).toISOString();
  const after: Condition = { type, status, reason, message, lastTransitionTime, observedGeneration };
  if (before !== undefined && reads(before) === reads(after)) return conditions;
  return [...conditions.filter((condition) => condition.type !== type), after].sort(
    (one, other) => CONDITION_TYPES.indexOf(one.type) - CONDITION_TYPES.indexOf(other.type),
  );
}

/** False is the good news of these. */
const OF_TROUBLE: ReadonlySet<ConditionType> = new Set(["Repairing", "Paused"]);
/** Whether it is as one would wish. */
export function isFine({ type, status, message }: Pick<Condition, "type" | "status" | "message">): boolean {
  return OF_TROUBLE.has(type) ? status === "False" && message === "" : status === "True";
}

export function findCondition(conditions: readonly Condition[], type: ConditionType): Condition | undefined {
  return conditions.find((condition) => condition.type === type);
}

function reads({ status, reason, message, observedGeneration }: Condition): string {
  return JSON.stringify([status, reason, message, observedGeneration]);
}

/**
 * Why an upgrade of a pool stands still with bad new nodes, or was rolled back: then the machines are at rest, and not what
 * the spec asks for.
 */
export function haltIn(conditions: readonly Condition[]): string | undefined {
  return conditions.find(
    ({ type, status, reason }) => type === "UpToDate" && status === "False" && reason === "Halted",
  )?.message;
}
