/** Google's own Cloud Tasks client against the simulated queues, over the wire, under virtual time. */
import assert from "node:assert/strict";
import { CloudTasksClient } from "@google-cloud/tasks";
import { decodeJwt } from "jose";
import { localClientOptions, type Rig, START_MS, startRig } from "../wire/rig.ts";

const LOCATION = "projects/demo/locations/europe-west4";
const QUEUE = `${LOCATION}/queues/passes`;
const DAY_MS = 24 * 3600 * 1000;

interface Delivered {
  readonly atMs: number;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

describe("simulated Cloud Tasks", () => {
  let rig: Rig;
  let client: CloudTasksClient;
  let delivered: Delivered[];
  let statuses: (number | "lost")[];

  before(async () => {
    rig = await startRig({
      fetch: async (url, init) => {
        const body = init.body === undefined ? "" : Buffer.from(init.body).toString();
        delivered.push({ atMs: rig.clock.nowMs(), url, headers: init.headers, body });
        const status = statuses.shift() ?? 200;
        if (status === "lost") throw new Error("connection reset");
        return { status };
      },
    });
    client = new CloudTasksClient(localClientOptions(rig.wire.port));
  });
  after(async () => {
    await client.close();
    await rig.wire.close();
  });
  beforeEach(async () => {
    delivered = [];
    statuses = [];
    await client.createQueue({ parent: LOCATION, queue: { name: QUEUE } });
  });
  afterEach(async () => {
    await client.deleteQueue({ name: QUEUE });
    await rig.clock.advance(DAY_MS + 1);
  });

  const create = (id: string, afterMs = 0, more: object = {}) => {
    const atMs = rig.clock.nowMs() + afterMs;
    return client.createTask({
      parent: QUEUE,
      task: {
        name: `${QUEUE}/tasks/${id}`,
        httpRequest: {
          url: "https://reconcile.example.com/pass",
          body: Buffer.from("hello"),
          headers: { "Content-Type": "text/plain" },
        },
        scheduleTime: { seconds: Math.floor(atMs / 1000), nanos: (atMs % 1000) * 1e6 },
        ...more,
      },
    });
  };
  const fails = (call: Promise<unknown>, httpStatusCode: number, message: RegExp): Promise<void> =>
    assert.rejects(call, (error: Error & { httpStatusCode?: number }) => {
      assert.equal(error.httpStatusCode, httpStatusCode, error.message);
      assert.match(error.message, message);
      return true;
    });

  it("gives a new queue the documented defaults", async () => {
    const [queue] = await client.getQueue({ name: QUEUE });
    assert.equal(queue.state, "RUNNING");
    assert.equal(queue.rateLimits?.maxDispatchesPerSecond, 500);
    assert.equal(queue.retryConfig?.maxAttempts, 100);
    assert.equal(queue.retryConfig?.maxDoublings, 16);
    await fails(client.createQueue({ parent: LOCATION, queue: { name: QUEUE } }), 409, /already exists/);
  });
  it("delivers at the scheduled time, not before, with the queue's headers", async () => {
    const [task] = await create("at-ten", 10_000);
    assert.equal(task.name, `${QUEUE}/tasks/at-ten`);
    await rig.clock.advance(9_999);
    assert.equal(delivered.length, 0);
    await rig.clock.advance(1);
    const [first] = delivered;
    assert.equal(first?.atMs, START_MS + (rig.clock.nowMs() - START_MS));
    assert.equal(first?.url, "https://reconcile.example.com/pass");
    assert.equal(first?.body, "hello");
    assert.equal(first?.headers["X-CloudTasks-QueueName"], "passes");
    assert.equal(first?.headers["X-CloudTasks-TaskName"], "at-ten");
    assert.equal(first?.headers["X-CloudTasks-TaskRetryCount"], "0");
    await fails(client.getTask({ name: String(task.name) }), 404, /no longer exists/);
  });
  it("signs the call for the account and audience that the task names", async () => {
    const oidcToken = { serviceAccountEmail: "tasks@demo.iam.gserviceaccount.com" };
    await create("signed", 0, {
      httpRequest: { url: "https://reconcile.example.com/pass", oidcToken },
    });
    await rig.clock.advance(1_000);
    const token = delivered[0]?.headers["Authorization"]?.replace("Bearer ", "") ?? "";
    const claims = decodeJwt(token);
    assert.equal(claims["email"], "tasks@demo.iam.gserviceaccount.com");
    assert.equal(claims.aud, "https://reconcile.example.com/pass");
  });
  it("keeps a name taken for a day after the task is gone", async () => {
    await create("once", 5_000);
    await fails(create("once", 5_000), 409, /already exists/);
    await rig.clock.advance(5_000);
    assert.equal(delivered.length, 1);
    await fails(create("once"), 409, /too recently/);
    await rig.clock.advance(DAY_MS);
    assert.equal((await create("once"))[0].name, `${QUEUE}/tasks/once`);
  });
  it("keeps the name of a task that was deleted before its time", async () => {
    await create("taken-back", 60_000);
    await client.deleteTask({ name: `${QUEUE}/tasks/taken-back` });
    await fails(create("taken-back", 60_000), 409, /too recently/);
    await rig.clock.advance(60_000);
    assert.equal(delivered.length, 0);
  });
  it("retries with doubling waits until the answer is good", async () => {
    statuses = [500, "lost", 429, 200];
    const startMs = rig.clock.nowMs();
    await create("stubborn");
    await rig.clock.advance(10_000);
    assert.deepEqual(
      delivered.map(({ atMs }) => atMs - startMs),
      [0, 100, 300, 700],
    );
    assert.equal(delivered.at(-1)?.headers["X-CloudTasks-TaskRetryCount"], "3");
    assert.equal(delivered.at(-1)?.headers["X-CloudTasks-TaskPreviousResponse"], "429");
  });
  it("gives up after the attempts that the queue allows", async () => {
    await client.updateQueue({ queue: { name: QUEUE, retryConfig: { maxAttempts: 2 } } });
    statuses = [500, 500, 500];
    await create("hopeless");
    await rig.clock.advance(3_600_000);
    assert.equal(delivered.length, 2);
  });
  it("waits while paused and runs what is asked for now", async () => {
    await client.pauseQueue({ name: QUEUE });
    await create("held");
    await rig.clock.advance(1_000);
    assert.equal(delivered.length, 0);
    await client.resumeQueue({ name: QUEUE });
    await rig.clock.advance(1_000);
    assert.equal(delivered.length, 1);
    await create("later", 3_600_000);
    await client.runTask({ name: `${QUEUE}/tasks/later` });
    await rig.clock.advance(1_000);
    assert.equal(delivered.length, 2);
  });
  it("does not dispatch faster than the queue allows", async () => {
    await client.updateQueue({ queue: { name: QUEUE, rateLimits: { maxDispatchesPerSecond: 2 } } });
    for (const id of ["r1", "r2", "r3"]) await create(id);
    await rig.clock.advance(600);
    assert.equal(delivered.length, 2);
    await rig.clock.advance(600);
    assert.equal(delivered.length, 3);
  });
  it("lists what waits, and shows the body only in the full view", async () => {
    await create("b", 20_000);
    await create("a", 10_000);
    const [tasks] = await client.listTasks({ parent: QUEUE });
    assert.deepEqual(
      tasks.map(({ name }) => name?.split("/").at(-1)),
      ["a", "b"],
    );
    assert.equal(tasks[0]?.httpRequest?.body?.length ?? 0, 0);
    const [full] = await client.getTask({ name: `${QUEUE}/tasks/a`, responseView: "FULL" });
    assert.equal(Buffer.from(full.httpRequest?.body as Uint8Array).toString(), "hello");
    await client.purgeQueue({ name: QUEUE });
    assert.equal((await client.listTasks({ parent: QUEUE }))[0].length, 0);
  });
  it("refuses what Cloud Tasks refuses", async () => {
    await fails(create("far", 31 * DAY_MS), 400, /30 days/);
    await fails(create("b.ad"), 400, /Task name/);
    await fails(create("x", 0, { httpRequest: { url: "ftp://x" } }), 400, /http/);
    await fails(create("slow", 0, { dispatchDeadline: { seconds: 3600 } }), 400, /dispatch_deadline/);
    await fails(
      client.createTask({ parent: `${LOCATION}/queues/none`, task: { httpRequest: { url: "https://x" } } }),
      404,
      /Queue does not exist/,
    );
  });
});
