/** The records a pass leaves for people: what happened (events), and how far an undertaking is (operations). Pure. */
import { stepOf, targetVersion } from "../resources/versions.ts";
import type { ClusterStatus, EventLine, EventRecord, OperationRecord } from "../status/cluster-status.ts";
import { haltIn } from "../status/condition.ts";
import { eventExpiry } from "../status/event-record.ts";
import { operationExpiry } from "../status/operation-record.ts";
import { linesWithinRoom } from "./room.ts";

export function eventRecord(
  lines: readonly EventLine[],
  { uid, epoch }: { readonly uid: string; readonly epoch: number },
  cause: string,
  nowMs: number,
): EventRecord {
  return {
    schemaVersion: 1,
    atMs: nowMs,
    uid,
    epoch,
    cause,
    lines: linesWithinRoom(lines),
    expireAt: eventExpiry(nowMs),
  };
}

/** The record of the undertaking under way, or of the one that just ended; nothing when there is none. */
export function operationRecord(
  before: ClusterStatus,
  after: ClusterStatus,
  cause: string,
  gone: boolean,
  nowMs: number,
): OperationRecord | undefined {
  if (after.generation === 0) return undefined;
  const running = after.unsettledSinceMs !== null && !gone;
  // Taken in and settled in one look, or by a pass that died before it could save: it was an undertaking all the same.
  const began = before.operation !== null || before.unsettledSinceMs !== null;
  if (!running && !began) return undefined;
  const type = typeOf(before, after);
  // What a command disturbs is told by its own record.
  if (type === "repair" && before.operation === null && (isCommanded(before) || isCommanded(after)))
    return undefined;
  const id = type === "repair" ? repairId(before, after, nowMs) : `${type}-${after.generation}`;
  return {
    schemaVersion: 1,
    id,
    uid: after.uid,
    type,
    generation: after.generation,
    cause: before.operation === id ? (before.operationCause ?? cause) : cause,
    startedMs:
      before.operation === id ? (before.unsettledSinceMs ?? nowMs) : (after.unsettledSinceMs ?? nowMs),
    endedMs: running ? null : nowMs,
    result: running
      ? "running"
      : type === "update" && haltIn(after.conditions) !== undefined
        ? "failed"
        : "succeeded",
    steps: after.inventory.map((line) => ({
      kind: line.kind,
      done: after.deleting ? 0 : Math.min(line.observed, line.desired),
      total: after.deleting ? line.observed : line.desired,
      settled: line.settled,
    })),
    message: messageOf(after, nowMs),
    ...(running ? {} : { expireAt: operationExpiry(nowMs) }),
  };
}

/** Which step of an upgrade it is comes first: "Kubernetes step 1 of 2: 1.35.8 → 1.36.4. …". */
function messageOf({ accepted, pins, conditions }: ClusterStatus, nowMs: number): string {
  const said = (of: string) => conditions.find(({ type }) => type === of)?.message ?? "";
  // A cluster may serve all the while, and yet wait: for a window, or for its next machine.
  const message = said("Ready") || said("UpToDate");
  if (accepted === undefined) return message;
  const step = stepOf(pins, targetVersion(accepted.kubernetes.version, pins.kubernetesVersion, nowMs));
  return step === undefined || message.includes(step) ? message : `Kubernetes ${step}. ${message}`.trim();
}

function typeOf(before: ClusterStatus, after: ClusterStatus): OperationRecord["type"] {
  if (after.deleting) return "delete";
  if (before.readyGeneration === 0) return "create";
  return before.readyGeneration < after.generation ? "update" : "repair";
}

function isCommanded({ care }: ClusterStatus): boolean {
  return care?.commands.some(({ begunMs }) => begunMs !== undefined) ?? false;
}

/** There is no generation to name a repair by: the moment it began does. */
function repairId(before: ClusterStatus, after: ClusterStatus, nowMs: number): string {
  if (before.operation?.startsWith("repair-")) return before.operation;
  return `repair-${(after.unsettledSinceMs ?? before.unsettledSinceMs ?? nowMs).toString(36)}`;
}

/** An undertaking that a newer one took over. */
export function superseded(record: OperationRecord, nowMs: number): OperationRecord {
  return { ...record, endedMs: nowMs, result: "superseded", expireAt: operationExpiry(nowMs) };
}
