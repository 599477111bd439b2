/** A task from and to Cloud Tasks' REST JSON, with its limits. */
import { randomInt } from "node:crypto";
import type { Json, JsonObject } from "../compute/call.ts";
import { Refusal } from "../refusal.ts";
import { durationMs, durationText } from "./queue.ts";
import type { StoredTask } from "./stored-task.ts";

/** Source for all: https://cloud.google.com/tasks/docs/quotas and the reference of `Task`. */
const SCHEDULE_AHEAD_MAX_MS = 30 * 24 * 3600 * 1000;
const TASK_BYTES_MAX = 1024 * 1024;
const DISPATCH_DEADLINE_MS = 10 * 60 * 1000;
const DISPATCH_DEADLINE_MIN_MS = 15 * 1000;
const DISPATCH_DEADLINE_MAX_MS = 30 * 60 * 1000;
const TASK_ID = /^[A-Za-z0-9_-]{1,500}$/;

/** @throws Refusal */
export function newTask(queue: string, nowMs: number, json: Json | undefined): StoredTask {
  const task = object(json);
  if (task["appEngineHttpRequest"] !== undefined)
    throw new Refusal(501, "App Engine targets are not modelled by the simulated cloud. Use httpRequest.");
  const request = object(task["httpRequest"]);
  const url = String(request["url"] ?? "");
  if (!/^https?:\/\/[^/\s]+/.test(url))
    throw new Refusal(
      400,
      `HttpRequest.url must be a URL that begins with http:// or https://; it is "${url}".`,
    );
  const body = typeof request["body"] === "string" ? Buffer.from(request["body"], "base64") : undefined;
  if ((body?.length ?? 0) > TASK_BYTES_MAX) throw new Refusal(400, "Task size too large");
  return {
    queue,
    name: taskName(queue, task["name"]),
    url,
    httpMethod: String(request["httpMethod"] ?? "POST"),
    headers: texts(request["headers"]),
    body,
    oidc: account(request["oidcToken"], (token, email) => ({ email, audience: text(token["audience"]) })),
    oauth: account(request["oauthToken"], (token, email) => ({ email, scope: text(token["scope"]) })),
    createdMs: nowMs,
    dispatchDeadlineMs: dispatchDeadline(task["dispatchDeadline"]),
    scheduleMs: scheduleMs(task["scheduleTime"], nowMs),
    dispatchCount: 0,
    responseCount: 0,
    firstDispatchMs: undefined,
    lastDispatchMs: undefined,
    lastResponseMs: undefined,
    lastStatus: undefined,
    running: false,
  };
}

export function taskJson(task: StoredTask, view: "BASIC" | "FULL"): JsonObject {
  const full = view === "FULL" && task.body !== undefined;
  return {
    name: task.name,
    httpRequest: {
      url: task.url,
      httpMethod: task.httpMethod,
      headers: { "User-Agent": "Google-Cloud-Tasks", ...task.headers },
      ...(full ? { body: Buffer.from(task.body ?? []).toString("base64") } : {}),
      ...(task.oidc === undefined
        ? {}
        : { oidcToken: { serviceAccountEmail: task.oidc.email, audience: task.oidc.audience ?? task.url } }),
      ...(task.oauth === undefined
        ? {}
        : { oauthToken: { serviceAccountEmail: task.oauth.email, scope: task.oauth.scope } }),
    },
    scheduleTime: time(task.scheduleMs),
    createTime: time(task.createdMs),
    dispatchDeadline: durationText(task.dispatchDeadlineMs),
    dispatchCount: task.dispatchCount,
    responseCount: task.responseCount,
    ...(task.firstDispatchMs === undefined
      ? {}
      : { firstAttempt: { dispatchTime: time(task.firstDispatchMs) } }),
    ...(task.lastDispatchMs === undefined ? {} : { lastAttempt: lastAttempt(task, task.lastDispatchMs) }),
    view,
  };
}

/** "If responseTime is unset, then the task has not been attempted or is currently running" (reference of Attempt). */
function lastAttempt(task: StoredTask, dispatchMs: number): JsonObject {
  return {
    dispatchTime: time(dispatchMs),
    ...(task.lastResponseMs === undefined
      ? {}
      : { responseTime: time(task.lastResponseMs), responseStatus: responseStatus(task.lastStatus) }),
  };
}
/** https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto */
const RPC_UNKNOWN = 2;
const RPC_DEADLINE_EXCEEDED = 4;
function responseStatus(status: number | undefined): JsonObject {
  if (status === undefined) return { code: RPC_DEADLINE_EXCEEDED, message: "DEADLINE_EXCEEDED" };
  return { code: RPC_UNKNOWN, message: `UNKNOWN(${RPC_UNKNOWN}): HTTP status code ${status}` };
}

function taskName(queue: string, name: Json | undefined): string {
  // Cloud Tasks makes numeric ids of about 20 digits for tasks without a name.
  if (name === undefined || name === "") return `${queue}/tasks/${randomInt(1e14)}${randomInt(1e6)}`;
  const id = String(name).split("/tasks/")[1] ?? "";
  if (!String(name).startsWith(`${queue}/tasks/`) || !TASK_ID.test(id))
    throw new Refusal(
      400,
      `Task name must be formatted: "projects/<PROJECT>/locations/<LOCATION>/queues/<QUEUE>/tasks/<TASK_ID>" in this queue; it is "${name}".`,
    );
  return String(name);
}

function scheduleMs(value: Json | undefined, nowMs: number): number {
  if (typeof value !== "string") return nowMs;
  const atMs = Date.parse(value);
  if (atMs > nowMs + SCHEDULE_AHEAD_MAX_MS)
    throw new Refusal(400, "The task.schedule_time must be no more than 720h (30 days) in the future.");
  return Math.max(atMs, nowMs);
}
function dispatchDeadline(value: Json | undefined): number {
  const deadlineMs = durationMs(value, DISPATCH_DEADLINE_MS);
  if (deadlineMs < DISPATCH_DEADLINE_MIN_MS || deadlineMs > DISPATCH_DEADLINE_MAX_MS)
    throw new Refusal(400, "The task.dispatch_deadline must be between [15s, 30m].");
  return deadlineMs;
}

function account<T>(value: Json | undefined, make: (token: JsonObject, email: string) => T): T | undefined {
  if (value === undefined) return undefined;
  const token = object(value);
  const email = text(token["serviceAccountEmail"]);
  if (email === undefined) throw new Refusal(400, "A token needs serviceAccountEmail.");
  return make(token, email);
}
function time(ms: number): string {
  return new Date(ms).toISOString();
}
function text(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
function texts(value: Json | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(object(value)).map(([key, item]) => [key, String(item)]));
}
function object(value: Json | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
