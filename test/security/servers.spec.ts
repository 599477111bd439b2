import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request as ask } from "node:http";
import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { type Embedded, startEmbedded } from "../../cli/embedded/control-plane.ts";
import { leaveNote, notePath, readNote } from "../../cli/server-address.ts";
import { DOCUMENT_BYTES_MAX } from "../../shared/ports/store.ts";
import { createFakeCompute } from "../simulator/wire/fake-compute.ts";
import { type Rig, startRig } from "../simulator/wire/rig.ts";

const OTHERS = 0o077;

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}
/** As any program on this machine can, with whatever headers it likes: fetch would set some itself. */
function call(url: string, { method = "GET", path = "/", headers = {}, body }: Asked) {
  return new Promise<{ status: number; headers: object; text: string }>((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const sent = ask({ hostname, port, method, path, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Addresses of this machine that others reach. */
function outwards(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === "IPv4")
    .map(({ address }) => address);
}
function refuses(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", () => resolve(true));
  });
}

describe("an embedded control plane", function () {
  this.timeout(20_000);
  const folder = mkdtempSync(join(tmpdir(), "clusterwright-security-"));
  const data = join(folder, "data");
  const lines: string[] = [];
  let plane: Embedded;
  before(async () => {
    const log = (_level: string, message: string, fields?: object) =>
      void lines.push(JSON.stringify({ message, ...fields }));
    plane = await startEmbedded({ data, port: 0, cloud: "http://127.0.0.1:9", log });
  });
  after(async () => {
    await plane.stop();
    rmSync(folder, { recursive: true });
  });
  const bearer = () => ({ Authorization: `Bearer ${plane.address.token}` });

  it("answers to no name but its own, so that no page can be rebound to it", async () => {
    const hosts = [
      "evil.example",
      "127.0.0.1.nip.io",
      "localhost.evil.example",
      "127.0.0.1@evil.example",
      "evil.example:80#127.0.0.1",
    ];
    for (const Host of hosts) {
      for (const path of ["/v1/clusters", "/healthz", "/node-join"]) {
        const { status, text } = await call(plane.address.url, { path, headers: { ...bearer(), Host } });
        assert.ok(status === 421 || status === 400, `${Host}: ${status} ${text}`);
      }
    }
    assert.equal((await call(plane.address.url, { path: "/v1/clusters", headers: bearer() })).status, 200);
  });

  it("gives a page of another site nothing: no answer without the token, no leave to send it (CSRF)", async () => {
    const Origin = "https://evil.example";
    const simple = { method: "PUT", path: "/v1/clusters/a", body: '{"spec":{}}' };
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
    ]) {
      const { status } = await call(plane.address.url, {
        ...simple,
        headers: { Origin, "Content-Type": type },
      });
      assert.equal(status, 401, type);
    }
    const preflight = await call(plane.address.url, {
      method: "OPTIONS",
      path: "/v1/clusters/a",
      headers: {
        Origin,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization",
      },
    });
    assert.ok(preflight.status >= 400);
    assert.doesNotMatch(JSON.stringify(preflight.headers), /access-control-allow/i);
    const cookie = { Cookie: `token=${plane.address.token}` };
    assert.equal((await call(plane.address.url, { path: "/v1/clusters", headers: cookie })).status, 401);
  });

  it("reads no body before it knows the caller, and none that is too large", async () => {
    const body = "x".repeat(DOCUMENT_BYTES_MAX + 1);
    const put = { method: "PUT", path: "/v1/clusters/a" };
    assert.equal((await call(plane.address.url, { ...put, headers: bearer(), body })).status, 413);
    const chunked = { ...bearer(), "Transfer-Encoding": "chunked" };
    assert.equal((await call(plane.address.url, { ...put, headers: chunked, body })).status, 413);
    // It never ends, and is answered all the same.
    const status = await new Promise<string>((resolve, reject) => {
      const { hostname, port } = new URL(plane.address.url);
      const socket = connect({ host: hostname, port: Number(port) });
      socket.once("error", reject);
      socket.once("data", (chunk) => {
        resolve(String(chunk).slice(0, 12));
        socket.destroy();
      });
      socket.write(
        `PUT /v1/clusters/a HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Length: 1000\r\n\r\n{`,
      );
    });
    assert.equal(status, "HTTP/1.1 401");
  });

  it("puts nothing that a caller sent into headers or onto lines of its log", async () => {
    const paths = [
      "/v1/clusters/a%0d%0aSet-Cookie:x=1",
      "/%0d%0aX-Evil:1",
      "/v1/clusters/%1b[2J",
      "/v1/clusters/..%2f..%2fserver.json",
      "/../../etc/passwd",
    ];
    for (const path of paths) {
      const { status, headers } = await call(plane.address.url, { path, headers: bearer() });
      assert.ok(status >= 400 && status < 500, `${path}: ${status}`);
      assert.doesNotMatch(JSON.stringify(headers), /evil|cookie/i);
    }
    for (const line of lines) assert.doesNotMatch(line, /[\r\n]/);
  });

  it("listens where this machine alone reaches it", async () => {
    const port = Number(new URL(plane.address.url).port);
    for (const address of outwards()) assert.ok(await refuses(address, port), address);
  });

  it("keeps its folder, documents, log of writes, lock and note from other users", () => {
    const umask = process.umask(0);
    try {
      const names = readdirSync(data);
      assert.ok(names.some((name) => name.endsWith("-wal")) && names.includes("lock.db"), names.join());
      for (const path of [data, ...names.map((name) => join(data, name))])
        assert.equal(statSync(path).mode & OTHERS, 0, path);
      const env = { CLUSTERWRIGHT_STATE: join(folder, "state", "server.json") };
      // Somebody has put a file there that he can read.
      const free = leaveNote(env, plane.address);
      free();
      const trap = `${notePath(env)}.${process.pid}`;
      writeFileSync(trap, "");
      chmodSync(trap, 0o666);
      leaveNote(env, plane.address);
      assert.equal(readNote(env)?.token, plane.address.token);
      assert.equal(statSync(notePath(env)).mode & OTHERS, 0);
      assert.equal(statSync(join(folder, "state")).mode & OTHERS, 0);
    } finally {
      process.umask(umask);
    }
  });
});

