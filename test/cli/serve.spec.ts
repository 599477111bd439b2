/** `serve` on bad days: a full disk, a taken port, a folder in use, an end in mid-work, a new start. */
import assert from "node:assert/strict";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { ApiError, createApiClient } from "../../cli/api-client.ts";
import { readNote } from "../../cli/server-address.ts";
import { createRealChance } from "../../shared/adapters/embedded/real-chance.ts";
import { createRealClock } from "../../shared/adapters/embedded/real-clock.ts";
import { type RunningCloud, startCloud } from "../../simulator/wire/start-cloud.ts";
import { run } from "../support/command.ts";
import { lifeOf } from "../support/edits.ts";
import { temporaryFolders } from "../support/folder.ts";
import { leaveOut } from "../support/leave-out.ts";
import { freePort, type ServeOptions, type ServeProcess, startServe } from "../support/serve-process.ts";

/** Far above what starting and a few passes take on a loaded machine. */
const TEST_MS_MAX = 120_000;
const LOOK_MS = 50;
const SPEED = 60;

describe("serve", function () {
  this.timeout(TEST_MS_MAX);
  const folder = temporaryFolders();
  const started: ServeProcess[] = [];
  let cloud: RunningCloud;
  let onRequest = (): void => {};

  before(async () => {
    cloud = await startCloud({
      clock: createRealClock(),
      chance: createRealChance(),
      projects: ["demo-project"],
      log: () => {},
      speed: SPEED,
      onRequest: () => onRequest(),
    });
  });
  after(() => cloud.close());
  afterEach(async () => {
    onRequest = () => {};
    for (const one of started.splice(0)) {
      one.child.kill("SIGKILL");
      await one.ended;
    }
  });

  const options = async (data: string): Promise<ServeOptions> => {
    return { cloud: cloud.url, data, port: await freePort(), note: join(data, "note.json") };
  };
  const serve = (given: ServeOptions): ServeProcess => {
    const one = startServe(given);
    started.push(one);
    return one;
  };

  it("says that its port is taken, and lets go of the data folder", async () => {
    const given = await options(folder());
    const other = await occupy(given.port);
    const one = serve(given);
    await assert.rejects(one.ready, new RegExp(`port ${given.port} is taken: choose another with --port`));
    other.close();
    await serve(given).ready;
  });

  it("says that another process works on its data folder", async () => {
    const given = await options(folder());
    await serve(given).ready;
    const second = serve({ ...given, port: await freePort() });
    await assert.rejects(second.ready, /another process works on .* choose another folder with --data/);
  });

  it("says at a wrong path where the API is", async () => {
    const given = await options(folder());
    await serve(given).ready;
    const response = await fetch(`http://127.0.0.1:${given.port}/clusters`);
    assert.equal(response.status, 404);
    assert.deepEqual(await response.json(), {
      error: { code: "not-found", message: "there is nothing at /clusters; the API is under /v1/clusters" },
    });
  });

  it("says that a folder cannot be made", async () => {
    const one = serve({ ...(await options("/proc/no-folder")), note: join(folder(), "note.json") });
    await assert.rejects(one.ready, /\/proc\/no-folder cannot hold the documents/);
  });

  it("allows the host projects of shared networks that it is told, and no others", async () => {
    const given = await options(folder());
    const document = (host: string) => ({
      ...lifeOf("quiet").created,
      network: {
        nodes: "10.10.0.0/20",
        existing: { network: `projects/${host}/global/networks/main`, subnetwork: "nodes" },
      },
    });
    const one = serve({ ...given, more: ["--shared-network-projects", "acme-hub, acme-host"] });
    await one.ready;
    assert.equal(await one.api().dryRun("quiet", document("acme-host")), "accepted");
    await assert.rejects(
      one.api().dryRun("quiet", document("other-host")),
      (error) =>
        error instanceof ApiError &&
        error.status === 422 &&
        error.fields[0]?.path === "network.existing.network" &&
        error.fields[0].remedy.includes("--shared-network-projects"),
    );
  });

  it("ends in order in mid-pass, and carries on where it was", async () => {
    const given = await options(folder());
    const one = serve(given);
    await one.ready;
    const asked = new Promise<void>((resolve) => {
      onRequest = resolve;
    });
    await one.api().put("quiet", lifeOf("quiet").created);
    await asked;
    one.child.kill("SIGTERM");
    assert.equal(await one.ended, 0);
    assert.equal(readNote({ CLUSTERWRIGHT_STATE: given.note }), undefined, "its note is gone");
    assert.doesNotMatch(one.log(), /"severity":"ERROR"/);
    const next = serve(given);
    await next.ready;
    await until(async () => (await next.api().get("quiet"))?.status?.phase === "Ready", "Ready");
    assert.doesNotMatch(next.log(), /ended without a record/);
    await next.api().delete("quiet");
    await until(async () => (await next.api().get("quiet")) === undefined, "gone");
  });

  it("leaves a right note after kill -9 and a start on another port", async () => {
    const given = await options(folder());
    const one = serve(given);
    await one.ready;
    const before = readNote({ CLUSTERWRIGHT_STATE: given.note });
    one.child.kill("SIGKILL");
    await one.ended;
    const next = serve({ ...given, port: 0 });
    await next.ready;
    const note = readNote({ CLUSTERWRIGHT_STATE: given.note });
    assert.equal(note?.pid, next.child.pid);
    assert.notEqual(note?.url, before?.url);
    assert.deepEqual(await next.api().list(), []);
    const stale = createApiClient({ url: note?.url ?? "", token: before?.token ?? "" });
    await assert.rejects(stale.list(), (error) => error instanceof ApiError && error.status === 401);
  });

  it("answers 503 while its disk is full, loses nothing acknowledged, and works again with space", async function () {
    if (run("unshare", ["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status !== 0)
      leaveOut(this, "no small disk can be mounted here: unshare -rm mount");
    const data = folder();
    const script = `mount -t tmpfs -o size=6m,mode=700 tmpfs ${data} && exec "$@"`;
    const wrapper = ["unshare", "-rm", "sh", "-c", script, "sh"];
    const one = serve({ ...(await options(data)), note: join(folder(), "note.json"), wrapper });
    await one.ready;
    const api = one.api();
    await api.put("first", lifeOf("first").created);
    // The disk as the process sees it.
    const filler = `/proc/${one.child.pid}/root${data}/filler`;
    fill(filler);
    const refused = await api.put("second", lifeOf("second").created).then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(refused instanceof ApiError, "it refuses");
    assert.equal(refused.status, 503);
    assert.match(refused.message, /the disk of the control plane is full: free space/);
    assert.deepEqual(
      (await api.get("first"))?.spec,
      lifeOf("first").created,
      "what was acknowledged is read",
    );
    assert.equal(await api.get("second"), undefined, "what was refused is not there");
    rmSync(filler);
    await api.put("second", lifeOf("second").created);
    const goesOn = async (name: string) => (await api.get(name))?.status?.phase === "Ready";
    await until(async () => (await goesOn("first")) && (await goesOn("second")), "Ready again");
    for (const name of ["first", "second"]) await api.delete(name);
    await until(async () => (await api.list()).length === 0, "gone");
    one.child.kill("SIGTERM");
    assert.equal(await one.ended, 0);
  });
});

function occupy(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

/** Writes until nothing fits any more. */
function fill(path: string): void {
  const file = openSync(path, "w");
  try {
    for (let bytes = 65_536; bytes >= 1; ) {
      try {
        writeSync(file, Buffer.alloc(bytes, 1));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
        bytes = Math.floor(bytes / 2);
      }
    }
  } finally {
    closeSync(file);
  }
}

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const endMs = Date.now() + TEST_MS_MAX;
  while (!(await holds())) {
    if (Date.now() > endMs) throw new Error(`waited for ${what} in vain`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
