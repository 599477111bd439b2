/** Pushes come with a token of the subscription's account, and come again until they are taken. */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createVirtualClock } from "../../../simulator/clock.ts";
import { createIdentity } from "../../../simulator/identity/identity.ts";
import { createAuditLog } from "../../../simulator/logging/audit-log.ts";
import { createPush } from "../../../simulator/logging/push.ts";
import { until } from "../../support/until.ts";

const ACCOUNT = "machine-events@clusterwright.iam.gserviceaccount.com";
const ANSWER_MS = 20;
const EVENT = {
  method: "compute.instances.hostError",
  path: "projects/demo-project/zones/europe-west4-a/instances/m",
  id: "42",
  atMs: 0,
};

describe("simulated pushes", () => {
  const calls: { readonly token: string; readonly body: string }[] = [];
  let statuses: readonly number[] = [];
  let server: Server;
  let endpoint: string;
  before(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      request.on("end", () => {
        calls.push({ token: request.headers.authorization ?? "", body });
        response.writeHead(statuses[calls.length - 1] ?? 200).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/machine-event`;
  });
  after(() => server.close().closeAllConnections());
  beforeEach(() => {
    calls.length = 0;
    statuses = [];
  });
  const start = () => {
    const clock = createVirtualClock(Date.UTC(2026, 10, 1));
    const lines: string[] = [];
    const identity = createIdentity({ clock });
    const push = createPush({
      clock,
      identity: () => identity,
      log: (_level, message) => lines.push(message),
    });
    return { clock, push, lines };
  };

  /** The answer comes in real time, the retry in virtual time. */
  const letGo = async (clock: ReturnType<typeof createVirtualClock>) => {
    await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
    await clock.advance(60_000);
  };

  it("show a token of the subscription's account for its endpoint", async () => {
    const { push } = start();
    push.subscribe({ endpoint, serviceAccount: ACCOUNT });
    push.publish(createAuditLog()(EVENT));
    await until(() => calls.length === 1, "the push");
    const [, claims = ""] = (calls[0]?.token ?? "").split(".");
    const { aud, email } = JSON.parse(Buffer.from(claims, "base64url").toString());
    assert.deepEqual([aud, email], [endpoint, ACCOUNT]);
    const { message } = JSON.parse(calls[0]?.body ?? "");
    const { protoPayload } = JSON.parse(Buffer.from(message.data, "base64").toString());
    assert.equal(protoPayload.resourceName, EVENT.path);
  });

  it("come again until they are answered 2xx, with the same message id", async () => {
    const { push, clock } = start();
    statuses = [503, 401, 200];
    push.subscribe({ endpoint, serviceAccount: ACCOUNT });
    push.subscribe({ endpoint, serviceAccount: ACCOUNT });
    push.publish(createAuditLog()(EVENT));
    while (calls.length < 3) await letGo(clock);
    await letGo(clock);
    await clock.advance(600_000);
    assert.equal(calls.length, 3);
    assert.equal(new Set(calls.map(({ body }) => JSON.parse(body).message.messageId)).size, 1);
  });

  it("end as a dead letter when nobody ever takes them, which is said once", async () => {
    const { push, clock, lines } = start();
    statuses = Array.from({ length: 100 }, () => 500);
    push.subscribe({ endpoint, serviceAccount: ACCOUNT });
    push.publish(createAuditLog()(EVENT));
    while (lines.length === 0) await letGo(clock);
    assert.deepEqual([calls.length, lines], [20, ["a machine's event was never taken"]]);
  });

  it("go nowhere once the cloud is gone", async () => {
    const { push } = start();
    push.subscribe({ endpoint, serviceAccount: ACCOUNT });
    push.stop();
    push.publish(createAuditLog()(EVENT));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(calls.length, 0);
  });
});
