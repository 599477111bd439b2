/** The control plane's wake-ups over the wire and the simulated queues, under the contract of every Wakeups. */
import { CloudTasksClient } from "@google-cloud/tasks";
import { openSqliteStore } from "../../../shared/adapters/embedded/sqlite-store.ts";
import { createTaskWakeups } from "../../../shared/adapters/google/task-wakeups.ts";
import type { Wakeup } from "../../../shared/ports/wakeups.ts";
import { createSeededChance } from "../../../simulator/chance.ts";
import { describeWakeups } from "../../contract/wakeups.ts";
import { localClientOptions, startRig } from "../wire/rig.ts";

const LOCATION = "projects/acme/locations/europe-west4";
const QUEUE = `${LOCATION}/queues/passes`;

describeWakeups("Cloud Tasks' client over the simulated queues", async () => {
  let running = 0;
  let handler: (fired: Pick<Wakeup, "clusterId" | "cause">) => Promise<void> = async () => {};
  // Time stands still while a handler runs, since it calls the wire in real time.
  const settle = async () => {
    do await new Promise((resolve) => setImmediate(resolve));
    while (running > 0);
  };
  const rig = await startRig({
    settle,
    fetch: async (_, { body }) => {
      running++;
      try {
        await handler(JSON.parse(Buffer.from(body ?? []).toString()));
        return { status: 204 };
      } catch {
        return { status: 500 };
      } finally {
        running--;
      }
    },
  });
  const client = localClientOptions(rig.wire.port);
  const tasks = new CloudTasksClient(client);
  await tasks.createQueue({ parent: LOCATION, queue: { name: QUEUE } });
  await tasks.close();
  // The store's pauses are of another clock: it is contended while virtual time stands still.
  const after = (delayMs: number, run: () => void) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  };
  const store = openSqliteStore({
    file: ":memory:",
    clock: { nowMs: rig.clock.nowMs, after },
    chance: createSeededChance(41),
  });
  const wakeups = createTaskWakeups({
    queue: QUEUE,
    url: "https://reconcile.example.com/",
    serviceAccount: "wakeups@acme.iam.gserviceaccount.com",
    clock: rig.clock,
    store,
    client,
  });
  return {
    wakeups,
    clock: rig.clock,
    advance: (ms) => rig.clock.advance(ms),
    handle: (next) => {
      handler = next;
    },
    close: async () => {
      await store.close();
      await rig.wire.close();
    },
  };
});
