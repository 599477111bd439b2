/** Operations: PENDING ─► RUNNING ─► DONE over the world's delays, with the memory of request ids. */
import { hash } from "node:crypto";
import type { Clock } from "../../shared/ports/clock.ts";
import { ApiError, operationError } from "./api-error.ts";
import type { ComputeCall, JsonObject } from "./call.ts";
import type { Scope } from "./links.ts";
import { upsert } from "./map-of.ts";
import { formatTime } from "./times.ts";

/** "completed Operation resources have a limited retention period" (compute.proto, Operation); 14 days is what is observed. */
export const OPERATION_RETENTION_MS = 14 * 24 * 3_600_000;
/** A world keeps no more of those that are done, oldest out first, so that long simulations stay small. */
const DONE_KEPT_MAX = 200_000;
const NIL_UUID = "00000000-0000-0000-0000-000000000000";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export interface Operation {
  /** In the order of their starts; the name says it. */
  readonly serial: number;
  readonly project: string;
  readonly scope: Scope;
  readonly id: string;
  readonly type: string;
  readonly targetPath: string;
  readonly targetId: string;
  readonly user: string;
  readonly requestId: string | undefined;
  /** Of the request with that id. */
  readonly signature: string | undefined;
  readonly insertedMs: number;
  startedMs: number | undefined;
  endedMs: number | undefined;
  failure: ApiError | undefined;
}

/** What a mutation has set in motion. */
export interface Started {
  /** `insert`, `delete`, `patch`, `setLabels`, … */
  readonly type: string;
  readonly targetPath: string;
  readonly targetId: string;
  /** Time in RUNNING; without it the work says itself when it is done, through `begin`. */
  readonly runMs?: number;
  /** Called when the operation starts to run, with the way to end it. */
  readonly begin?: (end: (failure?: ApiError) => void) => void;
  /** The effect, just before DONE. What it throws as ApiError becomes the operation's error. */
  readonly finish?: () => void;
  /** Takes back what was accepted, when the operation fails. */
  readonly undo?: () => void;
}

export interface Operations {
  start(
    place: { readonly project: string; readonly scope: Scope },
    started: Started,
    options: StartOptions,
  ): Operation;
  /** The operation that an equal request with this id has started. @throws ApiError 400 when the id is unfit or was used otherwise */
  repeated(call: ComputeCall): Operation | undefined;
  find(project: string, scope: Scope, name: string): Operation | undefined;
  /** In the order of their starts, which is that of their names. */
  list(project: string, scope: Scope): Iterable<Operation>;
  scopes(project: string): readonly Scope[];
  remove(operation: Operation): void;
  /** Calls back once, when it is DONE (at once when it is already). The answer takes the interest back. */
  whenDone(operation: Operation, listener: () => void): () => void;
  unfinished(): number;
}
export interface StartOptions {
  readonly call?: ComputeCall;
  /** The operation ends with this instead of its effect. */
  readonly failure?: ApiError;
  /** `system` for what Google does by itself. */
  readonly user?: "system";
}
const SYSTEM_USER = "system@google.com";

const SERIAL_DIGITS = 12;
/** Names sort as their operations began. */
export function operationName({ insertedMs, serial }: Pick<Operation, "insertedMs" | "serial">): string {
  return `operation-${insertedMs}-${serial.toString(16).padStart(SERIAL_DIGITS, "0")}`;
}

export function renderOperation(operation: Operation, link: (path: string) => string): JsonObject {
  const { project, scope, failure, startedMs, endedMs } = operation;
  const name = operationName(operation);
  const status = endedMs !== undefined ? "DONE" : startedMs !== undefined ? "RUNNING" : "PENDING";
  const place = `projects/${project}/${scope}`;
  return {
    kind: "compute#operation",
    id: operation.id,
    name,
    operationType: operation.type,
    targetLink: link(operation.targetPath),
    targetId: operation.targetId,
    status,
    user: operation.user,
    progress: status === "DONE" ? 100 : 0,
    insertTime: formatTime(operation.insertedMs),
    ...(startedMs === undefined ? {} : { startTime: formatTime(startedMs) }),
    ...(endedMs === undefined ? {} : { endTime: formatTime(endedMs) }),
    ...(operation.requestId === undefined ? {} : { clientOperationId: operation.requestId }),
    ...(scope.startsWith("regions/") ? { region: link(place) } : {}),
    ...(scope.startsWith("zones/") ? { zone: link(place) } : {}),
    ...(failure === undefined ? {} : operationError(failure)),
    selfLink: link(`${place}/operations/${name}`),
  };
}

/** The part of a call that a repeat must equal, as 128 bits of it: they are kept for weeks, and nobody here attacks. */
function signature(call: ComputeCall): string {
  const params = Object.entries(call.params).sort(([left], [right]) => (left < right ? -1 : 1));
  const whole = JSON.stringify([call.service, call.method, params, call.body ?? null]);
  return hash("md5", whole, "base64url");
}

