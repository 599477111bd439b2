/** Commands as people and scripts run them, against a control plane that is a few canned answers. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { endCommands, runCommand, startCommand } from "../support/command-line.ts";
import { temporaryFolders } from "../support/folder.ts";

const DOCUMENT = {
  name: "shop",
  engine: "gce",
  project: "acme-dev",
  region: "europe-west4",
  nodePools: [{ name: "general", size: 2 }],
  deletionProtection: false,
};
const YAML = JSON.stringify(DOCUMENT);

describe("A command", function () {
  // Each one starts Node anew; on a busy machine a few at a time take a while.
  this.timeout(30_000);
  const folder = temporaryFolders();
  const asked: string[] = [];
  let server: Server;
  let url = "";

  before(async () => {
    server = createServer(async (request, response) => {
      const { method = "", url: path = "" } = request;
      asked.push(`${method} ${path}`);
      const answer = answers(method, path, await text(request));
      response.writeHead(answer.status, { "Content-Type": "application/json" });
      response.end(JSON.stringify(answer.body));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    endCommands();
    server.close();
  });
  beforeEach(() => asked.splice(0));

  const cw = (args: readonly string[], input = "") =>
    runCommand(args, {
      state: join(folder(), "server.json"),
      input,
      env: { CLUSTERWRIGHT_SERVER: url, CLUSTERWRIGHT_TOKEN: "token" },
    });

  it("that is called wrongly ends with 2, a hint and no stack", async () => {
    const calls = [
      ["gett"],
      ["get", "--outpt", "json"],
      ["wait", "shop", "--timeout", "5x"],
      ["serve", "--shared-network-projects", "acme-host,Acme"],
      ["apply"],
      ["upgrade", "shop", "--version", "1.37"],
      ["get", "-V"],
      [],
    ];
    for (const { code, out, err } of await Promise.all(calls.map((args) => cw(args)))) {
      assert.equal(code, 2, err);
      assert.equal(out, "");
      assert.doesNotMatch(err, /\n {4}at /);
    }
    assert.match((await cw(["gett"])).err, /unknown command 'gett'\n\(Did you mean get\?\)/);
    const { err } = await cw(["upgrade", "shop", "--version", "1.37"]);
    assert.match(err, /Did you mean clusterwright upgrade CLUSTER VERSION\?/);
  });

  it("that asks for help or the version ends with 0", async () => {
    const [help, version] = await Promise.all([cw(["apply", "--help"]), cw(["--version"])]);
    assert.equal(help.code, 0);
    assert.match(help.out, /Examples:\n {2}clusterwright apply/);
    assert.match(version.out, /^\d+\.\d+\.\d+\n$/);
  });

  it("suggests the cluster that was probably meant", async () => {
    const { code, err } = await cw(["describe", "shpo"]);
    assert.equal(code, 1);
    assert.equal(err, "error: there is no cluster shpo; did you mean shop?\n");
  });

  it("gets what there is as a table, JSON or YAML", async () => {
    const [table, json, yaml] = await Promise.all([
      cw(["get"]),
      cw(["get", "-o", "json"]),
      cw(["get", "shop", "-o", "yaml"]),
    ]);
    assert.equal(table.out, "NAME  PHASE    VERSION  NODES  ENDPOINT  SINCE\nshop  Pending\n");
    assert.equal(JSON.parse(json.out)[0].id, "shop");
    assert.match(yaml.out, /^id: shop\nspec:\n/);
  });

  it("applies a document that it reads from standard input, once the control plane has agreed", async () => {
    const { code, out } = await cw(["apply", "-"], YAML.replace('"size":2', '"size":3'));
    assert.equal(code, 0);
    assert.equal(out, "✓ cluster shop changed\n");
    assert.deepEqual(asked, [
      "GET /v1/clusters/shop",
      "PUT /v1/clusters/shop?dryRun=true",
      "PUT /v1/clusters/shop",
    ]);
  });

  it("shows what would change, and writes nothing", async () => {
    const { code, out } = await cw(["apply", "-", "--dry-run"], YAML.replace('"size":2', '"size":3'));
    assert.equal(code, 0);
    assert.equal(out, "cluster shop would change:\n  ~ nodePools[general].size: 2 → 3\n");
    assert.equal(asked.includes("PUT /v1/clusters/shop"), false);
  });

  it("writes none of several documents when one is refused, and says where", async () => {
    const path = join(folder(), "two.yaml");
    writeFileSync(path, `${YAML}\n---\n${YAML.replace('"shop"', '"refused"')}\n`);
    const { code, err } = await cw(["apply", path]);
    assert.equal(code, 1);
    assert.match(
      err,
      /this is refused, and nothing was written:\n {2}.*two\.yaml:3:\d+: region: .*cannot change/,
    );
    assert.equal(
      asked.some((call) => call.startsWith("PUT") && !call.includes("dryRun")),
      false,
    );
  });

  it("tells at once of a command that can only fail, though nobody waits for it", async () => {
    const { code, out, err } = await cw(["drain", "shop", "n-1"]);
    assert.equal(code, 1);
    assert.equal(out, "✓ drain of n-1 was asked for: operation drain-1\n");
    assert.equal(err, "error: operation drain-1 failed: there is no node n-1; the nodes are n-2\n");
  });

  it("tells what a command came to, or where it can be looked at", async () => {
    const [done, later] = await Promise.all([
      cw(["resume", "shop"]),
      cw(["drain", "shop", "n-1", "--not-before", "2099-01-01T00:00:00Z"]),
    ]);
    assert.equal(done.out, "✓ resume of shop was asked for: operation resume-1\n✓ the cluster goes on\n");
    assert.match(later.out, /\n {2}npx clusterwright operations shop {3}# how far it is\n$/);
    assert.deepEqual([done.code, later.code], [0, 0]);
  });

  it("deletes nothing unasked, and by the uid that the cluster has", async () => {
    const unasked = await cw(["delete", "shop"]);
    assert.equal(unasked.code, 1);
    assert.match(unasked.err, /nobody to ask here: repeat with --yes/);
    assert.equal(
      asked.some((call) => call.startsWith("DELETE")),
      false,
    );
    const deleted = await cw(["delete", "shop", "--yes"]);
    assert.equal(deleted.out, "✓ cluster shop is being deleted\n");
  });

  it("gives up waiting with 1 and what it waited for", async () => {
    const { code, err } = await cw(["wait", "shop", "--timeout", "1s"]);
    assert.equal(code, 1);
    assert.equal(err, "error: cluster shop is not Ready after 1 s: the control plane has not taken it in\n");
  });

  it("says that there is no such cluster, not that it was deleted, when none was there to wait for", async () => {
    const { code, out } = await cw(["wait", "shpo", "--for", "deleted"]);
    assert.equal(code, 0);
    assert.equal(out, "✓ there is no cluster shpo\n");
  });

  it("follows events from the last ones on, and never shows older ones as news", async () => {
    const following = startCommand(["events", "shop", "--follow", "--last", "1"], {
      state: join(folder(), "server.json"),
      env: { CLUSTERWRIGHT_SERVER: url, CLUSTERWRIGHT_TOKEN: "token" },
    });
    while (asked.filter((call) => call.includes("/events")).length < 3)
      await Promise.race([sleep(50), following.ended]);
    following.child.kill("SIGINT");
    const { out } = await following.ended;
    assert.deepEqual(out.match(/pass \d/g), ["pass 3"]);
  });

  it("names the folder that is missing for a kubeconfig", async () => {
    const path = join(folder(), "nowhere", "kubeconfig");
    const { code, err } = await cw(["kubeconfig", "shop", "--file", path]);
    assert.equal(code, 1);
    assert.match(
      err,
      /^error: cannot write .*: there is no folder .*nowhere; make it, or write elsewhere\n$/,
    );
  });

  it("says how to start a control plane when there is none", async () => {
    const nowhere = { state: join(folder(), "none.json") };
    const [unknown, gone] = await Promise.all([
      runCommand(["get"], nowhere),
      runCommand(["--server", "http://127.0.0.1:9", "get"], {
        ...nowhere,
        env: { CLUSTERWRIGHT_TOKEN: "token" },
      }),
    ]);
    assert.match(unknown.err, /^error: no control plane runs on this machine: start one with `npm start`/);
    assert.match(gone.err, /^error: no control plane answers at http:\/\/127\.0\.0\.1:9; start one with/);
    assert.deepEqual([unknown.code, gone.code], [1, 1]);
  });

  it("points gcloud at the simulated cloud of the control plane that runs here", async () => {
    const state = join(folder(), "server.json");
    writeFileSync(state, JSON.stringify({ url, token: "t", pid: 1, cloud: "http://127.0.0.1:4321" }));
    const [found, named] = await Promise.all([
      runCommand(["cloud", "env"], { state }),
      runCommand(["cloud", "env", "--port", "5"], { state }),
    ]);
    assert.match(
      found.out,
      /^export CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE='http:\/\/127\.0\.0\.1:4321\/compute/m,
    );
    assert.match(named.out, /'http:\/\/127\.0\.0\.1:5\/compute/);
  });

  it("validates files without a control plane", async () => {
    const { code, out, err } = await cw(["validate", "-"], YAML.replace("west4", "west99"));
    assert.equal(code, 1);
    assert.match(out, /^✗ \(standard input\):1:\d+: region: "europe-west99" is not a region/);
    assert.equal(err, "error: 1 of 1 document cannot be applied\n");
    assert.deepEqual(asked, []);
  });

  it("validates a document on a shared network, and says who decides about it", async () => {
    const network = {
      nodes: "10.10.0.0/20",
      existing: { network: "projects/acme-host/global/networks/main", subnetwork: "nodes" },
    };
    const { code, out } = await cw(["validate", "-"], JSON.stringify({ ...DOCUMENT, network }));
    assert.equal(code, 0);
    assert.match(out, /cluster shop, on a shared network of acme-host, which the control plane has to allow/);
  });
});

/** Newest first, as the API gives them. */
const EVENTS = [3, 2, 1].map((epoch) => ({
  schemaVersion: 1,
  atMs: epoch,
  uid: "abc123",
  epoch,
  cause: "sweep",
  lines: [{ level: "info", verb: "insert", key: "a/b", message: `pass ${epoch}` }],
}));
const CERTIFICATE = {
  server: "https://192.0.2.1:6443",
  caCertificate: "ca",
  certificate: "certificate",
  expires: "2030-01-01T00:00:00Z",
};

