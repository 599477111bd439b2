/** The function maintenance behind Google's own Pub/Sub (its emulator): pushes, repeats and dead letters. */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { getRequestListener } from "@hono/node-server";
import { createMaintenance } from "../../functions/maintenance.ts";
import { createTopicPublisher } from "../../shared/adapters/google/topic-publisher.ts";
import { pass } from "../../shared/engine/pass.ts";
import { inboxPath } from "../../shared/engine/paths.ts";
import type { Inbox } from "../../shared/status/inbox.ts";
import { ID, quickstart } from "../support/fake-engine.ts";
import { pubsubEmulator } from "../support/pubsub-emulator.ts";
import { COMMANDER, type TestPlane, testPlane, URLS } from "./plane.ts";

const PROJECT = "projects/demo-control-plane";
const TOPIC = `${PROJECT}/topics/clusterwright-commands`;
const DEAD = `${PROJECT}/topics/clusterwright-commands-dead`;
const WAIT_MS_MAX = 20_000;

interface Received {
  readonly ackId: string;
  readonly message: { readonly data?: string; readonly attributes?: Readonly<Record<string, string>> };
}

describe("functions/maintenance behind Pub/Sub", () => {
  let test: TestPlane;
  let server: Server;
  let api = "";
  /** Answers 503 to so many pushes, as a function does whose database is away. */
  let failures = 0;
  const pushes: number[] = [];

  before(async function () {
    const emulator = await pubsubEmulator(this);
    api = `http://${emulator.host}:${emulator.port}`;
    test = await testPlane();
    await test.world.write(quickstart());
    await pass(test.world.engine, ID, "document written");
    const deadLetters = createTopicPublisher({ topic: DEAD, endpoint: api });
    const { fetch: answer } = createMaintenance({ ...test.plane, deadLetters });
    const listener = getRequestListener(async (request) => {
      pushes.push(Date.now());
      if (failures > 0) {
        failures -= 1;
        return new Response("away", { status: 503 });
      }
      // The emulator signs no tokens: Google does.
      const headers = new Headers(request.headers);
      headers.set("Authorization", await test.bearer(COMMANDER, URLS.maintenance));
      return answer(new Request(request, { headers }));
    });
    server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const pushEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await call("PUT", TOPIC, {});
    await call("PUT", DEAD, {});
    await call("PUT", `${PROJECT}/subscriptions/commands`, { topic: TOPIC, pushConfig: { pushEndpoint } });
    await call("PUT", `${PROJECT}/subscriptions/dead`, { topic: DEAD });
  });
  after(async () => {
    if (server === undefined) return;
    await call("DELETE", `${PROJECT}/subscriptions/commands`).catch(() => {});
    server.closeAllConnections();
    server.close();
  });

  async function call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${api}/v1/${path}`, {
      method,
      headers: { "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    assert(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text === "" ? "{}" : text) as T;
  }
  const publish = (message: { data?: string; attributes?: Record<string, string> }) =>
    call("POST", `${TOPIC}:publish`, {
      messages: [{ ...message, ...(message.data === undefined ? {} : { data: btoa(message.data) }) }],
    });
  const commands = async () => (await test.world.store.get<Inbox>(inboxPath(ID)))?.data.commands ?? [];
  async function until(done: () => Promise<boolean> | boolean): Promise<void> {
    const endMs = Date.now() + WAIT_MS_MAX;
    while (!(await done())) {
      assert(Date.now() < endMs, "it did not happen");
      await sleep(50);
    }
  }
  async function deadLetter(): Promise<Received["message"]> {
    let found: readonly Received[] = [];
    await until(async () => {
      const path = `${PROJECT}/subscriptions/dead:pull`;
      const answer = await call<{ receivedMessages?: Received[] }>("POST", path, {
        maxMessages: 1,
        returnImmediately: true,
      });
      found = answer.receivedMessages ?? [];
      return found.length > 0;
    });
    const [letter] = found;
    assert(letter !== undefined);
    await call("POST", `${PROJECT}/subscriptions/dead:acknowledge`, { ackIds: [letter.ackId] });
    return letter.message;
  }

  it("takes commands from the topic, in the data or in attributes", async function () {
    this.timeout(2 * WAIT_MS_MAX);
    await publish({ data: JSON.stringify({ command: "drain", cluster: ID, node: "n-1" }) });
    await until(async () => (await commands()).length === 1);
    await publish({ attributes: { command: "pause", cluster: ID, value: "2h" } });
    await until(async () => (await commands()).length === 2);
    assert.deepEqual(
      (await commands()).map(({ command, node, value }) => [command, node ?? value]),
      [
        ["drain", "n-1"],
        ["pause", "2h"],
      ],
    );
  });

  it("is pushed a message again until it is taken, and takes it once", async function () {
    this.timeout(2 * WAIT_MS_MAX);
    const before = (await commands()).length;
    pushes.length = 0;
    failures = 2;
    await publish({ data: JSON.stringify({ command: "verify", cluster: ID }) });
    await until(async () => (await commands()).length === before + 1);
    assert(pushes.length >= 3, `${pushes.length} pushes`);
    await sleep(300);
    assert.equal((await commands()).length, before + 1);
  });

  it("sends what is no command to the dead-letter topic, byte for byte, with the reason", async function () {
    this.timeout(2 * WAIT_MS_MAX);
    const data = '{ "command": "drain", "cluster": "quickstart"';
    await publish({ data, attributes: { origin: "pipeline" } });
    const letter = await deadLetter();
    assert.equal(atob(letter.data ?? ""), data);
    assert.equal(letter.attributes?.["origin"], "pipeline");
    assert.equal(
      letter.attributes?.["clusterwrightReason"],
      "its data is not JSON, and its attributes name no command",
    );
    await publish({ data: JSON.stringify({ command: "drain", cluster: ID }) });
    assert.match(
      (await deadLetter()).attributes?.["clusterwrightReason"] ?? "",
      /^node: is missing, which drain needs/,
    );
  });

  it("says which topic is missing when a dead letter cannot be published", async () => {
    const publisher = createTopicPublisher({ topic: `${PROJECT}/topics/nowhere`, endpoint: api });
    await assert.rejects(publisher.publish({ data: new Uint8Array([1]), attributes: {} }), {
      code: "not-found",
      target: `${PROJECT}/topics/nowhere`,
    });
  });
});