describe("the simulated cloud", () => {
  let rig: Rig;
  const fake = createFakeCompute();
  before(async () => {
    rig = await startRig({ compute: fake.service });
  });
  after(() => rig.wire.close());
  const insert = {
    method: "POST",
    path: "/compute/v1/projects/demo/zones/europe-west4-a/instances",
    body: '{"name":"one"}',
  };
  const pages: readonly Readonly<Record<string, string>>[] = [
    { Origin: "https://evil.example" },
    { Origin: "null" },
    { Origin: "http://127.0.0.1:9999" },
    { "Sec-Fetch-Site": "cross-site" },
    { "Sec-Fetch-Site": "same-site" },
    { Host: "evil.example" },
    { Host: "127.0.0.1.nip.io" },
    { Host: "localhost.evil.example" },
  ];

  it("does nothing for a page in a browser, whose calls would be the owner's", async () => {
    const calls = [
      insert,
      { path: "/v1/projects/demo/secrets" },
      { ...insert, path: "/batch/compute/v1" },
      { ...insert, path: "/v1/projects/-/serviceAccounts/a@b:generateIdToken", body: '{"audience":"x"}' },
      { ...insert, path: "/v2/projects/p/locations/l/queues/q/tasks" },
    ];
    for (const headers of pages) {
      for (const one of calls) {
        const { status, text } = await call(rig.wire.url, {
          ...one,
          headers: { "Content-Type": "text/plain", ...headers },
        });
        assert.equal(status, 403, `${one.path} ${JSON.stringify(headers)}: ${text}`);
      }
    }
    assert.deepEqual(fake.calls, []);
  });

  it("serves programs on this machine by any of its own names", async () => {
    for (const Host of ["127.0.0.1", "localhost:8080", "127.0.0.1:80", "[::1]:80"])
      assert.notEqual((await call(rig.wire.url, { ...insert, headers: { Host } })).status, 403, Host);
  });

  it("listens where this machine alone reaches it", async () => {
    for (const address of outwards()) assert.ok(await refuses(address, rig.wire.port), address);
  });
});
