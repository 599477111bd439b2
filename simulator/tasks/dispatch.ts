/** Delivers one task: the HTTP call that Cloud Tasks makes, with its headers, token and deadline. */
import type { Clock } from "../../shared/ports/clock.ts";
import type { Identity } from "../identity/identity.ts";
import type { StoredTask } from "./stored-task.ts";

/** The part of `fetch` that a delivery needs. */
export type TaskFetch = (
  url: string,
  init: {
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: Uint8Array<ArrayBuffer>;
    readonly signal: AbortSignal;
  },
) => Promise<{ readonly status: number }>;

export interface Delivery {
  readonly clock: Clock;
  readonly identity: Identity;
  readonly fetch: TaskFetch;
}

/** Resolves with the HTTP status, or nothing when no answer came in time. Never rejects. */
export async function deliver(delivery: Delivery, task: StoredTask): Promise<number | undefined> {
  const abort = new AbortController();
  const stop = delivery.clock.after(task.dispatchDeadlineMs, () => abort.abort());
  try {
    const response = await delivery.fetch(task.url, {
      method: task.httpMethod,
      headers: { ...task.headers, ...queueHeaders(task), ...(await authorization(delivery.identity, task)) },
      ...(task.body === undefined ? {} : { body: Uint8Array.from(task.body) }),
      signal: abort.signal,
    });
    return response.status;
  } catch {
    return undefined;
  } finally {
    stop();
  }
}

/** Source: https://cloud.google.com/tasks/docs/creating-http-target-tasks#handler. */
function queueHeaders(task: StoredTask): Readonly<Record<string, string>> {
  return {
    "User-Agent": "Google-Cloud-Tasks",
    "X-CloudTasks-QueueName": task.queue.split("/").at(-1) ?? "",
    "X-CloudTasks-TaskName": task.name.split("/").at(-1) ?? "",
    "X-CloudTasks-TaskRetryCount": String(task.dispatchCount - 1),
    "X-CloudTasks-TaskExecutionCount": String(task.responseCount),
    "X-CloudTasks-TaskETA": String(task.scheduleMs / 1000),
    ...(task.lastStatus === undefined
      ? {}
      : { "X-CloudTasks-TaskPreviousResponse": String(task.lastStatus) }),
  };
}

async function authorization(
  identity: Identity,
  task: StoredTask,
): Promise<Readonly<Record<string, string>>> {
  if (task.oidc !== undefined) {
    const token = await identity.serviceAccountIdToken(task.oidc.email, task.oidc.audience ?? task.url);
    return { Authorization: `Bearer ${token}` };
  }
  if (task.oauth !== undefined)
    return { Authorization: `Bearer ${identity.accessToken(task.oauth.email).token}` };
  return {};
}
