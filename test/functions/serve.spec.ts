import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type {
  Request as FrameworkRequest,
  Response as FrameworkResponse,
} from "@google-cloud/functions-framework";
import { Hono } from "hono";
import { serve } from "../../functions/serve.ts";

describe("Requests of the functions framework, answered by an app", () => {
  let server: Server;
  let url: string;
  before(async () => {
    const app = new Hono()
      .post("/echo", async (c) =>
        c.json({ body: await c.req.text(), type: c.req.header("content-type"), query: c.req.query("a") }),
      )
      .get("/bytes", (c) => c.body(new Uint8Array([0, 255, 1])))
      .get("/seen", (c) => c.text(`${c.req.url} ${c.req.header("x-many")}`))
      .get("/cookies", (c) => {
        c.header("set-cookie", "a=1", { append: true });
        c.header("set-cookie", "b=2", { append: true });
        return c.text("", 202);
      });
    // As the framework does: it has read the body whole, and adds what Express calls these.
    server = createServer(async (incoming, outgoing) => {
      const rawBody = await buffer(incoming);
      const request = Object.assign(incoming, { originalUrl: incoming.url, rawBody });
      const response = Object.assign(outgoing, {
        status: (code: number) => Object.assign(outgoing, { statusCode: code }),
        append: (name: string, value: string) => outgoing.appendHeader(name, value),
      });
      await serve(
        (one) => app.fetch(one),
        request as unknown as FrameworkRequest,
        response as unknown as FrameworkResponse,
      );
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());

  it("bring their body, type and query, however the body was sent", async () => {
    const headers = { "content-type": "application/json" };
    const chunks = new Blob(['{"a":', "1}"]).stream();
    for (const body of ['{"a":1}', chunks]) {
      const init = { method: "POST", headers, body, duplex: "half" };
      const answer = await fetch(`${url}/echo?a=b%20c`, init as RequestInit);
      assert.deepEqual(await answer.json(), { body: '{"a":1}', type: "application/json", query: "b c" });
    }
  });

  it("are answered with the bytes, the status and every header of the app's answer", async () => {
    const bytes = await (await fetch(`${url}/bytes`)).arrayBuffer();
    assert.deepEqual([...new Uint8Array(bytes)], [0, 255, 1]);
    const cookies = await fetch(`${url}/cookies`);
    assert.equal(cookies.status, 202);
    assert.deepEqual(cookies.headers.getSetCookie(), ["a=1", "b=2"]);
    assert.equal((await fetch(`${url}/absent`)).status, 404);
  });

  it("keep their host and all values of a header", async () => {
    const answer = await fetch(`${url}/seen`, {
      headers: [
        ["x-many", "one"],
        ["x-many", "two"],
      ],
    });
    assert.equal(await answer.text(), `${url}/seen one, two`);
  });

  it("may ask without a body for what has one", async () => {
    const answer = await fetch(`${url}/bytes`, { method: "HEAD" });
    assert.equal(answer.status, 200);
    assert.equal((await answer.arrayBuffer()).byteLength, 0);
  });
});
