import assert from "node:assert/strict";
import { openSqliteStore } from "../../../../shared/adapters/embedded/sqlite-store.ts";
import { createTaskWakeups } from "../../../../shared/adapters/google/task-wakeups.ts";
import { STATUS_GROUP } from "../../../../shared/engine/paths.ts";
import { isCloudError } from "../../../../shared/ports/cloud-error.ts";
import type { Store } from "../../../../shared/ports/store.ts";
import type { Wakeups } from "../../../../shared/ports/wakeups.ts";
import { createSeededChance } from "../../../../simulator/chance.ts";
import { describeWakeups } from "../../../contract/wakeups.ts";
import {
  type FakeCloudTasks,
  type HttpTask,
  startFakeCloudTasks,
} from "../../../support/fake-cloud-tasks.ts";
import { refusal } from "../../../support/fake-http.ts";

const START_MS = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const QUEUE = "projects/acme/locations/europe-west4/queues/passes";
const TARGET = {
  queue: QUEUE,
  url: "https://reconcile.example.test/",
  serviceAccount: "wakeups@acme.iam.gserviceaccount.com",
};
/** Enums travel as numbers. Source: HttpMethod of google/cloud/tasks/v2/target.proto. */
const POST = 1;
const NOTE = "clusters/checkout/wakeups/next";

interface SetUp {
  readonly fake: FakeCloudTasks;
  readonly store: Store;
  readonly wakeups: Wakeups;
  close(): Promise<void>;
}

async function setUp(): Promise<SetUp> {
  const fake = await startFakeCloudTasks(START_MS);
  const { clock } = fake;
  // The store's pauses are of another clock: it is contended while virtual time stands still.
  const after = (delayMs: number, run: () => void) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  };
  const store = openSqliteStore({
    file: ":memory:",
    clock: { nowMs: clock.nowMs, after },
    chance: createSeededChance(41),
  });
  const wakeups = createTaskWakeups({ ...TARGET, clock, store, client: fake.clientOptions });
  const close = async () => {
    await store.close();
    await fake.close();
  };
  return { fake, store, wakeups, close };
}

function bodyOf(task: HttpTask | undefined) {
  return JSON.parse(Buffer.from(task?.body ?? "", "base64").toString("utf8"));
}

