/** One queue of Cloud Tasks whose tasks call the reconcile function: making, looking at and deleting tasks. */
import type { CloudTasksClient } from "@google-cloud/tasks";
import type * as gax from "google-gax";
import type { CallOptions, ClientOptions } from "google-gax";
import { isCloudError } from "../../ports/cloud-error.ts";
import type { Wakeup } from "../../ports/wakeups.ts";
import { restGax } from "./rest-gax.ts";
import { toCloudError } from "./service-error.ts";

/** Retries are the engine's: the client would repeat silently what it calls idempotent. */
const CALL: CallOptions = { timeout: 20_000, retry: null };
/** What is called of the client. The deployed bundle has no other method. */
export const TASK_METHODS = ["createTask", "deleteTask", "getTask"] as const;
type Client = Pick<CloudTasksClient, (typeof TASK_METHODS)[number]>;
const MS_PER_SECOND = 1_000;
const NANOS_PER_MS = 1_000_000;

export interface TaskQueueOptions {
  /** `projects/{project}/locations/{location}/queues/{queue}`. */
  readonly queue: string;
  /** The reconcile function; it gets `{"clusterId", "cause"}` by POST. */
  readonly url: string;
  /** Signs the OIDC token that the function checks; may call nothing but it. */
  readonly serviceAccount: string;
  /** Of the token; the URL when absent. */
  readonly audience?: string;
  /** Passed on to the client: apiEndpoint, port, protocol and authClient reach a local server. REST unless told otherwise. */
  readonly client?: ClientOptions;
}

export interface CloudTask {
  /** When it is dispatched next. */
  readonly atMs: number;
  /** It has been dispatched and nothing has come back yet. */
  readonly running: boolean;
}

export interface TaskQueue {
  path(id: string): string;
  /** False when the name is taken, by a task or by one that was there within a day. @throws CloudError */
  create(task: string, wakeup: Wakeup): Promise<boolean>;
  /** @throws CloudError */
  get(task: string): Promise<CloudTask | undefined>;
  /** Harmless when absent. @throws CloudError */
  delete(task: string): Promise<void>;
}

/** Loads the client with the first call. */
export function createTaskQueue(options: TaskQueueOptions): TaskQueue {
  let loading: Promise<Client> | undefined;
  const client = () => {
    loading ??= connect(options.client);
    return loading;
  };
  const call = async <R>(target: string, request: (client: Client) => Promise<R>): Promise<R> => {
    try {
      return await request(await client());
    } catch (error) {
      throw toCloudError(error, target);
    }
  };

  return {
    path: (id) => `${options.queue}/tasks/${id}`,
    create: async (task, wakeup) => {
      const request = { parent: options.queue, task: toTask(task, wakeup, options) };
      const made = await unless("already-exists", () => call(task, (c) => c.createTask(request, CALL)));
      return made !== undefined;
    },
    get: async (task) => {
      const found = await unless("not-found", () => call(task, (c) => c.getTask({ name: task }, CALL)));
      return found === undefined ? undefined : fromTask(found[0]);
    },
    delete: async (task) => {
      await unless("not-found", () => call(task, (c) => c.deleteTask({ name: task }, CALL)));
    },
  };
}

async function connect(options: ClientOptions = {}): Promise<Client> {
  const { CloudTasksClient } = await import("@google-cloud/tasks");
  return new CloudTasksClient({ fallback: true, ...options }, restGax as unknown as typeof gax);
}

function toTask(
  name: string,
  { clusterId, atMs, cause }: Wakeup,
  { url, serviceAccount, audience }: TaskQueueOptions,
) {
  return {
    name,
    scheduleTime: {
      seconds: Math.floor(atMs / MS_PER_SECOND),
      nanos: Math.floor(atMs % MS_PER_SECOND) * NANOS_PER_MS,
    },
    httpRequest: {
      httpMethod: "POST" as const,
      url,
      headers: { "content-type": "application/json" },
      body: Buffer.from(JSON.stringify({ clusterId, cause })),
      oidcToken: { serviceAccountEmail: serviceAccount, audience: audience ?? url },
    },
  };
}

interface Time {
  readonly seconds?: unknown;
  readonly nanos?: number | null;
}
interface Dispatched {
  readonly scheduleTime?: Time | null;
  readonly lastAttempt?: { readonly dispatchTime?: Time | null; readonly responseTime?: Time | null } | null;
}

function fromTask({ scheduleTime, lastAttempt }: Dispatched): CloudTask {
  const atMs =
    Number(scheduleTime?.seconds ?? 0) * MS_PER_SECOND +
    Math.floor((scheduleTime?.nanos ?? 0) / NANOS_PER_MS);
  return { atMs, running: lastAttempt?.dispatchTime != null && lastAttempt.responseTime == null };
}

/** Nothing instead of this one error. */
async function unless<R>(
  code: "already-exists" | "not-found",
  step: () => Promise<R>,
): Promise<R | undefined> {
  try {
    return await step();
  } catch (error) {
    if (isCloudError(error, code)) return undefined;
    throw error;
  }
}
