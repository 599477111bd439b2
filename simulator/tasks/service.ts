/** Cloud Tasks v2 over the simulated queues. */
import type { ComputeAnswer, JsonObject } from "../compute/call.ts";
import { Refusal } from "../refusal.ts";
import type { Service, ServiceCall } from "../service.ts";
import { queueJson, readQueueConfig } from "./queue.ts";
import type { StoredQueue, TaskStore } from "./store.ts";
import type { StoredTask } from "./stored-task.ts";
import { newTask, taskJson } from "./task.ts";

/** Source: https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/list. */
const PAGE_SIZE_MAX = 1000;
const QUEUE_NAME = /^projects\/[^/]+\/locations\/[^/]+\/queues\/[A-Za-z0-9-]{1,100}$/;

type Handler = (store: TaskStore, call: ServiceCall) => JsonObject;

export function createTasksService(store: TaskStore): Service {
  return (call): ComputeAnswer => {
    const handler = HANDLERS[call.method];
    if (handler === undefined)
      throw new Refusal(501, `CloudTasks.${call.method} is not modelled by the simulated cloud.`);
    return { status: 200, body: handler(store, call) };
  };
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  CreateQueue(store, { params, body }) {
    const name = String(body["name"] ?? "");
    if (!QUEUE_NAME.test(name) || !name.startsWith(`${params["parent"]}/queues/`))
      throw new Refusal(
        400,
        `Queue name must be formatted: "projects/<PROJECT>/locations/<LOCATION>/queues/<QUEUE_ID>"; it is "${name}".`,
      );
    if (store.queues.has(name)) throw new Refusal(409, "Queue already exists");
    const queue: StoredQueue = {
      name,
      config: readQueueConfig(body),
      state: "RUNNING",
      purgedMs: undefined,
      running: 0,
      pacedMs: 0,
    };
    store.queues.set(name, queue);
    return json(queue);
  },
  GetQueue: (store, call) => json(queueOf(store, call.params["name"])),
  ListQueues(store, { params }) {
    const all = [...store.queues.values()].filter((q) => q.name.startsWith(`${params["parent"]}/queues/`));
    return page("queues", all.map(json), params);
  },
  UpdateQueue(store, { params, body }) {
    const queue = queueOf(store, params["queue.name"]);
    queue.config = readQueueConfig(body, queue.config);
    store.wake(queue.name);
    return json(queue);
  },
  DeleteQueue(store, { params }) {
    const queue = queueOf(store, params["name"]);
    for (const task of store.tasksOf(queue.name)) store.remove(task.name);
    store.queues.delete(queue.name);
    return {};
  },
  PurgeQueue(store, { params }) {
    const queue = queueOf(store, params["name"]);
    queue.purgedMs = store.clock.nowMs();
    for (const task of store.tasksOf(queue.name)) store.remove(task.name);
    return json(queue);
  },
  PauseQueue(store, { params }) {
    const queue = queueOf(store, params["name"]);
    queue.state = "PAUSED";
    return json(queue);
  },
  ResumeQueue(store, { params }) {
    const queue = queueOf(store, params["name"]);
    queue.state = "RUNNING";
    store.wake(queue.name);
    return json(queue);
  },
  CreateTask(store, { params, body }) {
    const queue = queueOf(store, params["parent"]);
    const task = newTask(queue.name, store.clock.nowMs(), body["task"]);
    if (store.find(task.name) !== undefined) throw new Refusal(409, "Requested entity already exists");
    if (store.isTaken(task.name))
      throw new Refusal(
        409,
        "The task cannot be created because a task with this name existed too recently. For more information about " +
          "task de-duplication see https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/create.",
      );
    const created = taskJson(task, view(body["responseView"]));
    store.add(task);
    return created;
  },
  GetTask: (store, { params }) => taskJson(taskOf(store, params["name"]), view(params["responseView"])),
  ListTasks(store, { params }) {
    const queue = queueOf(store, params["parent"]);
    const tasks = [...store.tasksOf(queue.name)].sort((a, b) => a.scheduleMs - b.scheduleMs);
    return page(
      "tasks",
      tasks.map((task) => taskJson(task, view(params["responseView"]))),
      params,
    );
  },
  DeleteTask(store, { params }) {
    store.remove(taskOf(store, params["name"]).name);
    return {};
  },
  RunTask(store, { params, body }) {
    const task = taskOf(store, params["name"]);
    task.scheduleMs = store.clock.nowMs();
    const answer = taskJson(task, view(body["responseView"]));
    store.wake(task.queue);
    return answer;
  },
};

function json(queue: StoredQueue): JsonObject {
  return {
    ...queueJson(queue.name, queue.config, queue.state),
    ...(queue.purgedMs === undefined ? {} : { purgeTime: new Date(queue.purgedMs).toISOString() }),
  };
}
function view(value: unknown): "BASIC" | "FULL" {
  return value === "FULL" ? "FULL" : "BASIC";
}

function queueOf(store: TaskStore, name: string | undefined): StoredQueue {
  const queue = store.queues.get(name ?? "");
  if (queue !== undefined) return queue;
  throw new Refusal(
    404,
    "Queue does not exist. If you just created the queue, wait at least a minute for the queue to initialize.",
  );
}
/** Cloud Tasks tells a task that never was from one that is done. */
function taskOf(store: TaskStore, name = ""): StoredTask {
  const task = store.find(name);
  if (task !== undefined) return task;
  throw new Refusal(
    404,
    store.isTaken(name)
      ? "The task no longer exists, though a task with this name existed recently. The task either successfully completed or was deleted."
      : "Requested entity was not found.",
  );
}

function page(
  field: string,
  all: readonly JsonObject[],
  params: Readonly<Record<string, string>>,
): JsonObject {
  const asked = Number(params["pageSize"] ?? 0);
  const size = asked > 0 ? Math.min(asked, PAGE_SIZE_MAX) : PAGE_SIZE_MAX;
  const start = Number(params["pageToken"] ?? 0) || 0;
  const more = start + size < all.length;
  return {
    [field]: all.slice(start, start + size),
    ...(more ? { nextPageToken: String(start + size) } : {}),
  };
}