export function createOperations(world: {
  readonly clock: Clock;
  readonly pendingMs: () => number;
  readonly nextId: () => string;
  /** Told of every step of every operation: with it goes the state of what it is about. */
  readonly moved: () => void;
  readonly user: string;
}): Operations {
  /** By project and scope, then by serial. */
  const places = new Map<string, Map<Scope, Map<number, Operation>>>();
  /** By project, then by request id. */
  const requests = new Map<string, Map<string, Operation>>();
  const waiting = new Map<Operation, Set<() => void>>();
  const done = new Set<Operation>();
  let running = 0;
  let serial = 0;

  function forget(operation: Operation): void {
    done.delete(operation);
    places.get(operation.project)?.get(operation.scope)?.delete(operation.serial);
    if (operation.requestId !== undefined) requests.get(operation.project)?.delete(operation.requestId);
  }
  function forgetOld(): void {
    const oldest = world.clock.nowMs() - OPERATION_RETENTION_MS;
    for (const operation of done) {
      if (done.size <= DONE_KEPT_MAX && (operation.endedMs ?? 0) > oldest) return;
      forget(operation);
    }
  }
  function end(operation: Operation, started: Started, failure: ApiError | undefined): void {
    if (operation.endedMs !== undefined) return;
    operation.failure = failure;
    if (failure === undefined) {
      try {
        started.finish?.();
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        operation.failure = error;
      }
    }
    if (operation.failure !== undefined) started.undo?.();
    operation.endedMs = world.clock.nowMs();
    running--;
    world.moved();
    done.add(operation);
    const listeners = waiting.get(operation);
    waiting.delete(operation);
    for (const listener of listeners ?? []) listener();
  }
  function run(operation: Operation, started: Started, failure: ApiError | undefined): void {
    operation.startedMs = world.clock.nowMs();
    if (failure === undefined && started.begin !== undefined) {
      started.begin((late) => end(operation, started, late));
    } else {
      world.clock.after(started.runMs ?? 0, () => end(operation, started, failure));
    }
  }
  function placeFor(project: string, scope: Scope): Map<number, Operation> {
    const scopes = upsert(places, project, () => new Map<Scope, Map<number, Operation>>());
    return upsert(scopes, scope, () => new Map<number, Operation>());
  }
  return {
    start({ project, scope }, started, { call, failure, user }) {
      forgetOld();
      const insertedMs = world.clock.nowMs();
      const requestId = call?.params["requestId"];
      serial++;
      const operation: Operation = {
        serial,
        project,
        scope,
        id: world.nextId(),
        type: started.type,
        targetPath: started.targetPath,
        targetId: started.targetId,
        user: user === "system" ? SYSTEM_USER : world.user,
        requestId,
        signature: call === undefined || requestId === undefined ? undefined : signature(call),
        insertedMs,
        startedMs: undefined,
        endedMs: undefined,
        failure: undefined,
      };
      placeFor(project, scope).set(serial, operation);
      world.moved();
      running++;
      if (requestId !== undefined) {
        upsert(requests, project, () => new Map<string, Operation>()).set(requestId, operation);
      }
      world.clock.after(world.pendingMs(), () => run(operation, started, failure));
      return operation;
    },
    repeated(call) {
      const requestId = call.params["requestId"];
      if (requestId === undefined) return undefined;
      if (!UUID.test(requestId) || requestId === NIL_UUID) {
        throw new ApiError(
          400,
          "invalid",
          `Invalid value for field 'requestId': '${requestId}'. Must be a valid UUID other than the zero UUID.`,
        );
      }
      const earlier = requests.get(call.params["project"] ?? "")?.get(requestId);
      if (earlier === undefined) return undefined;
      if (earlier.signature === signature(call)) return earlier;
      throw new ApiError(
        400,
        "invalid",
        `Invalid value for field 'requestId': '${requestId}'. It was used by a different request.`,
      );
    },
    find(project, scope, name) {
      const serial = Number.parseInt(name.slice(-SERIAL_DIGITS), 16);
      const found = places.get(project)?.get(scope)?.get(serial);
      return found !== undefined && operationName(found) === name ? found : undefined;
    },
    list: (project, scope) => places.get(project)?.get(scope)?.values() ?? [],
    scopes: (project) => [...(places.get(project)?.keys() ?? [])].sort(),
    remove: forget,
    whenDone(operation, listener) {
      if (operation.endedMs !== undefined) {
        listener();
        return () => {};
      }
      const listeners = waiting.get(operation) ?? new Set();
      waiting.set(operation, listeners.add(listener));
      return () => listeners.delete(listener);
    },
    unfinished: () => running,
  };
}