describe("task wake-ups", () => {
  describeWakeups("wake-ups on Cloud Tasks", async () => {
    const { fake, wakeups, close } = await setUp();
    return {
      wakeups,
      clock: fake.clock,
      advance: fake.advance,
      handle: (handler) => {
        fake.dispatch = (task) => handler(bodyOf(task));
      },
      close,
    };
  });

  let parts: SetUp;
  beforeEach(async () => {
    parts = await setUp();
  });
  afterEach(() => parts.close());
  const schedule = (afterMs: number, clusterId = "checkout") =>
    parts.wakeups.schedule({ clusterId, atMs: parts.fake.clock.nowMs() + afterMs, cause: "test" });
  const tasks = () => [...parts.fake.tasks.values()];

  it("ask for a POST to the function with a token of the service account, and say which cluster and why", async () => {
    await schedule(MINUTE_MS + 250);
    const [task] = tasks();
    assert.deepEqual(bodyOf(task?.httpRequest), { clusterId: "checkout", cause: "test" });
    assert.equal(task?.httpRequest.url, TARGET.url);
    assert.equal(task?.httpRequest.httpMethod, POST);
    assert.equal(task?.httpRequest.headers["content-type"], "application/json");
    assert.deepEqual(task?.httpRequest.oidcToken, {
      serviceAccountEmail: TARGET.serviceAccount,
      audience: TARGET.url,
    });
    assert.equal(Date.parse(task?.scheduleTime ?? ""), START_MS + MINUTE_MS + 250);
    assert.match(
      task?.name ?? "",
      /^projects\/acme\/locations\/europe-west4\/queues\/passes\/tasks\/checkout-[0-9a-z]+-0$/,
    );
  });

  it("are asked for as far ahead as Cloud Tasks allows, and no further", async () => {
    await schedule(400 * DAY_MS);
    const atMs = Date.parse(tasks()[0]?.scheduleTime ?? "");
    assert.ok(atMs > START_MS + 29 * DAY_MS && atMs <= START_MS + 30 * DAY_MS, new Date(atMs).toISOString());
  });

  it("make no call to Cloud Tasks when an earlier one is pending", async () => {
    await schedule(MINUTE_MS);
    let calls = 0;
    parts.fake.intercept = () => void calls++;
    await schedule(2 * MINUTE_MS);
    assert.equal(calls, 0);
  });

  it("are asked for once when the answer was lost and the caller asks again", async () => {
    let lost = false;
    parts.fake.intercept = ({ method, body }) => {
      if (method !== "POST" || lost) return undefined;
      lost = true;
      const task = body["task"] as { name: string; httpRequest: HttpTask; scheduleTime: string };
      parts.fake.tasks.set(task.name, { ...task, dispatchCount: 0 });
      return refusal(503, "UNAVAILABLE", "the answer was lost");
    };
    await assert.rejects(schedule(MINUTE_MS), (error) => isCloudError(error, "unavailable"));
    await schedule(MINUTE_MS);
    assert.equal(tasks().length, 1);
    assert.ok(await parts.store.get(NOTE));
  });

  it("are noted outside of what every sweep reads, and pays for by the document", async () => {
    await schedule(MINUTE_MS);
    assert.ok(await parts.store.get(NOTE));
    const swept = await parts.store.query({ group: STATUS_GROUP, limit: 10 });
    assert.deepEqual(swept.documents, []);
  });

  it("are asked for anew when the noted one has fired, was purged, or the note is garbled", async () => {
    let fired = 0;
    parts.fake.dispatch = async () => void fired++;
    await schedule(0);
    await parts.fake.advance(MINUTE_MS);
    assert.equal(fired, 1);
    await schedule(0);
    parts.fake.tasks.clear();
    await parts.fake.advance(MINUTE_MS);
    await schedule(0);
    await parts.fake.advance(MINUTE_MS);
    assert.equal(fired, 2);
    await parts.store.transact(async (t) => t.set(NOTE, { task: 5 }));
    await schedule(0);
    await parts.fake.advance(MINUTE_MS);
    assert.equal(fired, 3);
  });

  it("are not asked for twice while the queue is behind", async () => {
    await schedule(0);
    await parts.fake.clock.advance(MINUTE_MS);
    for (let time = 0; time < 3; time++) await schedule(0);
    assert.equal(tasks().length, 1);
  });

  it("leave nothing behind when taken back: no task, no note", async () => {
    await schedule(MINUTE_MS);
    await parts.wakeups.cancel("checkout");
    assert.equal(tasks().length, 0);
    assert.equal(await parts.store.get(NOTE), undefined);
  });

  it("take the next name of a bucket without trying those that have fired", async () => {
    let calls = 0;
    for (let time = 0; time < 5; time++) {
      await schedule(0);
      await parts.fake.advance(0);
    }
    parts.fake.intercept = () => void calls++;
    await schedule(0);
    assert.equal(calls, 2, "a look at the noted task, and the new one");
  });

  it("are bounded in a bucket of seconds, and say when to try again", async () => {
    for (let time = 0; time < 20; time++) {
      await schedule(0);
      await parts.fake.advance(0);
    }
    await assert.rejects(
      schedule(0),
      (error) => isCloudError(error, "rate-limited") && /some seconds/.test(error.message),
    );
    await parts.fake.advance(5_000);
    await schedule(0);
    assert.equal(tasks().length, 1);
  });

  it("say in the closed union what Cloud Tasks answered", async () => {
    for (const [status, name, code] of [
      [403, "PERMISSION_DENIED", "permission-denied"],
      [429, "RESOURCE_EXHAUSTED", "rate-limited"],
      [404, "NOT_FOUND", "not-found"],
      [503, "UNAVAILABLE", "unavailable"],
    ] as const) {
      parts.fake.intercept = () => refusal(status, name, "no");
      await assert.rejects(schedule(MINUTE_MS), (error) => isCloudError(error, code));
    }
    assert.equal(tasks().length, 0);
    assert.equal(await parts.store.get(NOTE), undefined);
    await assert.rejects(schedule(Number.NaN), (error) => isCloudError(error, "invalid"));
  });

  it("say unavailable when their note cannot be written", async () => {
    await parts.store.close();
    await assert.rejects(schedule(MINUTE_MS), (error) => isCloudError(error, "unavailable"));
  });
});
