/** What Google's own Pub/Sub pushes is what machine-event reads; what it answers decides whether it is pushed again. */
import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type MachineEventRig, machineEventRig } from "../functions/machine-event-rig.ts";
import { hostErrorEntry } from "../support/log-entries.ts";
import { pubsubEmulator } from "../support/pubsub-emulator.ts";

const WAIT_MS_MAX = 60_000;
const LOOK_MS = 50;

describe("machine-event behind Google's Pub/Sub (emulator)", function () {
  this.timeout(2 * WAIT_MS_MAX);
  let call: (method: string, path: string, body: object) => Promise<unknown>;
  let topics = 0;
  const servers: Server[] = [];

  before(async function () {
    const { host, port } = await pubsubEmulator(this);
    call = async (method, path, body) => {
      const response = await fetch(`http://${host}:${port}/v1/projects/demo-incidents/${path}`, {
        method,
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      assert.equal(response.status, 200, `${method} ${path}: ${await response.clone().text()}`);
      return response.json();
    };
  });
  after(() => {
    for (const server of servers) server.close().closeAllConnections();
  });

  /** A topic whose subscription pushes to the function. The emulator signs no tokens, so that one is put beside its push. */
  const deployed = async (rig: MachineEventRig, answer?: (tries: number) => number | undefined) => {
    const statuses: number[] = [];
    const server = createServer(async (request, response) => {
      const early = answer?.(statuses.length + 1);
      const status = early ?? (await rig.push(await bodyOf(request))).status;
      statuses.push(status);
      response.writeHead(status).end();
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    topics += 1;
    const topic = `projects/demo-incidents/topics/events-${topics}`;
    await call("PUT", `topics/events-${topics}`, {});
    const { port } = server.address() as AddressInfo;
    await call("PUT", `subscriptions/events-${topics}`, {
      topic,
      ackDeadlineSeconds: 10,
      retryPolicy: { minimumBackoff: "0.1s", maximumBackoff: "1s" },
      pushConfig: { pushEndpoint: `http://127.0.0.1:${port}/machine-event` },
    });
    const publish = (said: unknown) => {
      const data = Buffer.from(typeof said === "string" ? said : JSON.stringify(said)).toString("base64");
      return call("POST", `topics/events-${topics}:publish`, { messages: [{ data }] });
    };
    return { publish, statuses };
  };
  const until = async (holds: () => boolean | Promise<boolean>) => {
    for (let waitedMs = 0; !(await holds()); waitedMs += LOOK_MS) {
      if (waitedMs > WAIT_MS_MAX) assert.fail("not so in time");
      await sleep(LOOK_MS);
    }
  };

  it("takes in a host error that a log sink has published, and acknowledges it", async () => {
    const rig = await machineEventRig();
    const { publish, statuses } = await deployed(rig);
    await publish(hostErrorEntry());
    await until(() => statuses.length > 0);
    assert.deepEqual(statuses, [200]);
    assert.deepEqual(
      (await rig.inbox())?.incidents.map(({ kind }) => kind),
      ["host-error"],
    );
  });

  it("is pushed again what it could not take, and takes it in once", async () => {
    const rig = await machineEventRig();
    const { publish, statuses } = await deployed(rig, (tries) => (tries < 3 ? 503 : undefined));
    await publish(hostErrorEntry());
    await until(() => statuses.includes(200));
    assert.deepEqual(statuses.slice(0, 3), [503, 503, 200]);
    assert.equal((await rig.inbox())?.incidents.length, 1);
  });

  it("acknowledges a message that is about no machine, and lets one that cannot be read come again (fault 10)", async () => {
    const rig = await machineEventRig();
    const { publish, statuses } = await deployed(rig);
    await publish({ logName: "something else" });
    await until(() => statuses.length === 1);
    await publish("not JSON");
    await until(() => statuses.length >= 3);
    assert.deepEqual([...new Set(statuses)], [200, 400]);
    assert.equal(await rig.inbox(), undefined);
  });
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
