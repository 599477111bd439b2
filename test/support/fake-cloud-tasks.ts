/** The rules of Cloud Tasks that the adapter depends on, over HTTP and under virtual time, for its test alone. */
import { createVirtualClock, type VirtualClock } from "../../simulator/clock.ts";
import { type FakeAnswer, type FakeRequest, type FakeServer, refusal, startFakeServer } from "./fake-http.ts";

const AHEAD_MS_MAX = 30 * 86_400_000;
/** How long a name stays taken after its task is gone. */
const NAME_MS = 86_400_000;
const RETRY_MS = 1_000;

export interface HttpTask {
  readonly url: string;
  readonly httpMethod: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Base64. */
  readonly body: string;
  readonly oidcToken: { readonly serviceAccountEmail: string; readonly audience: string };
}
interface Task {
  readonly name: string;
  readonly httpRequest: HttpTask;
  scheduleTime: string;
  dispatchCount: number;
  lastAttempt?: { dispatchTime: string; responseTime?: string };
}
export interface FakeCloudTasks extends FakeServer {
  readonly clock: VirtualClock;
  readonly tasks: Map<string, Task>;
  /** Stands for the function that the tasks call; a throw is an answer of 500. */
  dispatch: (request: HttpTask) => Promise<void>;
  /** Answers instead of the rules, when it answers at all. */
  intercept: (request: FakeRequest) => FakeAnswer | undefined;
  advance(ms: number): Promise<void>;
}

export async function startFakeCloudTasks(startMs: number): Promise<FakeCloudTasks> {
  const clock = createVirtualClock(startMs);
  const tasks = new Map<string, Task>();
  const usedUntilMs = new Map<string, number>();
  const now = () => new Date(clock.nowMs()).toISOString();
  const remove = (name: string) => {
    tasks.delete(name);
    usedUntilMs.set(name, clock.nowMs() + NAME_MS);
  };
  const create = (given: Partial<Task>): FakeAnswer => {
    const { name, httpRequest, scheduleTime = now() } = given;
    if (name === undefined || httpRequest === undefined)
      return refusal(400, "INVALID_ARGUMENT", "name, httpRequest");
    if (!/\/tasks\/[A-Za-z0-9_-]{1,500}$/.test(name)) return refusal(400, "INVALID_ARGUMENT", `name ${name}`);
    if (Date.parse(scheduleTime) > clock.nowMs() + AHEAD_MS_MAX) {
      return refusal(400, "INVALID_ARGUMENT", "scheduleTime is more than 30 days ahead");
    }
    if (tasks.has(name) || (usedUntilMs.get(name) ?? 0) > clock.nowMs()) {
      return refusal(
        409,
        "ALREADY_EXISTS",
        "The task cannot be created because a task with this name existed too recently.",
      );
    }
    const task = { name, httpRequest, scheduleTime, dispatchCount: 0 };
    tasks.set(name, task);
    return { status: 200, body: task };
  };
  const fire = async (task: Task) => {
    task.dispatchCount += 1;
    task.lastAttempt = { dispatchTime: now() };
    try {
      await fake.dispatch(task.httpRequest);
      remove(task.name);
    } catch {
      task.lastAttempt.responseTime = now();
      task.scheduleTime = new Date(clock.nowMs() + RETRY_MS * 2 ** task.dispatchCount).toISOString();
    }
  };
  const nextDue = (untilMs: number) =>
    [...tasks.values()]
      .toSorted((a, b) => Date.parse(a.scheduleTime) - Date.parse(b.scheduleTime))
      .find(({ scheduleTime }) => Date.parse(scheduleTime) <= untilMs);

  const fake = {
    clock,
    tasks,
    dispatch: async (_request: HttpTask) => {},
    intercept: (_request: FakeRequest): FakeAnswer | undefined => undefined,
    advance: async (ms: number) => {
      const untilMs = clock.nowMs() + ms;
      for (let task = nextDue(untilMs); task !== undefined; task = nextDue(untilMs)) {
        await clock.advanceTo(Date.parse(task.scheduleTime));
        await fire(task);
      }
      await clock.advanceTo(untilMs);
    },
  };
  const server = await startFakeServer((request) => {
    const intercepted = fake.intercept(request);
    if (intercepted !== undefined) return intercepted;
    const name = request.path.replace(/^\/v2\//, "");
    if (request.method === "POST") return create(request.body["task"] as Partial<Task>);
    const task = tasks.get(name);
    if (task === undefined) return refusal(404, "NOT_FOUND", "The task does not exist, or has been deleted.");
    if (request.method === "DELETE") remove(name);
    return { status: 200, body: request.method === "DELETE" ? {} : task };
  });
  return Object.assign(fake, server);
}
