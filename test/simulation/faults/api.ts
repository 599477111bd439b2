/** The cloud's API answers errors of every class, loses answers, and shows lists that lag. */
import { CloudError } from "../../../shared/ports/cloud-error.ts";
import { between, type FaultKind, pick } from "./room.ts";

const MINUTE_MS = 60_000;
/** Status and reason as Compute Engine sends them; those that are a person's turn are rare in real life and rare here. */
const REFUSALS = [
  [503, "backendError"],
  [500, "internalError"],
  [502, "badGateway"],
  [429, "rateLimitExceeded"],
  [403, "rateLimitExceeded"],
  [412, "conditionNotMet"],
  [409, "operationInProgress"],
  [400, "resourceNotReady"],
  [403, "forbidden"],
  [401, "authError"],
] as const;
const OPERATION_ERRORS = [
  "INTERNAL_ERROR",
  "RESOURCE_OPERATION_RATE_EXCEEDED",
  "RESOURCE_NOT_READY",
  "QUOTA_EXCEEDED",
  "RATE_LIMIT_EXCEEDED",
] as const;

export const API_FAULTS: Readonly<Record<string, FaultKind>> = {
  refusals: (room, { which, amount }) => {
    const [status, reason] = pick(REFUSALS, which) ?? REFUSALS[0];
    const times = between(1, 12, amount);
    room.undoLater(MINUTE_MS * 10, room.cloud.compute.faults.add({ kind: "http", status, reason, times }));
    return `the next ${times} calls are refused with ${status} ${reason}`;
  },
  "refused-mutations": (room, { which, amount }) => {
    const [status, reason] = pick(REFUSALS, which) ?? REFUSALS[0];
    const times = between(1, 6, amount);
    const undo = ["Insert", "Delete", "Patch"].map((method) =>
      room.cloud.compute.faults.add({ kind: "http", method, status, reason, times }),
    );
    for (const one of undo) room.undoLater(MINUTE_MS * 10, one);
    return `the next ${times} inserts, deletes and patches are refused with ${status} ${reason}`;
  },
  "failed-operations": (room, { which, amount }) => {
    const reason = pick(OPERATION_ERRORS, which) ?? OPERATION_ERRORS[0];
    const times = between(1, 5, amount);
    room.undoLater(MINUTE_MS * 20, room.cloud.compute.faults.add({ kind: "operation", reason, times }));
    return `the next ${times} operations fail with ${reason}`;
  },
  "lost-responses": (room, { which, amount }) => {
    const times = between(1, 8, amount);
    const method = pick(["Insert", "Delete", undefined], which);
    const rule = { kind: "lost-response", times, ...(method === undefined ? {} : { method }) } as const;
    room.undoLater(MINUTE_MS * 20, room.cloud.compute.faults.add(rule));
    return `the next ${times} answers${method === undefined ? "" : ` to ${method}`} are lost`;
  },
  quota: (room, { amount }) => {
    const times = between(1, 3, amount);
    room.undoLater(MINUTE_MS * 20, room.cloud.compute.faults.add({ kind: "quota", times }));
    return `the next ${times} mutations meet a quota`;
  },
  "rate-limit": (room, { amount }) => {
    const forMs = between(20_000, 90_000, amount);
    const rule = { kind: "http", status: 403, reason: "rateLimitExceeded" } as const;
    room.undoLater(forMs, room.cloud.compute.faults.add(rule));
    return `every call is refused by its rate for ${forMs} ms`;
  },
  "lagging-lists": (room, { amount }) => {
    const lagMs = between(5_000, 60_000, amount);
    room.undoLater(MINUTE_MS * 15, room.cloud.compute.faults.add({ kind: "lag", lagMs }));
    return `lists lag by ${lagMs} ms`;
  },
  "secrets-down": (room, { amount }) => {
    const times = between(1, 10, amount);
    const failure = () => new CloudError("unavailable", "Secret Manager answered 503");
    room.traps.calls.push({ left: 0, port: "secrets", failure, times });
    return `the next ${times} calls to Secret Manager fail`;
  },
  "api-server-unreachable": (room, { amount }) => {
    const forMs = between(MINUTE_MS, 20 * MINUTE_MS, amount);
    room.traps.unreachableUntilMs = room.clock.nowMs() + forMs;
    room.undoLater(forMs, () => {
      room.traps.unreachableUntilMs = 0;
    });
    return `no API server is reached for ${forMs} ms`;
  },
};