const waiting = (id: string) => ({ operation: { id, result: "running", message: "waits for its turn" } });
const ENDED: Readonly<Record<string, object>> = {
  "drain-1": { result: "failed", message: "there is no node n-1; the nodes are n-2" },
  "resume-1": { result: "succeeded", message: "the cluster goes on" },
};

/** A control plane with one cluster, which it has not looked at yet, and another that it refuses. */
function answers(method: string, path: string, body: string): { status: number; body: unknown } {
  const shop = { id: "shop", spec: DOCUMENT, version: "1" };
  if (path === "/v1/clusters") return { status: 200, body: { clusters: [shop] } };
  if (path.startsWith("/v1/clusters/refused") && method === "PUT") {
    const fields = [{ path: "region", value: '"x"', reason: "cannot change", remedy: "set it back" }];
    return { status: 422, body: { error: { code: "invalid", message: "not accepted", fields } } };
  }
  if (!path.startsWith("/v1/clusters/shop"))
    return { status: 404, body: { error: { code: "not-found", message: "there is no such cluster" } } };
  if (path.includes("/events")) {
    const count = Number(new URL(path, "http://x").searchParams.get("limit"));
    return { status: 200, body: { events: EVENTS.slice(0, count) } };
  }
  if (path.endsWith("/commands")) {
    const { command } = JSON.parse(body) as { command: string };
    return { status: 202, body: waiting(`${command}-1`) };
  }
  if (path.includes("/operations/")) {
    const id = path.split("/").at(-1) ?? "";
    return { status: 200, body: { operation: { id, ...ENDED[id] } } };
  }
  if (path.endsWith("/certificate")) return { status: 200, body: CERTIFICATE };
  if (path.endsWith("dryRun=true")) return { status: 200, body: { id: "shop", verdict: "accepted" } };
  return { status: 200, body: shop };
}
